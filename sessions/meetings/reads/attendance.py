"""Who is in the hall: households by channel, people, guests, officials, proxies. Public: counts and officials alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sessions.halls.access import households_below
from sessions.halls.models import Seat

from .. import rules
from ..models import Meeting, Presence, Proxy


@dataclass(frozen=True)
class Official:
    """Someone in attendance 列席, in full: they are here in their office."""

    name: str
    office: str


@dataclass(frozen=True)
class Attendance:
    """The hall as everyone may see it. `phone + tablet + desk == households`: each household counts once.

    households  present 实到, of `of` entitled 应到; `need` is the least number that is more than half
    people      residents present (two of one household are two); guests count in no quorum
    proxies     live written proxies
    """

    of: int
    households: int
    phone: int
    tablet: int
    desk: int
    need: int
    quorum: bool
    people: int
    guests: int
    proxies: int
    officials: tuple[Official, ...]


def entitled(meeting: Meeting) -> int:
    """Households entitled 应到: fixed when check-in opens; before that, those of the roster now."""
    return meeting.households or int(households_below(meeting.hall.node).count())


def _present(meeting: Meeting) -> Any:
    return Presence.objects.filter(meeting=meeting, left_at=None)


def _arrivals(meeting: Meeting) -> Any:
    return (
        _present(meeting)
        .filter(seat__standing=Seat.Standing.RESIDENT, seat__household__isnull=False)
        .order_by("arrived_at", "id")
        .values_list("seat__household_id", "channel")
    )


def present(meeting: Meeting) -> dict[str, int]:
    """What entries of the record keep of the attendance: households, of, and the three channels."""
    counted = rules.count_households(_arrivals(meeting))
    return {
        "households": counted.households,
        "of": entitled(meeting),
        "phone": counted.phone,
        "tablet": counted.tablet,
        "desk": counted.desk,
    }


def live_proxies(meeting: Meeting) -> int:
    """How many written proxies stand."""
    return Proxy.objects.filter(meeting=meeting, cancelled=False).count()


def attendance(meeting: Meeting) -> Attendance:
    """The attendance now; four queries."""
    arrivals = list(_arrivals(meeting))
    counted, of = rules.count_households(arrivals), entitled(meeting)
    others = list(
        _present(meeting)
        .exclude(seat__standing=Seat.Standing.RESIDENT)
        .order_by("arrived_at", "id")
        .values_list("seat__standing", "seat__name", "seat__office")
    )
    return Attendance(
        of=of,
        households=counted.households,
        phone=counted.phone,
        tablet=counted.tablet,
        desk=counted.desk,
        need=rules.quorum_need(of),
        quorum=rules.quorum(counted.households, of),
        people=len(arrivals),
        guests=sum(standing == Seat.Standing.GUEST for standing, _, _ in others),
        proxies=live_proxies(meeting),
        officials=tuple(
            Official(name, office) for standing, name, office in others if standing == Seat.Standing.OFFICIAL
        ),
    )
