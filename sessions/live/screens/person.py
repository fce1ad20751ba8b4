"""The person beside the doors at the desk: one seat, and the forms to enter something for it.

Every form is a plain POST that comes back to this person. Each carries an act id of its own, so that a double press
enters nothing twice. A ballot is read back before it is cast: chosen on one page, confirmed on the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string

from sessions.halls.access import digits_of, shown_as
from sessions.halls.models import Seat
from sessions.meetings import reads as sitting
from sessions.meetings.access import meeting_of, seat_in
from sessions.meetings.models import Meeting, Presence
from sessions.meetings.reads import DeskSeat
from sessions.meetings.rules import LONGEST_REMARK, QUESTION, minutes_until_turn
from sessions.record.acts import Refused
from voting import reads as votes
from voting.models import Ballot
from voting.reads import DeskRow, MyBallot
from voting.reads.words import choice_word

from ..doors import new_act_id

DESK, TABLET = Presence.Channel.DESK.value, Presence.Channel.TABLET.value
WAYS = {  # what the desk asks → kind and stance of the request
    "question": ("question", ""),
    "answer": ("answer", ""),
    "add": ("debate", "add"),
    "for": ("debate", "for"),
    "against": ("debate", "against"),
}


@dataclass(frozen=True)
class Slip:
    """A ballot of this seat as the desk may see it: the choice only where the desk entered it."""

    ballot: MyBallot
    row: DeskRow
    channel: str  # by which the desk would enter it

    @property
    def base(self) -> int:
        return self.row.revision


class Person:
    """One seat of a meeting with all the desk may do for it."""

    def __init__(self, meeting: Meeting, seat: Seat) -> None:
        self.row, self.meeting = seat, meeting

    @cached_property
    def doors(self) -> tuple[sitting.DeskDoor, ...]:
        return sitting.desk_doors(self.meeting)

    @cached_property
    def seat(self) -> DeskSeat:
        every = [seat for door in self.doors for seat in door.seats] + list(sitting.desk_others(self.meeting))
        return next(seat for seat in every if seat.id == self.row.pk)

    @property
    def neighbours(self) -> list[DeskSeat]:
        """The others of the same door."""
        door = next((door for door in self.doors if door.household == self.row.household_id), None)
        return [seat for seat in door.seats if seat.id != self.row.pk] if door else []

    @property
    def area_x100(self) -> int:
        return self.row.household.area_x100 if self.row.household else 0

    @property
    def door(self) -> str:
        return self.row.household.door if self.row.household else ""

    @property
    def shown_as(self) -> str:
        """The name as everyone sees it."""
        return shown_as(self.row)

    @property
    def resident(self) -> bool:
        return self.row.standing == Seat.Standing.RESIDENT

    @property
    def channel(self) -> str:
        """By which the desk enters things for this person: the tablet for whom it was given to."""
        return TABLET if self.seat.channel == TABLET else DESK

    @cached_property
    def place(self) -> sitting.MyPlace:
        return sitting.my_place(self.meeting, self.row)

    @property
    def ways(self) -> list[tuple[str, str, str]]:
        """(way, kind, stance) of the speeches open to this person now."""
        return [(way, kind, stance) for way, (kind, stance) in WAYS.items() if kind in self.place.may]

    @property
    def minutes(self) -> int:
        """About how long somebody who asks now would wait."""
        floor = sitting.floor_view(self.meeting)
        left = floor.speech.left if floor.speech else 0
        return minutes_until_turn(left, [self.meeting.speech_seconds] * len(floor.waiting))

    @property
    def waiting(self) -> int:
        return len(sitting.floor_view(self.meeting).waiting)

    @cached_property
    def remarks(self) -> tuple[sitting.MyRemark, ...]:
        return sitting.my_remarks(self.meeting, self.row)

    @cached_property
    def slips(self) -> list[Slip]:
        """The ballots of this seat in the vote before the hall."""
        vote = votes.row_now(self.meeting)
        if vote is None or not self.resident:
            return []
        rows = {row.no: row for row in votes.desk_rows(vote)}
        mine = votes.ballots_of(vote, self.row).ballots
        return [
            Slip(ballot, rows[ballot.no], own if (own := rows[ballot.no].channel) in (DESK, TABLET) else self.channel)
            for ballot in mine
        ]

    def slip(self, vote: str, mandate: str) -> Slip | None:
        """The ballot of an address, if the desk may enter it now."""
        mine = (slip for slip in self.slips if slip.ballot.vote == vote and str(slip.ballot.no) == mandate)
        return next((slip for slip in mine if slip.row.may_enter), None)

    @property
    def vote_text(self) -> str:
        return self._vote.motion.text if self._vote else ""

    @property
    def vote_about(self) -> str:
        """What the vote is about, short: the item's title."""
        return self._vote.motion.item.title if self._vote else ""

    @cached_property
    def _vote(self) -> Any:
        return votes.row_now(self.meeting)

    @property
    def holders(self) -> list[DeskSeat]:
        """Residents in the hall who could hold this person's proxy."""
        return [seat for door in self.doors for seat in door.seats if seat.present and seat.id != self.row.pk]

    @property
    def principals(self) -> list[DeskSeat]:
        """Owners who are not in the hall and could give this person a proxy."""
        return [
            seat
            for door in self.doors
            for seat in door.seats
            if seat.owner and not seat.present and not seat.proxy_to and seat.id != self.row.pk
        ]

    @property
    def digits(self) -> str:
        """The eight digits of a slip that was issued anew and is in no phone yet; "" else.

        Whoever issues a slip anew stands in the record, so nobody's digits are read here without a trace.
        """
        if self.row.issue < 2 or self.row.device:
            return ""
        digits = digits_of(self.row)
        return f"{digits[:4]} {digits[4:]}"

    @property
    def open(self) -> bool:
        """Whether people may come and go."""
        return self.meeting.state in (Meeting.State.CHECK_IN, Meeting.State.SITTING)


