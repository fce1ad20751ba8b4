"""The stage 台面: the one thing that happens now, worked out once for wall, console and phones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sessions.meetings import reads as sitting
from sessions.meetings.access import meeting_of
from sessions.meetings.models import Meeting
from voting import reads as votes
from voting.reads import MotionView, VoteView
from voting.reads.results import Figures
from voting.rules import Share

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Bar:
    """One bar of a result in thousandths of its base: for, against, abstain from the left; `tick` is the threshold."""

    row: Figures
    a: int
    b: int
    c: int
    tick: int | None

    @property
    def b_from(self) -> int:
        return self.a

    @property
    def c_from(self) -> int:
        return self.a + self.b


def _thousandths(part: int, whole: int) -> int:
    return part * 1000 // whole if whole else 0


def bars(vote: VoteView) -> tuple[Bar, ...]:
    """The bars of a revealed vote."""
    if vote.result is None:
        return ()
    share = vote.rule.passing if isinstance(vote.rule.passing, Share) else None
    tick = share.a * 1000 // share.b - 3 if share else None
    drawn = []
    for row in vote.result.rows:
        base = max(row.base, row.for_ + row.against + row.abstain)
        a, b, c = (_thousandths(part, base) for part in (row.for_, row.against, row.abstain))
        full = row.for_ + row.against + row.abstain == base
        drawn.append(Bar(row, a, b, 1000 - a - b if full else c, tick))
    return tuple(drawn)


class Stage:
    """The state of a meeting as all screens read it; each figure is read when it is first asked for."""

    def __init__(self, stream: UUID) -> None:
        self.row: Meeting = meeting_of(stream)

    @cached_property
    def meeting(self) -> sitting.MeetingView:
        return sitting.meeting_view(self.row)

    @cached_property
    def attendance(self) -> sitting.Attendance:
        return sitting.attendance(self.row)

    @cached_property
    def floor(self) -> sitting.FloorView:
        return sitting.floor_view(self.row)

    @cached_property
    def remarks(self) -> sitting.RemarksView:
        return sitting.remarks_view(self.row)

    @cached_property
    def motion(self) -> MotionView | None:
        return votes.motion_now(self.row)

    @cached_property
    def vote(self) -> VoteView | None:
        return votes.vote_now(self.row)

    @cached_property
    def bars(self) -> tuple[Bar, ...]:
        return bars(self.vote) if self.vote else ()

    @property
    def numeral(self) -> str:
        """The seal of the item: 一, 二, 三."""
        no = self.meeting.item.no if self.meeting.item else 0
        return NUMERALS[no - 1] if 0 < no <= len(NUMERALS) else str(no)

    @property
    def turnout(self) -> int:
        """Ballots in, in thousandths of the roll."""
        return _thousandths(self.vote.cast, self.vote.mandates) if self.vote else 0

    @property
    def arrived(self) -> int:
        """Households checked in, in thousandths of those entitled."""
        return min(1000, _thousandths(self.attendance.households, self.attendance.of))

    @property
    def scene(self) -> str:
        """What happens now: wait, quorum, item, speech, motion, voting, closed, result, over."""
        state = self.meeting.state
        if state == Meeting.State.CLOSED:
            return "over"
        if state != Meeting.State.SITTING:
            return "wait"
        if self.meeting.item is None:
            return "quorum"
        if self.vote is not None and self.vote.state != "revealed":
            return "voting" if self.vote.is_open else "counting"
        if self.floor.speech is not None:
            return "speech"
        if self.vote is not None:
            return "result"
        if self.motion is not None:
            return "motion"
        return "floor" if self.floor.waiting else "item"

    def context(self) -> dict[str, Any]:
        """For the templates."""
        return {"stage": self, "meeting": self.meeting}
