"""The floor 发言席: requests to speak, calling, the clock of a speech, the list. At most one speech runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from sessions.halls.access import DESK, FLOOR, seat_label, shown_as
from sessions.halls.models import Seat
from sessions.record.acts import NOT_ALLOWED, Scene, act, follow, refusal
from sessions.record.chain import Personal, public

from .. import rules
from ..access import SEAT, acting_seat, by_staff, either, is_present, meeting_of, present_seat, seat_in
from ..forms import CallForm, RequestForForm, RequestForm, RequestNoForm, SpeechForm
from ..models import Meeting, Presence, SpeakRequest, Speech
from .order import NOT_HERE, running_item, sitting

LIST_CLOSED = refusal("floor.list_closed", _("The list of speakers is closed for this item."))
WAITING = refusal("floor.waiting", _("You are on the list already. To change your request, withdraw it first."))
ENOUGH = refusal("floor.enough", _("You have spoken %(times)s times on this item; now it is the others' turn."))
KIND = refusal("floor.kind", _("This kind of speech is not open to you; please choose another one."))
WAITING_FOR = refusal("floor.waiting_for", _("This person is on the list already."))
ENOUGH_FOR = refusal("floor.enough_for", _("This person has spoken %(times)s times on this item already."))
KIND_FOR = refusal("floor.kind_for", _("This kind of speech is not open to this person; please choose another one."))
NOBODY = refusal("floor.nobody", _("Nobody is waiting to speak."))
MOVED = refusal("floor.moved", _("Someone else has just given the floor. Please look at the screen."))
REQUEST_UNKNOWN = refusal("floor.request_unknown", _("There is no such request to speak."))
NOT_WAITING = refusal("floor.not_waiting", _("This request is no longer waiting."))
NOBODY_SPEAKS = refusal("floor.nobody_speaks", _("Nobody is speaking just now."))
LONG_ENOUGH = refusal("floor.long_enough", _("This speech has been extended twice; more is not possible."))

State = SpeakRequest.State
_WITH_SEAT = ("seat__person", "seat__household", "item")


# --- what several acts share -----------------------------------------------------------------------------
def running(meeting: Meeting) -> Speech | None:
    """The speech that runs now."""
    speeches = Speech.objects.select_related(*(f"request__{name}" for name in _WITH_SEAT))
    return speeches.filter(meeting=meeting, ended_at=None).first()


def _end(scene: Scene[Meeting], speech: Speech) -> dict[str, int]:
    speech.ended_at = scene.now
    speech.save(update_fields=["ended_at"])
    SpeakRequest.objects.filter(pk=speech.request_id).update(state=State.DONE)
    return {"speech": speech.request.no, "seconds": rules.whole_seconds(speech.started_at, scene.now)}


def end_running(scene: Scene[Meeting]) -> None:
    """End the running speech, if any, with its own entry."""
    if speech := running(scene.subject):
        scene.write("floor.ended", _end(scene, speech))


def drop_waiting(meeting: Meeting) -> list[int]:
    """Withdraw all who still wait, in their order; the caller writes it down."""
    waiting = SpeakRequest.objects.filter(meeting=meeting, state=State.WAITING)
    dropped = [request.no for request in rules.order(waiting)]
    waiting.update(state=State.WITHDRAWN)
    return dropped


def _by_no(meeting: Meeting, no: int) -> SpeakRequest:
    request = SpeakRequest.objects.select_related(*_WITH_SEAT).filter(meeting=meeting, no=no).first()
    if request is None:
        raise REQUEST_UNKNOWN()
    return request


# --- asking for the floor --------------------------------------------------------------------------------
def _enter(scene: Scene[Meeting], seat: Seat, kind: str, stance: str, channel: str) -> Mapping[str, Any]:
    meeting = scene.subject
    item = running_item(meeting)
    helped = by_staff(scene)
    if kind not in rules.may_speak(seat.standing):
        raise (KIND_FOR if helped else KIND)()
    if not meeting.list_open:
        raise LIST_CLOSED()
    mine = SpeakRequest.objects.filter(meeting=meeting, seat=seat)
    if mine.filter(state=State.WAITING).exists():
        raise (WAITING_FOR if helped else WAITING)()
    spoken = mine.filter(item=item, state__in=(State.CALLED, State.DONE)).exclude(kind=rules.ANSWER).count()
    if rules.counts_for_limit(kind) and spoken >= meeting.speeches_per_item:
        raise (ENOUGH_FOR if helped else ENOUGH)(times=spoken)
    last = SpeakRequest.objects.filter(meeting=meeting).aggregate(no=Max("no"))["no"]
    request = SpeakRequest.objects.create(
        meeting=meeting,
        item=item,
        seat=seat,
        no=(last or 0) + 1,
        kind=kind,
        stance=stance,
        channel=channel,
        asked_at=scene.now,
    )
    waiting = rules.order(SpeakRequest.objects.filter(meeting=meeting, state=State.WAITING))
    scene.write("floor.requested", _asked(request) | {"channel": channel, "waiting": len(waiting)})
    return {"request": request.no, "place": [other.no for other in waiting].index(request.no) + 1}


def _asked(request: SpeakRequest) -> dict[str, Any]:
    return {
        "request": request.no,
        "item": request.item.no,
        "speaker": Personal(seat_label(request.seat)),
        "shown_as": public(shown_as(request.seat)),
        "standing": request.seat.standing,
        "kind": request.kind,
        "stance": request.stance,
    }


@act(
    "floor.request",
    form=RequestForm,
    right=SEAT,
    locate=meeting_of,
    said=_("You are on the list, in place %(place)s."),
)
def request(*, scene: Scene[Meeting], kind: str, stance: str) -> Mapping[str, Any]:
    return _enter(scene, present_seat(scene), kind, stance, Presence.Channel.PHONE)


@act(
    "floor.request_for",
    form=RequestForForm,
    right=DESK,
    locate=meeting_of,
    said=_("Entered on the list, in place %(place)s."),
)
def request_for(*, scene: Scene[Meeting], seat: str, kind: str, stance: str, channel: str) -> Mapping[str, Any]:
    found = seat_in(scene.subject, seat)
    if not is_present(found):
        raise NOT_HERE()
    return _enter(scene, found, kind, stance, channel)


@act(
    "floor.withdraw",
    form=RequestNoForm,
    right=either(SEAT, DESK, FLOOR),
    locate=meeting_of,
    said=_("The request is withdrawn."),
)
def withdraw(*, scene: Scene[Meeting], request: int) -> Mapping[str, Any]:
    sitting(scene.subject)
    if by_staff(scene):
        found = _by_no(scene.subject, request)
    else:
        seat = acting_seat(scene)
        found = _by_no(scene.subject, request)
        if found.seat_id != seat.pk:
            raise NOT_ALLOWED()
    if found.state == State.WITHDRAWN:
        return {"request": request, "already": True}
    if found.state != State.WAITING:
        raise NOT_WAITING()
    _withdraw(scene, found)
    return {"request": request, "already": False}


def _withdraw(scene: Scene[Meeting], found: SpeakRequest) -> None:
    found.state = State.WITHDRAWN
    found.save(update_fields=["state"])
    scene.write("floor.withdrawn", {"request": found.no, "item": found.item.no})


@follow("presence.leave")
@follow("presence.leave_myself")
def gone(*, scene: Scene[Meeting], seat: str = "", **_data: Any) -> None:
    """Who has left neither waits nor speaks."""
    of_seat = {"seat_id": seat or scene.actor.seat_id, "meeting": scene.subject}
    for waiting in SpeakRequest.objects.select_related("item").filter(**of_seat, state=State.WAITING):
        _withdraw(scene, waiting)
    if SpeakRequest.objects.filter(**of_seat, state=State.CALLED).exists():
        end_running(scene)


# --- giving the floor ------------------------------------------------------------------------------------
@act("floor.call", form=CallForm, right=FLOOR, locate=meeting_of, said=_("The next speaker has the floor."))
def call(*, scene: Scene[Meeting], request: int | None, seen: int | None) -> Mapping[str, Any]:
    """Give the floor to `request`, else to the first who waits; ends a running speech in the same entry.

    Two facilitators may press at once. `seen` is the speech the caller saw running: if it is another one by now, the
    press came too late and would skip someone. A named request that has the floor already is a double press.
    """
    meeting = scene.subject
    running_item(meeting)
    before = running(meeting)
    now = before.request.no if before else 0
    if request is not None and request == now:
        return {"speech": request, "already": True}
    if seen is not None and seen != now:
        raise MOVED()
    if request is None:
        waiting = rules.order(
            SpeakRequest.objects.select_related(*_WITH_SEAT).filter(meeting=meeting, state=State.WAITING)
        )
        if not waiting:
            raise NOBODY()
        chosen = waiting[0]
    else:
        chosen = _by_no(meeting, request)
        if chosen.state != State.WAITING:
            raise NOT_WAITING()
    ended = _end(scene, before) if before else None
    chosen.state = State.CALLED
    chosen.save(update_fields=["state"])
    limit = rules.limit_seconds(chosen.kind, speech=meeting.speech_seconds, presenter=meeting.presenter_seconds)
    Speech.objects.create(meeting=meeting, request=chosen, started_at=scene.now, limit_seconds=limit)
    asked = _asked(chosen)
    body = {"speech": asked.pop("request")} | asked | {"channel": chosen.channel, "limit": limit, "ended": ended}
    if chosen.seat.standing == Seat.Standing.OFFICIAL:
        body["office"] = public(chosen.seat.office)
    scene.write("floor.called", body)
    return {"speech": chosen.no, "already": False}


def _meant(meeting: Meeting, no: int | None) -> Speech | None:
    """The running speech, if it is the one that is meant; None if that one has ended; raises if there never was one."""
    speech = running(meeting)
    if no is None or (speech is not None and speech.request.no == no):
        return speech
    if not Speech.objects.filter(meeting=meeting, request__no=no).exists():
        raise REQUEST_UNKNOWN()
    return None


@act(
    "floor.end",
    form=SpeechForm,
    right=either(FLOOR, SEAT),
    locate=meeting_of,
    said=_("The speech is finished. Thank you."),
)
def end(*, scene: Scene[Meeting], speech: int | None) -> Mapping[str, Any]:
    meeting = scene.subject
    sitting(meeting)
    seat = None if by_staff(scene) else acting_seat(scene)
    found = _meant(meeting, speech)
    if seat is not None and found is not None and found.request.seat_id != seat.pk:
        raise NOT_ALLOWED()
    if found is None:
        return {"already": True}
    ended = _end(scene, found)
    scene.write("floor.ended", ended)
    return ended | {"already": False}


@act("floor.extend", form=SpeechForm, right=FLOOR, locate=meeting_of, said=_("30 seconds more."))
def extend(*, scene: Scene[Meeting], speech: int | None) -> Mapping[str, Any]:
    meeting = scene.subject
    sitting(meeting)
    found = _meant(meeting, speech)
    if found is None:
        raise NOBODY_SPEAKS()
    base = rules.limit_seconds(found.request.kind, speech=meeting.speech_seconds, presenter=meeting.presenter_seconds)
    given = rules.extensions(found.limit_seconds, base)
    if given >= rules.MOST_EXTENSIONS:
        raise LONG_ENOUGH()
    found.limit_seconds += rules.EXTENSION_SECONDS
    found.save(update_fields=["limit_seconds"])
    scene.write("floor.extended", {"speech": found.request.no, "limit": found.limit_seconds, "times": given + 1})
    return {"speech": found.request.no, "limit": found.limit_seconds}


def _list(scene: Scene[Meeting], *, opened: bool) -> Mapping[str, Any]:
    meeting = scene.subject
    item = running_item(meeting)
    if meeting.list_open == opened:
        return {"already": True}
    meeting.list_open = opened
    meeting.save(update_fields=["list_open"])
    scene.write("floor.list_opened" if opened else "floor.list_closed", {"item": item.no})
    return {"already": False}


@act(
    "floor.close_list",
    right=FLOOR,
    locate=meeting_of,
    said=_("The list of speakers is closed; those on it will speak."),
)
def close_list(*, scene: Scene[Meeting]) -> Mapping[str, Any]:
    return _list(scene, opened=False)


@act("floor.open_list", right=FLOOR, locate=meeting_of, said=_("The list of speakers is open again."))
def open_list(*, scene: Scene[Meeting]) -> Mapping[str, Any]:
    return _list(scene, opened=True)
