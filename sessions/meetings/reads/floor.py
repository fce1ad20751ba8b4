"""The floor: who speaks, who waits. `FloorView` shows people as the public sees them, `StaffFloor` in full."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise

from sessions.halls.access import seat_label, shown_as
from sessions.halls.models import Seat
from sessions.record import clock

from .. import rules
from ..models import Meeting, SpeakRequest, Speech

State = SpeakRequest.State


@dataclass(frozen=True)
class SpeechNow:
    """The running speech. Seconds are of the hall clock at the time of reading; `left` never falls below 0."""

    no: int
    shown_as: str
    office: str
    standing: str
    kind: str
    kind_words: str | Promise
    stance: str
    stance_words: str | Promise
    item: int
    started_at: datetime
    limit: int
    elapsed: int
    left: int
    over: bool


@dataclass(frozen=True)
class WaitingLine:
    """One who waits; `place` counts from 1."""

    no: int
    place: int
    shown_as: str
    office: str
    kind: str
    kind_words: str | Promise
    stance: str
    stance_words: str | Promise


@dataclass(frozen=True)
class FloorView:
    """The floor as everyone sees it; `balance` counts the debate speeches of this item: for, against, add."""

    speech: SpeechNow | None
    waiting: tuple[WaitingLine, ...]
    balance: dict[str, int]
    list_open: bool

    @property
    def next_three(self) -> tuple[WaitingLine, ...]:
        return self.waiting[:3]


@dataclass(frozen=True)
class StaffSpeech:
    """The running speech for the console, with the speaker in full."""

    shown: SpeechNow
    label: str
    seat: UUID
    channel: str
    extensions_left: int


@dataclass(frozen=True)
class StaffWaiting:
    """One who waits, for the console; `spoken` counts this seat's speeches in the whole meeting (0: the first)."""

    shown: WaitingLine
    label: str
    seat: UUID
    channel: str
    asked_at: datetime
    waited_minutes: int
    spoken: int


@dataclass(frozen=True)
class StaffFloor:
    """The floor for the console. `seen` goes with every floor.call, so that two who press at once skip nobody."""

    speech: StaffSpeech | None
    waiting: tuple[StaffWaiting, ...]
    balance: dict[str, int]
    list_open: bool
    seen: int


def running_speech(meeting: Meeting) -> Speech | None:
    """The running speech with its speaker."""
    return (
        Speech.objects.select_related("request__item", "request__seat__person", "request__seat__household")
        .filter(meeting=meeting, ended_at=None)
        .first()
    )


def waiting_list(meeting: Meeting) -> list[SpeakRequest]:
    """The requests that wait, in the order in which they will be called."""
    waiting = SpeakRequest.objects.select_related("seat__person", "seat__household")
    return rules.order(waiting.filter(meeting=meeting, state=State.WAITING))


def _office(seat: Seat) -> str:
    return seat.office if seat.standing == Seat.Standing.OFFICIAL else ""


def speech_now(speech: Speech, now: datetime) -> SpeechNow:
    """A running speech at `now`."""
    request, elapsed = speech.request, rules.whole_seconds(speech.started_at, now)
    return SpeechNow(
        no=request.no,
        shown_as=shown_as(request.seat),
        office=_office(request.seat),
        standing=request.seat.standing,
        kind=request.kind,
        kind_words=SpeakRequest.Kind(request.kind).label,
        stance=request.stance,
        stance_words=SpeakRequest.Stance(request.stance).label,
        item=request.item.no,
        started_at=speech.started_at,
        limit=speech.limit_seconds,
        elapsed=elapsed,
        left=max(0, speech.limit_seconds - elapsed),
        over=elapsed > speech.limit_seconds,
    )


def _line(request: SpeakRequest, place: int) -> WaitingLine:
    return WaitingLine(
        no=request.no,
        place=place,
        shown_as=shown_as(request.seat),
        office=_office(request.seat),
        kind=request.kind,
        kind_words=SpeakRequest.Kind(request.kind).label,
        stance=request.stance,
        stance_words=SpeakRequest.Stance(request.stance).label,
    )


def _balance(meeting: Meeting) -> dict[str, int]:
    if meeting.item_id is None:
        return rules.balance(())
    heard = SpeakRequest.objects.filter(
        meeting=meeting, item=meeting.item_id, kind=rules.DEBATE, state__in=(State.CALLED, State.DONE)
    )
    return rules.balance(heard.values_list("stance", flat=True))


def floor_view(meeting: Meeting, now: datetime | None = None) -> FloorView:
    """The floor as everyone sees it; three queries."""
    speech = running_speech(meeting)
    return FloorView(
        speech=speech_now(speech, now or clock.now()) if speech else None,
        waiting=tuple(_line(request, place) for place, request in enumerate(waiting_list(meeting), 1)),
        balance=_balance(meeting),
        list_open=meeting.list_open,
    )


def _spoken(meeting: Meeting) -> Counter[UUID]:
    heard = SpeakRequest.objects.filter(meeting=meeting, state__in=(State.CALLED, State.DONE))
    return Counter(heard.values_list("seat_id", flat=True))


def staff_floor(meeting: Meeting, now: datetime | None = None) -> StaffFloor:
    """The floor for the console; four queries."""
    moment = now or clock.now()
    speech, waiting = running_speech(meeting), waiting_list(meeting)
    spoken = _spoken(meeting)
    return StaffFloor(
        speech=_staff_speech(meeting, speech, moment) if speech else None,
        waiting=tuple(
            StaffWaiting(
                shown=_line(request, place),
                label=seat_label(request.seat),
                seat=request.seat_id,
                channel=request.channel,
                asked_at=request.asked_at,
                waited_minutes=rules.whole_seconds(request.asked_at, moment) // 60,
                spoken=spoken[request.seat_id],
            )
            for place, request in enumerate(waiting, 1)
        ),
        balance=_balance(meeting),
        list_open=meeting.list_open,
        seen=speech.request.no if speech else 0,
    )


def _staff_speech(meeting: Meeting, speech: Speech, now: datetime) -> StaffSpeech:
    request = speech.request
    base = rules.limit_seconds(request.kind, speech=meeting.speech_seconds, presenter=meeting.presenter_seconds)
    return StaffSpeech(
        shown=speech_now(speech, now),
        label=seat_label(request.seat),
        seat=request.seat_id,
        channel=request.channel,
        extensions_left=rules.MOST_EXTENSIONS - rules.extensions(speech.limit_seconds, base),
    )
