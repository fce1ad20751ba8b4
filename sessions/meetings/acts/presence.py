"""Presence 签到: people come, go, come back; a phone takes its seat, another phone takes it over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions.halls.access import DESK, device_digest, issue_code, seat_label, shown_as
from sessions.halls.models import Seat
from sessions.record.acts import Scene, act, refusal
from sessions.record.chain import Personal, public

from .. import rules
from ..access import PROVED, SEAT, VISITOR, acting_seat, meeting_of, presence_of, proved_seat, seat_in
from ..forms import ArriveForForm, DeviceForm, GuestForm, SeatForm
from ..models import Meeting, Presence
from ..reads.attendance import present
from .order import NOT_HERE, doors_open
from .seats import codes_taken

SEAT_TAKEN = refusal(
    "seat.taken", _("This seat is in use on another phone since %(since)s. You can move it to this phone.")
)
NO_DEVICE = refusal("seat.no_device", _("This phone could not be recognised. Please scan your slip once more."))
GUESTS_FULL = refusal(
    "guest.full", _("Many guests have come. Please go to the check-in desk; we will find you a place.")
)

PHONE = Presence.Channel.PHONE


# --- what all ways of arriving share ---------------------------------------------------------------------
def who(seat: Seat) -> dict[str, Any]:
    """What the record keeps of a seat that comes or goes. An official's office is printed, so it is public."""
    kept: dict[str, Any] = {
        "seat": Personal(seat_label(seat)),
        "seat_id": Personal(seat.id),
        "shown_as": public(shown_as(seat)),
        "standing": seat.standing,
    }
    if seat.standing == Seat.Standing.OFFICIAL:
        kept["office"] = public(seat.office)
    return kept


def arrive(scene: Scene[Meeting], seat: Seat, channel: str) -> bool:
    """Make a seat present and write it down; False if it was present by this channel, or at the desk, already."""
    meeting = scene.subject
    presence = presence_of(seat)
    if presence is None:
        seat.presence = Presence.objects.create(seat=seat, meeting=meeting, channel=channel, arrived_at=scene.now)
        kind = "presence.arrived"
    elif presence.left_at is not None:
        presence.left_at, presence.channel = None, channel
        presence.save(update_fields=["left_at", "channel"])
        kind = "presence.came_back"
    else:
        return False
    scene.write(kind, who(seat) | {"channel": channel, "present": present(meeting)})
    return True


def _hold(scene: Scene[Meeting], seat: Seat, device: str) -> None:
    seat.device, seat.device_since = device, scene.now
    seat.save(update_fields=["device", "device_since"])


def _phone_arrives(scene: Scene[Meeting], seat: Seat) -> None:
    """A phone that holds its seat is present; someone who was entered at the desk now counts as by phone."""
    if arrive(scene, seat, PHONE):
        return
    presence = seat.presence
    if presence.channel != PHONE:
        presence.channel = PHONE
        presence.save(update_fields=["channel"])
        scene.write("presence.moved_to_phone", who(seat) | {"channel": PHONE, "present": present(scene.subject)})


def _device_of(scene: Scene[Meeting], key: str) -> str:
    device = device_digest(key) or scene.actor.device
    if not device:
        raise NO_DEVICE()
    return str(device)


# --- by phone --------------------------------------------------------------------------------------------
@act(
    "presence.check_in",
    form=DeviceForm,
    right=PROVED,
    locate=meeting_of,
    said=_("You are checked in. Welcome!"),
)
def check_in(*, scene: Scene[Meeting], device: str) -> Mapping[str, Any]:
    doors_open(scene.subject)
    seat, digest = proved_seat(scene), _device_of(scene, device)
    if seat.device and seat.device != digest:
        since = timezone.localtime(seat.device_since).strftime("%H:%M") if seat.device_since else "—"
        raise SEAT_TAKEN(since=since)
    already = bool(seat.device)
    if not already:
        _hold(scene, seat, digest)
    _phone_arrives(scene, seat)
    return {"already": already}


