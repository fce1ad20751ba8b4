"""Remarks: what everyone reads (approved ones, and how many are not), and what the moderator reads (all, in full)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from sessions.halls.access import seat_label, shown_as
from sessions.halls.models import Seat

from ..models import Meeting, Remark
from ..words import REASONS, UNSIGNED

State = Remark.State
MOST_SHOWN = 60  # of the newest; more would not be read, and a part of a frame stays small


@dataclass(frozen=True)
class RemarkLine:
    """An approved remark. `shown_as` is a masked name, or "a resident" in the reader's language if it is unsigned."""

    no: int
    kind: str
    kind_words: str | Promise
    item: int | None
    text: str
    shown_as: str | Promise
    at: datetime
    on_wall: bool


@dataclass(frozen=True)
class HiddenCount:
    """How many remarks were hidden for one reason."""

    reason: str
    words: str | Promise
    count: int


@dataclass(frozen=True)
class RemarksView:
    """Remarks as everyone sees them: newest first; of held and hidden ones only how many."""

    shown: tuple[RemarkLine, ...]
    on_wall: RemarkLine | None
    shown_count: int
    held_count: int
    hidden_count: int
    hidden_by_reason: tuple[HiddenCount, ...]


@dataclass(frozen=True)
class StaffRemark:
    """A remark for the moderator. `reason` and `reason_words` are empty unless it is hidden."""

    no: int
    kind: str
    kind_words: str | Promise
    item: int | None
    text: str
    author: str
    shown_as: str | Promise
    signed: bool
    channel: str
    at: datetime
    state: str
    reason: str
    reason_words: str | Promise
    on_wall: bool


@dataclass(frozen=True)
class StaffRemarks:
    """All remarks for the moderator: held ones oldest first, for they wait; the others newest first."""

    held: tuple[StaffRemark, ...]
    shown: tuple[StaffRemark, ...]
    hidden: tuple[StaffRemark, ...]


def _remarks(meeting: Meeting) -> list[Remark]:
    return list(
        Remark.objects.select_related("seat__person", "seat__household", "item").filter(meeting=meeting).order_by("no")
    )


def _author(remark: Remark) -> str | Promise:
    return shown_as(remark.seat) if remark.signed else UNSIGNED[Seat.Standing(remark.seat.standing)]


def _line(meeting: Meeting, remark: Remark) -> RemarkLine:
    return RemarkLine(
        no=remark.no,
        kind=remark.kind,
        kind_words=Remark.Kind(remark.kind).label,
        item=remark.item.no if remark.item else None,
        text=remark.text,
        shown_as=_author(remark),
        at=remark.at,
        on_wall=remark.pk == meeting.wall_remark_id,
    )


def remarks_view(meeting: Meeting, most: int = MOST_SHOWN) -> RemarksView:
    """Remarks as everyone sees them; two queries."""
    states = Counter(Remark.objects.filter(meeting=meeting).values_list("state", "reason"))
    shown = Remark.objects.select_related("seat__person", "seat__household", "item").filter(
        meeting=meeting, state=State.SHOWN
    )
    lines = tuple(_line(meeting, remark) for remark in shown.order_by("-no")[:most])
    wall = next((line for line in lines if line.on_wall), None)
    if wall is None and meeting.wall_remark_id is not None and (old := shown.filter(pk=meeting.wall_remark_id).first()):
        wall = _line(meeting, old)
    by_reason = {reason: count for (state, reason), count in states.items() if state == State.HIDDEN}
    return RemarksView(
        shown=lines,
        on_wall=wall,
        shown_count=states[State.SHOWN, ""],
        held_count=states[State.HELD, ""],
        hidden_count=sum(by_reason.values()),
        hidden_by_reason=tuple(
            HiddenCount(reason, words, by_reason[reason]) for reason, words in REASONS.items() if reason in by_reason
        ),
    )


def staff_remarks(meeting: Meeting) -> StaffRemarks:
    """All remarks for the moderator; one query."""
    rows: dict[str, list[StaffRemark]] = {State.HELD: [], State.SHOWN: [], State.HIDDEN: []}
    for remark in _remarks(meeting):
        rows[remark.state].append(
            StaffRemark(
                no=remark.no,
                kind=remark.kind,
                kind_words=Remark.Kind(remark.kind).label,
                item=remark.item.no if remark.item else None,
                text=remark.text,
                author=seat_label(remark.seat),
                shown_as=_author(remark),
                signed=remark.signed,
                channel=remark.channel,
                at=remark.at,
                state=remark.state,
                reason=remark.reason,
                reason_words=REASONS.get(remark.reason, ""),
                on_wall=remark.pk == meeting.wall_remark_id,
            )
        )
    return StaffRemarks(
        held=tuple(rows[State.HELD]),
        shown=tuple(reversed(rows[State.SHOWN])),
        hidden=tuple(reversed(rows[State.HIDDEN])),
    )