def panel(
    stream: UUID,
    seat: str,
    query: Mapping[str, str] | None = None,
    *,
    helper: str = "",
    typed: Mapping[str, str] | None = None,
) -> str:
    """What stands beside the doors, as HTML.

    seat    of the address; unknown ones and those of other meetings give the empty panel
    query   the rest of the address: do (speak, remark, proxy, vote, slip), vote, mandate, base, choice; add=1
    helper  the name of who enters, as the record will have it
    typed   what was written into a form that was refused
    """
    query = query or {}
    meeting = meeting_of(stream)
    context: dict[str, Any] = {
        "act_id": new_act_id,
        "helper": helper,
        "typed": typed or {},
        "longest": LONGEST_REMARK,
        "code": sitting.meeting_view(meeting).code_groups,
        "open": meeting.state in (Meeting.State.CHECK_IN, Meeting.State.SITTING),
        "over": meeting.state == Meeting.State.CLOSED,
    }
    person = _person(meeting, seat)
    if person is None:
        name = "official" if query.get("add") and not context["over"] else "none"
        return render_to_string(f"live/desk/panel/{name}.html", context | {"unknown": bool(seat)}).strip()
    name, more = _page(person, query)
    return render_to_string(f"live/desk/panel/{name}.html", context | {"person": person} | more).strip()


def _person(meeting: Meeting, seat: str) -> Person | None:
    try:
        return Person(meeting, seat_in(meeting, UUID(seat)))
    except (ValueError, Refused):
        return None


def _page(person: Person, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The page of a person and what it needs besides; what is not open now leads back to the person."""
    wanted = query.get("do", "")
    if wanted == "vote" and person.open:
        slip = person.slip(query.get("vote", ""), query.get("mandate", ""))
        choice = query.get("choice", "")
        if slip is not None and choice in Ballot.Choice.values and query.get("base", "").isdecimal():
            return "aloud", {"slip": slip, "choice": choice, "word": choice_word(choice), "base": query["base"]}
        if slip is not None:
            return "vote", {"slip": slip, "choices": Ballot.Choice.choices}
    if wanted == "speak" and person.open and person.ways:
        return "speak", {}
    if wanted == "remark" and person.open:
        return "remark", {"question": QUESTION}
    if wanted == "proxy" and person.open and person.resident:
        return "proxy", {}
    if wanted == "slip" and person.meeting.state != Meeting.State.CLOSED:
        return "slip", {}
    return "person", {}
