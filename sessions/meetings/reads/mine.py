"""What one seat sees of itself: its state, its place on the list, its remarks. For that person alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from sessions.halls.access import seat_label, shown_as
from sessions.halls.models import Seat
from sessions.record import clock

from .. import rules
from ..access import is_present, presence_of
from ..models import Meeting, Proxy, Remark, SpeakRequest
from ..words import REASONS
from .floor import SpeechNow, running_speech, speech_now, waiting_list

State = SpeakRequest.State


@dataclass(frozen=True)
class MyPlace:
    """Where a seat stands on the floor. `place` is 0 unless it waits, then 1 for the next; `minutes` is about how long.

    may   the kinds of speech open to this seat now (none while it waits, the list is closed, or nothing runs)
    left  speeches it may still make on this item; answers do not count
    """

    request: int
    place: int
    of: int
    minutes: int
    kind: str
    kind_words: str | Promise
    stance: str
    stance_words: str | Promise
    speech: SpeechNow | None  # its own running speech
    may: tuple[str, ...]
    left: int

    @property
    def waits(self) -> bool:
        return self.place > 0

    @property
    def next(self) -> bool:
        return self.place == 1

    @property
    def speaks(self) -> bool:
        return self.speech is not None


@dataclass(frozen=True)
class MyProxy:
    """A written proxy, seen by one of its two sides: `other` is the other one in full."""

    given: bool
    other: str


@dataclass(frozen=True)
class MyRemark:
    """A remark, to its author: whether it waits, is shown, or is hidden and why."""

    no: int
    kind: str
    text: str
    state: str
    reason_words: str | Promise
    at: datetime


@dataclass(frozen=True)
class SeatState:
    """A seat to its own person. `held` says that some phone holds it; whether it is this one, the door knows."""

    standing: str
    label: str
    shown_as: str
    door: str
    present: bool
    left: bool
    channel: str
    arrived_at: datetime | None
    held: bool
    held_since: datetime | None
    proxies: tuple[MyProxy, ...]

    @property
    def votes(self) -> bool:
        """Guests and officials never vote; residents where the roll has them."""
        return self.standing == Seat.Standing.RESIDENT


def my_place(meeting: Meeting, seat: Seat, now: datetime | None = None) -> MyPlace:
    """The seat on the floor; `seat` as read by `access.seat_in` or halls.access."""
    speech, waiting = running_speech(meeting), waiting_list(meeting)
    running = speech_now(speech, now or clock.now()) if speech else None
    mine = next((request for request in waiting if request.seat_id == seat.pk), None)
    place = waiting.index(mine) + 1 if mine else 0
    ahead = [
        rules.limit_seconds(request.kind, speech=meeting.speech_seconds, presenter=meeting.presenter_seconds)
        for request in waiting[: max(0, place - 1)]
    ]
    left = _speeches_left(meeting, seat)
    return MyPlace(
        request=mine.no if mine else 0,
        place=place,
        of=len(waiting),
        minutes=rules.minutes_until_turn(running.left if running else 0, ahead) if mine else 0,
        kind=mine.kind if mine else "",
        kind_words=SpeakRequest.Kind(mine.kind).label if mine else "",
        stance=mine.stance if mine else "",
        stance_words=SpeakRequest.Stance(mine.stance).label if mine else "",
        speech=running if speech and speech.request.seat_id == seat.pk else None,
        may=_may(meeting, seat, left) if mine is None else (),
        left=left,
    )


def _speeches_left(meeting: Meeting, seat: Seat) -> int:
    if meeting.item_id is None:
        return meeting.speeches_per_item
    spoken = SpeakRequest.objects.filter(
        meeting=meeting, seat=seat, item=meeting.item_id, state__in=(State.CALLED, State.DONE)
    ).exclude(kind=rules.ANSWER)
    return max(0, meeting.speeches_per_item - spoken.count())


def _may(meeting: Meeting, seat: Seat, left: int) -> tuple[str, ...]:
    if meeting.state != Meeting.State.SITTING or meeting.item_id is None or not meeting.list_open:
        return ()
    if not is_present(seat):
        return ()
    return tuple(kind for kind in rules.may_speak(seat.standing) if left or not rules.counts_for_limit(kind))


def my_remarks(meeting: Meeting, seat: Seat) -> tuple[MyRemark, ...]:
    """The seat's own remarks, newest first."""
    remarks = Remark.objects.filter(meeting=meeting, seat=seat).order_by("-no")
    return tuple(
        MyRemark(remark.no, remark.kind, remark.text, remark.state, REASONS.get(remark.reason, ""), remark.at)
        for remark in remarks
    )


def seat_state(seat: Seat) -> SeatState:
    """The seat to its own person; at most two queries."""
    presence = presence_of(seat)
    proxies = (
        Proxy.objects.select_related("principal__person", "principal__household", "holder__person", "holder__household")
        .filter(meeting=seat.stream_id, cancelled=False)
        .order_by("pk")
    )
    given = [MyProxy(True, seat_label(proxy.holder)) for proxy in proxies.filter(principal=seat)]
    held = [MyProxy(False, seat_label(proxy.principal)) for proxy in proxies.filter(holder=seat)]
    return SeatState(
        standing=seat.standing,
        label=seat_label(seat),
        shown_as=shown_as(seat),
        door=seat.household.door if seat.household else "",
        present=is_present(seat),
        left=presence is not None and presence.left_at is not None,
        channel=presence.channel if presence else "",
        arrived_at=presence.arrived_at if presence else None,
        held=bool(seat.device),
        held_since=seat.device_since,
        proxies=tuple(given + held),
    )
