"""Seats 席位 that are not on the roster, and slips that are issued anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from sessions.halls.access import DESK, issue_code, seat_label
from sessions.halls.models import Seat
from sessions.record.acts import SEALED, Scene, act
from sessions.record.chain import Personal, public
from sessions.record.models import Stream

from ..access import meeting_of, seat_in
from ..forms import OfficialForm, SeatForm
from ..models import Meeting


def codes_taken(stream: Stream) -> set[str]:
    """The hashed eight-digit codes in use in a meeting."""
    return set(Seat.objects.filter(stream=stream).values_list("code", flat=True))


def official_seats(stream: Stream, people: Sequence[tuple[str, str]]) -> list[Seat]:
    """Seats of those in attendance 列席, (name, office) each, in full."""
    taken = codes_taken(stream)
    seats = []
    for name, office in dict.fromkeys(people):
        seat = Seat(stream=stream, standing=Seat.Standing.OFFICIAL, name=name, office=office)
        issue_code(seat, taken)
        seats.append(seat)
    return list(Seat.objects.bulk_create(seats))


def _not_over(meeting: Meeting) -> None:
    if meeting.state == Meeting.State.CLOSED:
        raise SEALED()


@act("seat.add_official", form=OfficialForm, right=DESK, locate=meeting_of, said=_("The seat is ready."))
def add_official(*, scene: Scene[Meeting], name: str, office: str) -> Mapping[str, Any]:
    meeting = scene.subject
    _not_over(meeting)
    known = Seat.objects.filter(stream=meeting.stream_id, standing=Seat.Standing.OFFICIAL, name=name, office=office)
    if seat := known.first():
        return {"seat": str(seat.id), "already": True}
    (seat,) = official_seats(meeting.stream, [(name, office)])
    scene.write(
        "seat.added",
        {
            "seat": public(seat_label(seat)),
            "seat_id": Personal(seat.id),
            "shown_as": public(name),
            "office": public(office),
            "standing": seat.standing,
        },
    )
    return {"seat": str(seat.id), "already": False}


@act("seat.reissue", form=SeatForm, right=DESK, locate=meeting_of, said=_("The new slip is ready; the old is void."))
def reissue(*, scene: Scene[Meeting], seat: str) -> Mapping[str, Any]:
    meeting = scene.subject
    _not_over(meeting)
    found = seat_in(meeting, seat)
    found.issue += 1
    issue_code(found, codes_taken(meeting.stream))
    found.device, found.device_since = "", None  # whoever held the old slip holds the seat no longer
    found.save(update_fields=["issue", "code", "device", "device_since"])
    scene.write("seat.reissued", {"seat": Personal(seat_label(found)), "seat_id": Personal(found.id)})
    return {"seat": str(found.id)}
