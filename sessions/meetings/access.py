"""Access 权限入口 to a meeting and to the seats in it, and the rights that seats and visitors have.

A right says who may try; whether the phone still holds its seat and the person is in the hall is read under the lock
of the act (`acting_seat`, `present_seat`), so that each is refused with its own sentence.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from sessions.halls.access import ANY_STAFF, SeatActor, StaffActor, Visitor, staff_actor
from sessions.halls.models import Seat
from sessions.record.acts import NOT_ALLOWED, Right, Scene, refusal

from .models import Meeting, Presence

CODE_UNKNOWN = refusal(
    "meeting.code_unknown",
    _("No meeting has this number now. Please look again at the big screen, or ask at the desk."),
)
SEAT_ELSEWHERE = refusal(
    "seat.elsewhere", _("This phone does not hold your seat now. Please scan your slip once more, or ask at the desk.")
)
SEAT_FOREIGN = refusal("seat.foreign", _("This seat does not belong to this meeting."))
NOT_PRESENT = refusal("seat.not_present", _("Please check in first; then you can do this."))


def _meetings() -> Any:
    return Meeting.objects.select_related("stream", "hall__node", "venue", "item", "wall_remark")


def meeting_of(stream_id: UUID) -> Meeting:
    """The meeting of a stream, as the subject of an act; raises `Refused` (not_allowed) if there is none."""
    meeting: Meeting | None = _meetings().filter(pk=stream_id).first()
    if meeting is None:
        raise NOT_ALLOWED()
    return meeting


def access_meeting(user: Any, stream_id: UUID, right: Right = ANY_STAFF) -> Meeting:
    """The meeting, for a signed-in `user` who holds `right` on it.

    Raises `Refused` (not_allowed) alike for no such meeting and no right, so that ids cannot be tried out.
    """
    meeting = meeting_of(stream_id)
    if not user.is_authenticated or not right(staff_actor(user), meeting):
        raise NOT_ALLOWED()
    return meeting


def meeting_by_code(digits: str) -> Meeting:
    """The meeting that is not closed and has this six-digit code; raises `Refused` (meeting.code_unknown).

    Spaces and the full-width digits of a Chinese keyboard are taken. A closed meeting is found by a seat's link alone.
    """
    code = "".join(str(int(sign)) for sign in digits[:40] if sign.isdecimal())
    meeting: Meeting | None = None
    if len(code) == 6:
        meeting = _meetings().filter(join_code=code).exclude(state=Meeting.State.CLOSED).first()
    if meeting is None:
        raise CODE_UNKNOWN()
    return meeting


# --- rights ----------------------------------------------------------------------------------------------
def SEAT(actor: Any, meeting: Meeting) -> bool:  # noqa: N802  (a right, written as the others of halls.access)
    """A right: a seat of this very meeting."""
    return isinstance(actor, SeatActor) and actor.stream_id == meeting.stream_id


def PROVED(actor: Any, meeting: Meeting) -> bool:  # noqa: N802
    """A right: a seat of this meeting whose slip or eight digits were shown just now."""
    return SEAT(actor, meeting) and actor.proved


def VISITOR(actor: Any, _: Meeting) -> bool:  # noqa: N802
    """A right: someone at the door without a seat."""
    return isinstance(actor, Visitor)


def either(*rights: Right) -> Right:
    """A right: any of these."""

    def right(actor: Any, subject: Any) -> bool:
        return any(one(actor, subject) for one in rights)

    right.roles = frozenset().union(*(getattr(one, "roles", ()) for one in rights))  # type: ignore[attr-defined]
    return right


# --- seats under the lock of an act ----------------------------------------------------------------------
def _seats() -> Any:
    return Seat.objects.select_related("person", "household", "presence")


def presence_of(seat: Seat) -> Presence | None:
    """The presence of a seat, if it ever arrived."""
    presence: Presence | None = getattr(seat, "presence", None)  # a missing one-to-one is an AttributeError
    return presence


def is_present(seat: Seat) -> bool:
    """Arrived and not left."""
    presence = presence_of(seat)
    return presence is not None and presence.left_at is None


def seat_in(meeting: Meeting, seat_id: UUID | str) -> Seat:
    """A seat that staff act for; raises `Refused` (seat.foreign) if it is not of this meeting."""
    seat: Seat | None = _seats().filter(pk=seat_id, stream=meeting.stream_id).first()
    if seat is None:
        raise SEAT_FOREIGN()
    return seat


def proved_seat(scene: Scene[Meeting]) -> Seat:
    """The seat whose slip was just shown; its phone may not hold it yet."""
    return seat_in(scene.subject, scene.actor.seat_id)


def acting_seat(scene: Scene[Meeting]) -> Seat:
    """The seat that acts, if its phone holds it now; raises `Refused` (seat.elsewhere)."""
    seat = proved_seat(scene)
    if not scene.actor.device or seat.device != scene.actor.device:
        raise SEAT_ELSEWHERE()
    return seat


def present_seat(scene: Scene[Meeting]) -> Seat:
    """The seat that acts, if its phone holds it and the person is in the hall; raises `Refused`."""
    seat = acting_seat(scene)
    if not is_present(seat):
        raise NOT_PRESENT()
    return seat


def by_staff(scene: Scene[Meeting]) -> bool:
    """Whether a member of the staff does this, for someone or for the meeting."""
    return isinstance(scene.actor, StaffActor)
