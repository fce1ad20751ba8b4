"""Register 住户底册: the roster as it stands beside the one of a file, and what an import would change.

Pure: no database. People are found again by, in this order: the same name and digits at one of their doors; the same
anywhere; the same name at the door (new digits); the same organisation at the door (a new representative); the same
digits at the door (a name put right). Each person on the roster is found at most once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from .cells import Door, door_order
from .owners import FileHousehold, FilePerson, Prepared
from .roster import KnownOwner


class Someone(NamedTuple):
    """A person on the roster; no name and no organisation: an owner who is 待核."""

    name: str
    last4: str
    organisation: str


@dataclass
class Home:
    """A household on the roster; `residents` and `owners` are ids of people."""

    id: int
    door: Door
    area_x100: int
    active: bool
    residents: set[int] = field(default_factory=set)
    owners: set[int] = field(default_factory=set)


@dataclass
class Register:
    """The roster of one estate as it stands."""

    homes: dict[Door, Home] = field(default_factory=dict)
    people: dict[int, Someone] = field(default_factory=dict)

    def owners(self) -> Iterable[KnownOwner]:
        """Every owner with every door of theirs, for `owners.resolve`."""
        for home in self.homes.values():
            for owner in sorted(home.owners) if home.active else ():
                yield KnownOwner(home.door, *self.people[owner])

    def without(self, doors: set[Door]) -> list[Door]:
        """The doors on the roster that a file with `doors` does not name; they stay as they are."""
        return sorted((d for d, home in self.homes.items() if home.active and d not in doors), key=door_order)


@dataclass(frozen=True)
class Change:
    """What an import does to one household. `what` of area, residents, owners, active, people; all for a new one."""

    household: FileHousehold
    home: Home | None
    what: frozenset[str]

    @property
    def status(self) -> str:
        """new, changed or same."""
        return "new" if self.home is None else "changed" if self.what else "same"


@dataclass(frozen=True)
class Comparison:
    """The changes of all households, and which person on the roster each person of the file is."""

    changes: list[Change]
    found: dict[int, int]  # place in Prepared.people → id on the roster
    renewed: list[int]  # places of found people whose name, digits or organisation differ

    def count(self, status: str) -> int:
        return sum(change.status == status for change in self.changes)


def _find_people(prepared: Prepared, register: Register) -> dict[int, int]:
    at: dict[Door, set[int]] = {door: home.residents | home.owners for door, home in register.homes.items()}
    found: dict[int, int] = {}
    taken: set[int] = set()

    def match(
        wanted: Callable[[FilePerson | Someone], Hashable], scopes: Callable[[FilePerson], Iterable[Hashable]]
    ) -> None:
        """Pair people of file and roster that agree in `wanted` (None: not to be looked for) in one scope."""
        index: dict[tuple[Hashable, Hashable], list[int]] = defaultdict(list)
        for door, people in at.items():
            for person in sorted(people):
                if person not in taken and (key := wanted(register.people[person])) is not None:
                    index[door, key].append(person)
        for person, someone in register.people.items():
            if person not in taken and (key := wanted(someone)) is not None:
                index[None, key].append(person)
        for place, person_ in enumerate(prepared.people):
            if place in found or (key := wanted(person_)) is None:
                continue
            for scope in scopes(person_):
                candidate = next((p for p in index.get((scope, key), ()) if p not in taken), None)
                if candidate is not None:
                    found[place] = candidate
                    taken.add(candidate)
                    break

    def doors(person: FilePerson) -> Iterable[Hashable]:
        return sorted(person.doors)

    def everywhere(_person: FilePerson) -> Iterable[Hashable]:
        return (None,)

    match(lambda p: (p.name, p.last4, p.organisation), doors)
    match(lambda p: (p.name, p.last4, p.organisation) if p.organisation or (p.name and p.last4) else None, everywhere)
    match(lambda p: p.name or None, doors)
    match(lambda p: p.organisation or None, doors)
    match(lambda p: p.last4 or None, doors)
    return found


def compare(prepared: Prepared, register: Register) -> Comparison:
    """What importing `prepared` would change in `register`."""
    found = _find_people(prepared, register)
    renewed = [
        place
        for place, person in found.items()
        if register.people[person]
        != (prepared.people[place].name, prepared.people[place].last4, prepared.people[place].organisation)
    ]
    fresh = set(renewed)
    changes = []
    for household in prepared.households:
        home = register.homes.get(household.door)
        what: set[str] = set()
        if home is not None:
            if home.area_x100 != household.area_x100:
                what.add("area")
            if not home.active:
                what.add("active")
            if home.residents != {found.get(place, -1) for place in household.residents}:
                what.add("residents")
            if home.owners != {found.get(place, -1) for place in household.owners}:
                what.add("owners")
            if fresh & {*household.residents, *household.owners}:
                what.add("people")
        changes.append(Change(household, home, frozenset(what)))
    return Comparison(changes, found, renewed)
