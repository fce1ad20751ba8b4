"""Rolls 表决名册: who may vote in one vote, as a list of mandates 票权 that is frozen and hashed when the vote opens.

Who recorded as present, and who has cast, is no part of a roll. A mandate may lack holders (an unnamed owner): it
still counts in the denominator. A later room takes the recused 回避 off the list before it is frozen.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from sessions.halls.access import households_below
from sessions.halls.cells import Door, door_order
from sessions.halls.models import Household, Person, Seat, Tie
from sessions.meetings.models import Meeting, Proxy
from sessions.record.acts import refusal
from sessions.record.canonical import canonical

from .models import Holder, Mandate, Vote

NO_REPRESENTATIVES = refusal(
    "roll.no_representatives",
    _("This rule is for representatives, and the hall has no list of representatives yet. Please choose another rule."),
)
TOO_MANY_PROXIES = refusal(
    "roll.too_many_proxies",
    _("The neighbour at %(door)s holds %(count)s proxies; this rule allows %(limit)s. Please cancel one at the desk."),
)
UNNAMED = "业主,待核"
_LABEL = Mandate._meta.get_field("label").max_length or 120
_DOORS_IN_LABEL = 3


@dataclass(frozen=True)
class Hold:
    """A seat that may cast a mandate's ballot."""

    seat: UUID
    by_proxy: bool = False


@dataclass(frozen=True)
class Line:
    """One mandate: `area_x100` in 0.01 ㎡, `households` = flats it stands for, `label` for staff and record only."""

    no: int
    label: str
    building: str
    heads: int
    area_x100: int
    households: int
    holders: tuple[Hold, ...]


@dataclass(frozen=True)
class Roll:
    """A frozen roll. `unit` as in `voting.rules.UNITS`."""

    unit: str
    lines: tuple[Line, ...]

    def total(self, measure: str) -> int:
        """The whole roll in one measure of `voting.rules.MEASURES`."""
        return sum(weight(line, measure) for line in self.lines)

    @property
    def digest(self) -> str:
        """sha256 of the canonical lines: no, heads, area, households and holders' seats; no name, no door."""
        return hashlib.sha256(canonical([_hashed(line) for line in self.lines])).hexdigest()

    def summary(self) -> dict[str, Any]:
        """What the record says of the roll."""
        totals = {name: self.total(measure) for name, measure in _SUMMED.items()}
        return {"unit": self.unit, "mandates": len(self.lines), **totals, "digest": self.digest}

    def freeze(self, vote: Vote) -> None:
        """Write the roll of `vote`; the database refuses every later change."""
        mandates = Mandate.objects.bulk_create(
            Mandate(
                vote=vote,
                no=line.no,
                label=line.label,
                building=line.building,
                heads=line.heads,
                area_x100=line.area_x100,
                households=line.households,
            )
            for line in self.lines
        )
        Holder.objects.bulk_create(
            Holder(mandate=mandate, seat_id=hold.seat, by_proxy=hold.by_proxy)
            for mandate, line in zip(mandates, self.lines, strict=True)
            for hold in line.holders
        )


_SUMMED = {"heads": "heads", "area_x100": "area", "households": "households"}


def weight(line: Line | Mandate, measure: str) -> int:
    """How much one mandate counts in a measure: heads, area (0.01 ㎡) or households."""
    return {"heads": line.heads, "area": line.area_x100, "households": line.households}[measure]


def _hashed(line: Line) -> dict[str, Any]:
    holders = sorted((str(hold.seat), hold.by_proxy) for hold in line.holders)
    return {
        "no": line.no,
        "heads": line.heads,
        "area_x100": line.area_x100,
        "households": line.households,
        "holders": [{"seat": seat, "by_proxy": by_proxy} for seat, by_proxy in holders],
    }


def roll_of(vote: Vote, unit: str) -> Roll:
    """The roll as it stands in the tables, to be compared with the digest frozen at the opening."""
    holders: defaultdict[int, list[Hold]] = defaultdict(list)
    for mandate, seat, by_proxy in Holder.objects.filter(mandate__vote=vote).values_list(
        "mandate_id", "seat_id", "by_proxy"
    ):
        holders[mandate].append(Hold(seat, by_proxy))
    return Roll(
        unit,
        tuple(
            Line(row.no, row.label, row.building, row.heads, row.area_x100, row.households, tuple(holders[row.pk]))
            for row in vote.mandates.order_by("no")
        ),
    )


