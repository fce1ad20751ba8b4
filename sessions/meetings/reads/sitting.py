"""The meeting and its agenda, as everyone may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.functional import Promise

from ..models import AgendaItem, Meeting


@dataclass(frozen=True)
class ItemLine:
    """An agenda item: `kinds` of 评议定, `state` waiting, now or done, `background` in at most three lines."""

    no: int
    title: str
    kinds: tuple[str, ...]
    minutes: int
    proposed_by: str
    background: tuple[str, ...]
    state: str

    @property
    def now(self) -> bool:
        return self.state == AgendaItem.State.NOW

    @property
    def done(self) -> bool:
        return self.state == AgendaItem.State.DONE


@dataclass(frozen=True)
class MeetingView:
    """The meeting. `rev` was read no later than the state; times are aware, UTC."""

    stream: UUID
    rev: int
    state: str  # convened, check_in, sitting, closed
    title: str
    brand: str  # the hall's name
    slogan: str
    form: str
    form_words: str | Promise
    year: int
    ordinal: int
    also: str
    venue: str
    place: str
    notice_on: date | None
    starts_at: datetime
    begun_at: datetime | None
    closed_at: datetime | None
    join_code: str
    chair: str
    secretary: str
    rules_version: str
    speech_seconds: int
    speeches_per_item: int
    item: ItemLine | None
    agenda: tuple[ItemLine, ...]
    list_open: bool
    wall: str

    @property
    def code_groups(self) -> str:
        """The join code as it is read aloud: 473 819."""
        return f"{self.join_code[:3]} {self.join_code[3:]}"

    @property
    def next_item(self) -> ItemLine | None:
        """The first item that is still to come."""
        return next((item for item in self.agenda if item.state == AgendaItem.State.WAITING), None)


def _line(item: AgendaItem) -> ItemLine:
    return ItemLine(
        item.no,
        item.title,
        tuple(item.kinds),
        item.minutes,
        item.proposed_by,
        tuple(item.background.splitlines()),
        item.state,
    )


def meeting_view(meeting: Meeting) -> MeetingView:
    """The meeting as read by `access.meeting_of` (its stream, hall and venue with it), and its agenda: one query."""
    agenda = tuple(_line(item) for item in meeting.items.all())
    return MeetingView(
        stream=meeting.stream_id,
        rev=meeting.stream.rev,
        state=meeting.state,
        title=meeting.title,
        brand=meeting.hall.name,
        slogan=meeting.hall.slogan,
        form=meeting.form,
        form_words=Meeting.Form(meeting.form).label,
        year=meeting.year,
        ordinal=meeting.ordinal,
        also=meeting.also,
        venue=meeting.venue.name if meeting.venue else "",
        place=meeting.venue.place if meeting.venue else "",
        notice_on=meeting.notice_on,
        starts_at=meeting.starts_at,
        begun_at=meeting.opened_at,
        closed_at=meeting.closed_at,
        join_code=meeting.join_code,
        chair=meeting.chair,
        secretary=meeting.secretary,
        rules_version=meeting.rules_version,
        speech_seconds=meeting.speech_seconds,
        speeches_per_item=meeting.speeches_per_item,
        item=next((line for line in agenda if line.now), None),
        agenda=agenda,
        list_open=meeting.list_open,
        wall=meeting.wall,
    )
