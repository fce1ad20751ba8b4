"""Remarks 意见与提问: written by phone or at the desk, shown only after approval, hidden with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from sessions.halls.access import DESK, FLOOR, seat_label, shown_as
from sessions.halls.models import Seat
from sessions.record.acts import Scene, act, refusal
from sessions.record.chain import Personal, public

from .. import rules
from ..access import SEAT, by_staff, meeting_of, present_seat, seat_in
from ..forms import HideForm, RemarkForForm, RemarkForm, RemarkNoForm
from ..models import Meeting, Presence, Remark
from ..words import UNSIGNED_IN_RECORD
from .order import doors_open

PAUSE = refusal("remark.pause", _("Thank you. Please wait %(seconds)s seconds before you write again."))
MANY_QUESTIONS = refusal(
    "remark.many_questions", _("%(most)s of your questions are waiting already. Please wait until they have been read.")
)
MANY_QUESTIONS_FOR = refusal(
    "remark.many_questions_for", _("%(most)s questions of this person are waiting already. Please read them first.")
)
REMARK_UNKNOWN = refusal("remark.unknown", _("There is no such remark."))
NOT_SHOWN = refusal("remark.not_shown", _("Only a remark that has been approved can go on the big screen."))

State = Remark.State


def _post(scene: Scene[Meeting], seat: Seat, *, kind: str, text: str, signed: bool, channel: str) -> Mapping[str, Any]:
    meeting = scene.subject
    held = Remark.objects.filter(meeting=meeting, seat=seat, kind=Remark.Kind.QUESTION, state=State.HELD).count()
    if kind == Remark.Kind.QUESTION and held >= rules.MOST_HELD_QUESTIONS:
        raise (MANY_QUESTIONS_FOR if by_staff(scene) else MANY_QUESTIONS)(most=rules.MOST_HELD_QUESTIONS)
    last = Remark.objects.filter(meeting=meeting).aggregate(no=Max("no"))["no"]
    remark = Remark.objects.create(
        meeting=meeting,
        item=meeting.item,
        seat=seat,
        no=(last or 0) + 1,
        kind=kind,
        text=text,
        signed=signed,
        channel=channel,
        at=scene.now,
    )
    scene.write(
        "remark.posted",
        {
            "remark": remark.no,
            "item": _item_no(remark),
            "kind": kind,
            "text": Personal(text),
            "author": Personal(seat_label(seat)),
            "signed": signed,
            "channel": channel,
        },
    )
    return {"remark": remark.no}


def _item_no(remark: Remark) -> int | None:
    return remark.item.no if remark.item else None


@act(
    "remark.post",
    form=RemarkForm,
    right=SEAT,
    locate=meeting_of,
    said=_("Received, thank you. It is shown once the facilitator has read it."),
)
def post(*, scene: Scene[Meeting], kind: str, text: str, signed: bool) -> Mapping[str, Any]:
    meeting = scene.subject
    doors_open(meeting)
    seat = present_seat(scene)
    mine = Remark.objects.filter(meeting=meeting, seat=seat, channel=Presence.Channel.PHONE)
    if last := mine.order_by("-no").values_list("at", flat=True).first():
        left = meeting.comment_pause_seconds - int((scene.now - last).total_seconds())
        if left > 0:
            raise PAUSE(seconds=left)
    return _post(scene, seat, kind=kind, text=text, signed=signed, channel=Presence.Channel.PHONE)


@act("remark.post_for", form=RemarkForForm, right=DESK, locate=meeting_of, said=_("Entered. It waits for approval."))
def post_for(
    *, scene: Scene[Meeting], seat: str, kind: str, text: str, signed: bool, channel: str
) -> Mapping[str, Any]:
    """For someone without a phone, or who handed in a note before the meeting and is not here."""
    doors_open(scene.subject)
    found = seat_in(scene.subject, seat)
    return _post(scene, found, kind=kind, text=text, signed=signed, channel=channel)


# --- moderation ------------------------------------------------------------------------------------------
def _remark(scene: Scene[Meeting], no: int) -> Remark:
    doors_open(scene.subject)
    remarks = Remark.objects.select_related("seat__person", "seat__household", "item")
    remark = remarks.filter(meeting=scene.subject, no=no).first()
    if remark is None:
        raise REMARK_UNKNOWN()
    return remark


@act("remark.show", form=RemarkNoForm, right=FLOOR, locate=meeting_of, said=_("Everyone can read it now."))
def show(*, scene: Scene[Meeting], remark: int) -> Mapping[str, Any]:
    found = _remark(scene, remark)
    if found.state == State.SHOWN:
        return {"remark": remark, "already": True}
    found.state, found.reason = State.SHOWN, ""
    found.save(update_fields=["state", "reason"])
    standing = Seat.Standing(found.seat.standing)
    scene.write(
        "remark.shown",
        {
            "remark": found.no,
            "kind": found.kind,
            "item": _item_no(found),
            "text": public(found.text),
            "shown_as": public(shown_as(found.seat) if found.signed else UNSIGNED_IN_RECORD[standing]),
        },
    )
    return {"remark": remark, "already": False}


@act("remark.hide", form=HideForm, right=FLOOR, locate=meeting_of, said=_("Hidden. The author is told the reason."))
def hide(*, scene: Scene[Meeting], remark: int, reason: str) -> Mapping[str, Any]:
    found = _remark(scene, remark)
    if (found.state, found.reason) == (State.HIDDEN, reason):
        return {"remark": remark, "already": True}
    _off_wall(scene, found)
    found.state, found.reason = State.HIDDEN, reason
    found.save(update_fields=["state", "reason"])
    scene.write("remark.hidden", {"remark": found.no, "reason": reason})
    return {"remark": remark, "already": False}


@act("remark.put_on_wall", form=RemarkNoForm, right=FLOOR, locate=meeting_of, said=_("It is on the big screen."))
def put_on_wall(*, scene: Scene[Meeting], remark: int) -> Mapping[str, Any]:
    meeting, found = scene.subject, _remark(scene, remark)
    if found.state != State.SHOWN:
        raise NOT_SHOWN()
    if meeting.wall_remark_id == found.pk:
        return {"remark": remark, "already": True}
    meeting.wall_remark = found
    meeting.save(update_fields=["wall_remark"])
    scene.write("remark.on_wall", {"remark": found.no})
    return {"remark": remark, "already": False}


@act("remark.clear_wall", right=FLOOR, locate=meeting_of, said=_("The remark is off the big screen."))
def clear_wall(*, scene: Scene[Meeting]) -> Mapping[str, Any]:
    doors_open(scene.subject)
    return {"already": not _off_wall(scene, scene.subject.wall_remark)}


def _off_wall(scene: Scene[Meeting], remark: Remark | None) -> bool:
    """Take `remark` off the wall if it is there."""
    meeting = scene.subject
    if remark is None or meeting.wall_remark_id != remark.pk:
        return False
    meeting.wall_remark = None
    meeting.save(update_fields=["wall_remark"])
    scene.write("remark.off_wall", {"remark": remark.no})
    return True


def free_wall(scene: Scene[Meeting]) -> None:
    """A next step takes the wall: a remark on it goes, and a picture chosen by hand, save the QR code and black."""
    meeting = scene.subject
    _off_wall(scene, meeting.wall_remark)
    if meeting.wall not in {"auto", "join", "black"}:
        meeting.wall = "auto"
        meeting.save(update_fields=["wall"])
        scene.write("wall.shown", {"view": "auto"})