def build_roll(meeting: Meeting, unit: str, *, proxies: int = 0) -> Roll:
    """The roll of all who are entitled in the meeting's hall, in door order.

    household: every active household, cast by the seat of any of its residents, tenants too. owner: every distinct set
    of owners is one head with its areas added (最高法解释 art. 9), cast by any seat of those owners and, where the rule
    allows `proxies` per holder, by live proxies. person: every resident. Raises `Refused` (no_representatives,
    too_many_proxies).
    """
    if unit == "representative":
        raise NO_REPRESENTATIVES()
    households = sorted(households_below(meeting.hall.node), key=_door_key)
    ties = _ties(households, Tie.Role.OWNER if unit == "owner" else Tie.Role.RESIDENT)
    seats = list(Seat.objects.filter(stream=meeting.pk, standing=Seat.Standing.RESIDENT).exclude(person=None))
    build = {"household": _by_household, "owner": _by_owner, "person": _by_person}[unit]
    lines = tuple(build(households, ties, seats))
    if unit == "owner" and proxies:
        lines = _with_proxies(meeting, lines, proxies)
    return Roll(unit, lines)


def _door_key(household: Household) -> tuple[Any, ...]:
    door = door_order(Door(household.building, household.unit, household.room))
    return household.node_id, door, household.pk


def _ties(households: Iterable[Household], role: str) -> Mapping[int, list[Person]]:
    """The people tied to each household in one role, in order of entry."""
    found: defaultdict[int, list[Person]] = defaultdict(list)
    ids = [household.pk for household in households]
    for tie in Tie.objects.filter(household__in=ids, role=role).select_related("person").order_by("pk"):
        found[tie.household_id].append(tie.person)
    return found


def _by_household(
    households: list[Household], residents: Mapping[int, list[Person]], seats: list[Seat]
) -> Iterator[Line]:
    at_door = defaultdict(list)
    for seat in seats:
        at_door[seat.household_id, seat.person_id].append(Hold(seat.pk))
    for no, household in enumerate(households, 1):
        people = residents.get(household.pk, [])
        holders = tuple(hold for person in people for hold in at_door[household.pk, person.pk])
        label = _label([household], people)
        yield Line(no, label, household.building, 1, household.area_x100, 1, holders)


def _by_owner(households: list[Household], owners: Mapping[int, list[Person]], seats: list[Seat]) -> Iterator[Line]:
    flats: dict[frozenset[tuple[str, int]], list[Household]] = {}
    for household in households:
        people = owners.get(household.pk, [])
        if any(person.name for person in people):
            key = frozenset(("person", person.pk) for person in people)
        else:  # nobody knows yet whether two unnamed owners are one
            key = frozenset({("household", household.pk)})
        flats.setdefault(key, []).append(household)
    holds = _holds_of_people(seats)
    for no, mine in enumerate(flats.values(), 1):
        people = owners.get(mine[0].pk, [])
        yield Line(
            no,
            _label(mine, people),
            mine[0].building,
            1,
            sum(household.area_x100 for household in mine),
            len(mine),
            tuple(hold for person in people if person.name for hold in holds[person.pk]),
        )


def _by_person(households: list[Household], residents: Mapping[int, list[Person]], seats: list[Seat]) -> Iterator[Line]:
    holds = _holds_of_people(seats)
    first_door: dict[int, tuple[Household, Person]] = {}
    for household in households:
        for person in residents.get(household.pk, []):
            first_door.setdefault(person.pk, (household, person))
    for no, (household, person) in enumerate(first_door.values(), 1):
        yield Line(no, _label([household], [person]), household.building, 1, 0, 0, tuple(holds[person.pk]))


def _holds_of_people(seats: list[Seat]) -> defaultdict[int, list[Hold]]:
    holds: defaultdict[int, list[Hold]] = defaultdict(list)
    for seat in seats:
        assert seat.person_id is not None
        holds[seat.person_id].append(Hold(seat.pk))
    return holds


def _label(households: list[Household], people: list[Person]) -> str:
    doors = "、".join(household.door for household in households[:_DOORS_IN_LABEL])
    if len(households) > _DOORS_IN_LABEL:
        doors += f"等 {len(households)} 套"
    names = "、".join(
        (person.name or UNNAMED) + (f"({person.organisation})" if person.organisation else "") for person in people
    )
    label = f"{doors} {names or UNNAMED}"
    return label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"


def _with_proxies(meeting: Meeting, lines: tuple[Line, ...], limit: int) -> tuple[Line, ...]:
    """The lines with the holders of live proxies beside their principals; guests and officials never hold one."""
    given = {
        proxy.principal_id: proxy.holder
        for proxy in Proxy.objects.filter(
            meeting=meeting, cancelled=False, holder__standing=Seat.Standing.RESIDENT
        ).select_related("holder__household")
    }
    held: Counter[int | UUID] = Counter()
    complete = []
    for line in lines:
        own = {hold.seat for hold in line.holders}
        through = {given[seat].pk: given[seat] for seat in own if seat in given and given[seat].pk not in own}
        held.update(seat.person_id or seat.pk for seat in through.values())
        holders = line.holders + tuple(Hold(seat, by_proxy=True) for seat in through)
        complete.append(Line(**(vars(line) | {"holders": holders})))
    for seat in given.values():
        if (count := held[seat.person_id or seat.pk]) > limit:
            raise TOO_MANY_PROXIES(door=seat.household.door if seat.household else "", count=count, limit=limit)
    return tuple(complete)
