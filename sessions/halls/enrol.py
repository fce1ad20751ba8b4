"""Enrol 登记: write a compared roster into the tables, in bulk; for the act roster.import, in its transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from .models import Household, Node, Person, Tie
from .owners import Prepared
from .register import Comparison

_AT_ONCE = 500  # rows of one statement; SQLite bounds the parameters
T = TypeVar("T")


def _portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _people(node: Node, prepared: Prepared, comparison: Comparison) -> dict[int, int]:
    """Place in the file → id of the person, made or renewed."""

    def person(place: int, pk: int | None) -> Person:
        p = prepared.people[place]
        return Person(pk=pk, node=node, name=p.name, phone_last4=p.last4, organisation=p.organisation)

    ids = dict(comparison.found)
    used = {place for h in prepared.households for place in (*h.residents, *h.owners)}
    fresh = sorted(used - ids.keys())
    made = Person.objects.bulk_create([person(place, None) for place in fresh], batch_size=_AT_ONCE)
    ids.update({place: p.pk for place, p in zip(fresh, made, strict=True)})
    Person.objects.bulk_update(
        [person(place, ids[place]) for place in comparison.renewed],
        ["name", "phone_last4", "organisation"],
        batch_size=_AT_ONCE,
    )
    return ids


def enrol(node: Node, prepared: Prepared, comparison: Comparison) -> None:
    """Make the roster of `node` say what `prepared` says, for the doors it names; other doors stay as they are."""
    ids = _people(node, prepared, comparison)
    fresh, renewed = [], []
    for change in comparison.changes:
        door = change.household.door
        row = Household(
            node=node, building=door.building, unit=door.unit, room=door.room, area_x100=change.household.area_x100
        )
        if change.home is None:
            fresh.append(row)
        elif change.what & {"area", "active"}:
            row.pk, row.active = change.home.id, True
            renewed.append(row)
    Household.objects.bulk_create(fresh, batch_size=_AT_ONCE)
    Household.objects.bulk_update(renewed, ["area_x100", "active"], batch_size=_AT_ONCE)
    made = {(h.building, h.unit, h.room): h.pk for h in fresh}

    untied: set[int] = set()
    gone: list[tuple[int, int, str]] = []
    ties: list[Tie] = []
    for change in comparison.changes:
        household = change.home.id if change.home else made[change.household.door]
        for role, places, before in (
            (Tie.Role.OWNER, change.household.owners, change.home.owners if change.home else set()),
            (Tie.Role.RESIDENT, change.household.residents, change.home.residents if change.home else set()),
        ):
            now = {ids[place] for place in places}
            ties.extend(Tie(household_id=household, person_id=person, role=role) for person in sorted(now - before))
            gone.extend((household, person, role) for person in before - now)
            untied |= before - now
    _drop_ties(gone)
    Tie.objects.bulk_create(ties, batch_size=_AT_ONCE)
    _forget(untied)


def _drop_ties(gone: list[tuple[int, int, str]]) -> None:
    wanted = set(gone)
    for portion in _portions(sorted({household for household, _, _ in gone})):
        rows = Tie.objects.filter(household_id__in=portion).values_list("pk", "household_id", "person_id", "role")
        keys = [pk for pk, household, person, role in rows if (household, person, role) in wanted]
        for keys_ in _portions(keys):
            Tie.objects.filter(pk__in=keys_).delete()


def _forget(people: set[int]) -> None:
    """Delete who is tied to no household any more and never had a seat: no more data of residents than needed."""
    for portion in _portions(sorted(people)):
        Person.objects.filter(pk__in=portion, ties=None, seats=None).delete()
