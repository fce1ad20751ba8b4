"""The phone 手机: what every resident reads (`parts`), and what one person alone reads (`me`).

Nothing of one person stands in the shared parts: their forms carry relative addresses, and the address of the page
says whose they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.template.loader import render_to_string

from sessions.halls.models import Seat
from sessions.meetings import reads as sitting
from sessions.meetings.models import Meeting
from voting import reads as votes
from voting.reads import BallotView

from .stage import Stage

REMARKS_ON_A_PHONE = 5
PARTS = ("top", "now", "remarks", "bar")


def parts(stream: UUID, *, with_ballot: bool) -> Mapping[str, str]:
    """The shared parts; `with_ballot` for phones that have exactly one ballot in the open vote."""
    stage = Stage(stream)
    context = stage.context() | {
        "with_ballot": with_ballot,
        "remarks": stage.remarks.shown[:REMARKS_ON_A_PHONE],
        "may_request": stage.meeting.item is not None and stage.meeting.list_open,
    }
    return {
        "top": render_to_string("live/phone/top.html", context).strip(),
        "now": render_to_string(f"live/phone/now/{stage.scene}.html", context).strip(),
        "remarks": render_to_string("live/phone/remarks.html", context).strip(),
        "bar": render_to_string("live/phone/bar.html", context).strip(),
    }


class Mine:
    """What one seat sees of itself, for the phone whose device digest is `device`."""

    def __init__(self, seat: Seat, meeting: Meeting, device: str) -> None:
        self.state = sitting.seat_state(seat)
        self.here = bool(device) and seat.device == device
        self.place = sitting.my_place(meeting, seat)
        self.remark = next(iter(sitting.my_remarks(meeting, seat)), None)
        vote = votes.row_now(meeting)
        self.ballots: BallotView | None = votes.ballots_of(vote, seat) if vote is not None else None
        self.over = meeting.state == Meeting.State.CLOSED

    @property
    def taken(self) -> bool:
        """The seat is held, by another phone."""
        return self.state.held and not self.here

    @property
    def special(self) -> bool:
        """Whether this seat has several ballots, so that they stand here and not in the shared part."""
        return self.ballots is not None and len(self.ballots.ballots) > 1

    @property
    def words(self) -> str:
        """What the page's style needs to know, as words of one attribute: voted, special, next, speaking, away."""
        cast = self.ballots is not None and any(ballot.is_cast for ballot in self.ballots.ballots)
        told = {
            "voted": cast and not self.special,
            "special": self.special,
            "next": self.place.next,
            "queued": self.place.waits,
            "speaking": self.place.speaks,
            "away": not self.over and (not self.here or not self.state.present),
        }
        return " ".join(word for word, holds in told.items() if holds)


def me(seat: Seat, meeting: Meeting, device: str) -> str:
    """The personal part."""
    return render_to_string("live/phone/me.html", {"mine": Mine(seat, meeting, device)}).strip()
