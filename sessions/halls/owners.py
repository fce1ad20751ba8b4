"""Owners 产权人: the rows of a roster put together into people, so that one owner is one head. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .cells import Door, OwnerRef, Standing
from .faults import Fault, FaultError
from .roster import KnownOwner, Line, Reading

Key = tuple[Any, ...]  # who someone is within one file


@dataclass
class FilePerson:
    """A person of the file. `doors` are all doors by which the roster may know the person already."""

    name: str
    last4: str
    organisation: str
    doors: set[Door] = field(default_factory=set)


@dataclass
class FileHousehold:
    """A household of the file; `residents` and `owners` are places in the list of people."""

    row: int
    door: Door
    area_x100: int
    residents: list[int]
    owners: list[int]


@dataclass
class Prepared:
    """A roster ready to be imported."""

    people: list[FilePerson] = field(default_factory=list)
    households: list[FileHousehold] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The plain form that travels to the act roster.import."""
        return {
            "people": [
                {"name": p.name, "last4": p.last4, "organisation": p.organisation, "doors": sorted(map(list, p.doors))}
                for p in self.people
            ],
            "households": [
                {
                    "row": h.row,
                    "door": list(h.door),
                    "area_x100": h.area_x100,
                    "residents": h.residents,
                    "owners": h.owners,
                }
                for h in self.households
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Prepared:
        """The inverse of `as_json`; raises KeyError, TypeError or ValueError for anything else."""
        people = [
            FilePerson(p["name"], p["last4"], p["organisation"], {Door(*door) for door in p["doors"]})
            for p in data["people"]
        ]
        households = [
            FileHousehold(h["row"], Door(*h["door"]), h["area_x100"], list(h["residents"]), list(h["owners"]))
            for h in data["households"]
        ]
        return cls(people, households)


@dataclass(frozen=True)
class Resolved:
    """The import, the rows that must wait with their faults, notes, and every door the file names."""

    prepared: Prepared
    faults: list[Fault]
    notes: list[Fault]
    doors: set[Door]
    cells: dict[int, list[str]]  # of the rows that must wait: door, area, name and owner as written


def _person_key(name: str, last4: str, door: Door) -> Key:
    return ("person", name, last4) if last4 else ("at", name, door)


class _Resolver:
    def __init__(self, reading: Reading, known: Iterable[KnownOwner]) -> None:
        self.lines = {line.door: line for line in reading.lines}
        self.known = list(known)
        self.keys: dict[Key, int] = {}
        self.out = Prepared()
        self.notes: list[Fault] = []
        self.by_name: dict[str, dict[Key, Door]] = {}  # owners by name, each with one door of theirs
        self.speakers: dict[str, dict[tuple[str, str], Door]] = {}  # organisation → who sits for it, and where
        self.known_at: dict[tuple[str, Door], KnownOwner] = {}
        self.elsewhere: dict[str, set[Door]] = {}  # owners named in 产权人 alone, and their doors
        for line in reading.lines:
            if line.standing is Standing.OWNER and not self._elsewhere_ref(line):
                self.by_name.setdefault(line.name, {}).setdefault(
                    _person_key(line.name, line.last4, line.door), line.door
                )
            elif line.standing is Standing.REPRESENTATIVE and line.organisation:
                self.speakers.setdefault(line.organisation, {}).setdefault((line.name, line.last4), line.door)
        for owner in self.known:
            if owner.organisation:
                self.speakers.setdefault(owner.organisation, {(owner.name, owner.last4): owner.door})
            elif owner.name:
                self.by_name.setdefault(owner.name, {}).setdefault(
                    _person_key(owner.name, owner.last4, owner.door), owner.door
                )
            self.known_at[owner.name, owner.door] = owner

    @staticmethod
    def _elsewhere_ref(line: Line) -> OwnerRef | None:
        """A 业主 row whose 产权人 says "the same 王军 as in 1-1-101"."""
        return next((r for r in line.owners if r.name == line.name and r.door not in (None, line.door)), None)

    def _add(self, key: Key, name: str, last4: str, organisation: str, *doors: Door) -> int:
        place = self.keys.get(key)
        if place is None:
            place = self.keys[key] = len(self.out.people)
            self.out.people.append(FilePerson(name, last4, organisation))
        self.out.people[place].doors.update(doors)
        return place

    def _of_key(self, key: Key, *doors: Door) -> int:
        """The person behind a ("person", …) or ("at", …) key."""
        last4, anchor = (key[2], ()) if key[0] == "person" else ("", (key[2],))
        return self._add(key, key[1], last4, "", *anchor, *doors)

    def _speaker(self, organisation: str, name: str, door: Door) -> int:
        """The organisation that owns; whoever sits for it lends the name."""
        speakers = self.speakers.setdefault(organisation, {(name, ""): door})
        first_name, last4 = next(iter(speakers))
        if name and first_name and name != first_name:
            where = speakers[first_name, last4]
            raise FaultError("organisation.two_speakers", organisation=organisation, door=str(where))
        place = self._add(("organisation", organisation), first_name, last4, organisation, door)
        person = self.out.people[place]
        person.name = person.name or name
        return place

    def _owner(self, ref: OwnerRef, door: Door) -> int:
        """The owner a 产权人 cell at `door` means; raises `FaultError`."""
        if not ref.name:
            return self._add(("unnamed", door), "", "", "", door)
        if ref.door is not None and ref.door != door:
            return self._owner_at(ref.name, ref.door, door)
        if ref.door is None:
            if ref.name in self.speakers:
                return self._speaker(ref.name, "", door)
            same_name = self.by_name.get(ref.name, {})
            if len(same_name) > 1:
                first, second, *_ = map(str, same_name.values())
                raise FaultError("owner.ambiguous", name=ref.name, first=first, second=second)
            if same_name:
                return self._of_key(next(iter(same_name)), door)
            self.elsewhere.setdefault(ref.name, set()).add(door)
            return self._add(("elsewhere", ref.name), ref.name, "", "", door)
        return self._of_key(("at", ref.name, door), door)  # name and own door: an owner apart from all others so named

    def _owner_at(self, name: str, where: Door, door: Door) -> int:
        line = self.lines.get(where)
        if line is not None:
            if line.name == name and line.standing is Standing.OWNER and not self._elsewhere_ref(line):
                return self._of_key(_person_key(name, line.last4, where), door, where)
            if line.name == name and line.standing is Standing.REPRESENTATIVE:
                return self._representative(line, door)
            for ref in line.owners:
                if ref.name == name and ref.door in (None, where):
                    place = self._owner(ref, where)
                    self.out.people[place].doors.add(door)
                    if ref.door is None and name in self.elsewhere:
                        self.elsewhere[name].add(door)
                    return place
        elif (owner := self.known_at.get((name, where))) is not None:
            if owner.organisation:
                return self._speaker(owner.organisation, name, door)
            return self._of_key(_person_key(name, owner.last4, where), door)
        raise FaultError("owner.not_there", name=name, door=str(where))

    def _representative(self, line: Line, *doors: Door) -> int:
        if not line.organisation:
            key = _person_key(line.name, line.last4, line.door)
            return self._add(("representative", *key), line.name, line.last4, "", line.door, *doors)
        for (name, last4), where in self.speakers[line.organisation].items():
            if (name, last4) == (line.name, line.last4) or not name:
                break
            if where in self.lines:
                raise FaultError("organisation.two_speakers", organisation=line.organisation, door=str(where))
        return self._add(
            ("organisation", line.organisation), line.name, line.last4, line.organisation, line.door, *doors
        )

    def household(self, line: Line) -> FileHousehold:
        """Who lives at and who owns the flat of a row; raises `FaultError`."""
        if line.standing is Standing.REPRESENTATIVE:
            place = self._representative(line)
            if not line.organisation:
                self.notes.append(Fault("note.unit_unnamed", line.row, {"row": line.row, "name": line.name}))
            return FileHousehold(line.row, line.door, line.area_x100, [place], [place])
        if line.standing is Standing.OWNER:
            self_ref = self._elsewhere_ref(line)
            named_self = any(ref.name == line.name for ref in line.owners)
            if line.owners and (not named_self or OwnerRef("") in line.owners):
                raise FaultError("owner.differs")
            if self_ref is not None:
                me = self._owner(self_ref, line.door)
            else:
                me = self._of_key(_person_key(line.name, line.last4, line.door), line.door)
            others = [self._owner(ref, line.door) for ref in line.owners if ref.name != line.name]
            return FileHousehold(line.row, line.door, line.area_x100, [me], list(dict.fromkeys([me, *others])))
        if line.name and any(ref.name == line.name and ref.door in (None, line.door) for ref in line.owners):
            raise FaultError("owner.is_tenant", name=line.name)
        if line.organisation:
            named = [ref.name for ref in line.owners if ref.name and ref.name != line.organisation]
            if len(named) > 1:
                raise FaultError("owner.differs")
            owners = [self._speaker(line.organisation, named[0] if named else "", line.door)]
        else:
            owners = [self._owner(ref, line.door) for ref in line.owners or (OwnerRef(""),)]
        residents = []
        if line.name:
            residents = [self._of_key(_person_key(line.name, line.last4, line.door), line.door)]
        return FileHousehold(line.row, line.door, line.area_x100, residents, list(dict.fromkeys(owners)))

    def doubts(self) -> list[Fault]:
        """Where a name was taken as one person or as several and a reader should know."""
        notes = []
        for name, doors in self.elsewhere.items():
            if len(doors) > 1:
                spelled = sorted(map(str, doors))
                notes.append(
                    Fault("note.one_owner", 0, {"name": name, "doors": "、".join(spelled), "first": spelled[0]})
                )
        for name, keys in self.by_name.items():
            if len(keys) > 1 and any(key[0] == "at" for key in keys):
                spelled = [str(door) for door in keys.values()]
                notes.append(
                    Fault("note.same_name", 0, {"name": name, "doors": "、".join(spelled), "first": spelled[0]})
                )
        return notes


def resolve(reading: Reading, known: Iterable[KnownOwner] = ()) -> Resolved:
    """Put the rows of `reading` together; `known` are owners on the roster of doors without a good row."""
    # A row that waits leaves its household as it is, so that household's owners count as known too.
    good = {line.door for line in reading.lines}
    resolver = _Resolver(reading, [owner for owner in known if owner.door not in good])
    faults = list(reading.faults)
    for line in reading.lines:
        try:
            resolver.out.households.append(resolver.household(line))
        except FaultError as wrong:
            faults.append(wrong.at(line.row))
    faults.sort(key=lambda fault: fault.row)
    waiting = {fault.row: reading.cells[fault.row] for fault in faults}
    return Resolved(resolver.out, faults, [*reading.notes, *resolver.notes, *resolver.doubts()], reading.doors, waiting)