@act(
    "presence.take_over",
    form=DeviceForm,
    right=PROVED,
    locate=meeting_of,
    said=_("Your seat is on this phone now. The other phone can only look on."),
)
def take_over(*, scene: Scene[Meeting], device: str) -> Mapping[str, Any]:
    doors_open(scene.subject)
    seat, digest = proved_seat(scene), _device_of(scene, device)
    already = seat.device == digest
    if not already:
        moved = bool(seat.device)
        _hold(scene, seat, digest)
        if moved:
            scene.write("presence.taken_over", who(seat))
    _phone_arrives(scene, seat)
    return {"already": already}


@act(
    "presence.leave_myself",
    right=SEAT,
    locate=meeting_of,
    said=_("You have left the meeting. To come back, scan your code again."),
)
def leave_myself(*, scene: Scene[Meeting]) -> Mapping[str, Any]:
    doors_open(scene.subject)
    return _leave(scene, acting_seat(scene))


@act(
    "presence.join_as_guest",
    form=GuestForm,
    right=VISITOR,
    locate=meeting_of,
    said=_("Welcome! You can listen, ask and speak; voting is for the residents."),
    pace=(5, 5),
)
def join_as_guest(*, scene: Scene[Meeting], device: str, name: str) -> Mapping[str, Any]:
    meeting = scene.subject
    doors_open(meeting)
    digest = device_digest(device)
    seats = Seat.objects.select_related("person", "household", "presence").filter(stream=meeting.stream_id)
    seat = seats.filter(device=digest).first()
    if seat is not None:  # a phone that has a seat here, its own or a guest's, keeps it
        if seat.standing == Seat.Standing.GUEST:
            arrive(scene, seat, PHONE)
        return {"seat": str(seat.id), "already": True}
    if seats.filter(standing=Seat.Standing.GUEST).count() >= rules.MOST_GUESTS:
        raise GUESTS_FULL()
    seat = Seat(
        stream=meeting.stream,
        standing=Seat.Standing.GUEST,
        name=name,
        device=digest,
        device_since=scene.now,
    )
    issue_code(seat, codes_taken(meeting.stream))
    seat.save(force_insert=True)
    arrive(scene, seat, PHONE)
    return {"seat": str(seat.id), "already": False}


# --- at the desk -----------------------------------------------------------------------------------------
@act("presence.arrive_for", form=ArriveForForm, right=DESK, locate=meeting_of, said=_("Checked in."))
def arrive_for(*, scene: Scene[Meeting], seat: str, channel: str) -> Mapping[str, Any]:
    doors_open(scene.subject)
    return {"already": not arrive(scene, seat_in(scene.subject, seat), channel)}


@act("presence.leave", form=SeatForm, right=DESK, locate=meeting_of, said=_("Noted: this person has left."))
def leave(*, scene: Scene[Meeting], seat: str) -> Mapping[str, Any]:
    doors_open(scene.subject)
    return _leave(scene, seat_in(scene.subject, seat))


@act("presence.come_back", form=SeatForm, right=DESK, locate=meeting_of, said=_("Noted: this person is back."))
def come_back(*, scene: Scene[Meeting], seat: str) -> Mapping[str, Any]:
    doors_open(scene.subject)
    found = seat_in(scene.subject, seat)
    presence = presence_of(found)
    if presence is None:
        raise NOT_HERE()
    return {"already": not arrive(scene, found, presence.channel)}


def _leave(scene: Scene[Meeting], seat: Seat) -> Mapping[str, Any]:
    presence = presence_of(seat)
    if presence is None:
        raise NOT_HERE()
    if presence.left_at is not None:
        return {"already": True}
    presence.left_at = scene.now
    presence.save(update_fields=["left_at"])
    scene.write("presence.left", who(seat) | {"present": present(scene.subject)})
    return {"already": False}
