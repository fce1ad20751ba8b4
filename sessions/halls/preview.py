"""Preview 预览: what a roster file would change, as a page shows it, and the plain form in which it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .cells import Door
from .faults import Fault
from .owners import Prepared, Resolved
from .reads import square_metres
from .register import Change, Register, Someone, compare

COLUMNS: list[tuple[str, Promise, bool]] = [
    ("房号", gettext_lazy("building-unit-room, like 1-1-101"), True),
    ("建筑面积", gettext_lazy("square metres as in the deed, like 58.62"), True),
    ("姓名", gettext_lazy("who lives there"), True),
    ("身份", gettext_lazy("业主, 承租人, 家属, 单位产权代表 or 空置"), True),
    ("产权人", gettext_lazy("who owns it, if someone else; 业主,待核 if not known"), False),
    ("手机尾号", gettext_lazy("the last four digits, — for none"), False),
    ("产权单位", gettext_lazy("the organisation that owns it, if one does"), False),
]

_MOST_SHOWN = 300
EMPTY: dict[str, Any] = {"rows": {"people": [], "households": []}, "faults": [], "notes": [], "doors": [], "cells": {}}


@dataclass(frozen=True)
class Row:
    """A row of the file: its status (new, changed, same, wrong), what was and will be, or what is wrong."""

    row: int
    door: str
    area: str
    residents: str
    owners: str
    status: str
    changes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """All that the preview page shows."""

    prepared: Prepared
    rows: list[Row]
    notes: list[Fault]
    missing: list[str]  # doors on the roster that the file does not name
    new: int
    changed: int
    same: int
    wrong: int
    area_x100: int
    owners: int

    @property
    def importable(self) -> int:
        """How many rows can be imported."""
        return self.new + self.changed + self.same

    @property
    def nothing_to_do(self) -> bool:
        return bool(self.same) and not self.new and not self.changed

    @property
    def shown(self) -> list[Row]:
        """The rows worth looking at, in the order of the file: all wrong and changed ones, others up to a bound."""
        others = [row for row in self.rows if row.status in ("new", "same")][:_MOST_SHOWN]
        return sorted(
            [row for row in self.rows if row.status in ("wrong", "changed")] + others, key=lambda row: row.row
        )

    @property
    def left_out(self) -> int:
        """How many rows are not among `shown`."""
        return len(self.rows) - len(self.shown)


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {"code": fault.code, "row": fault.row, "params": dict(fault.params)}


def to_json(read: Resolved) -> dict[str, Any]:
    """The plain form of what was read."""
    return {
        "rows": read.prepared.as_json(),
        "faults": [_fault_json(fault) for fault in read.faults],
        "notes": [_fault_json(note) for note in read.notes],
        "doors": sorted(map(list, read.doors)),
        "cells": {str(row): cells for row, cells in read.cells.items()},
    }


def from_json(data: Mapping[str, Any], register: Register) -> Preview:
    """The preview of what was read, against the roster as it stands now."""
    prepared = Prepared.from_json(data["rows"])
    comparison = compare(prepared, register)
    named = {Door(*door) for door in data["doors"]}
    people = [Someone(p.name, p.last4, p.organisation) for p in prepared.people]
    rows = [_row(change, people, register) for change in comparison.changes]
    wrong = _wrong(data)
    return Preview(
        prepared=prepared,
        rows=sorted([*rows, *wrong], key=lambda row: row.row),
        notes=[Fault(**note) for note in data["notes"]],
        missing=[str(door) for door in register.without(named)],
        new=comparison.count("new"),
        changed=comparison.count("changed"),
        same=comparison.count("same"),
        wrong=len(wrong),
        area_x100=sum(household.area_x100 for household in prepared.households),
        owners=len({place for household in prepared.households for place in household.owners}),
    )


def _wrong(data: Mapping[str, Any]) -> list[Row]:
    faults: dict[int, list[str]] = {}
    for fault in data["faults"]:
        faults.setdefault(fault["row"], []).append(Fault(**fault).words)
    rows = []
    for row, words in faults.items():
        door, area, resident, owner = (text or "—" for text in data["cells"][str(row)])
        rows.append(Row(row, door, area, resident, owner, "wrong", faults=tuple(words)))
    return rows


def _with_digits(words: str, person: Someone) -> str:
    return f"{words} {person.last4}" if person.last4 else words


def _residents(people: Iterable[Someone]) -> str:
    return "、".join(_with_digits(person.name, person) for person in people) or "—"


def _owners(people: Iterable[Someone]) -> str:
    return "、".join(_with_digits(_owner(person), person) for person in people) or "—"


def _owner(person: Someone) -> str:
    if person.name and person.organisation:
        return f"{person.organisation}({person.name})"
    return person.name or person.organisation or _("owner not known yet")


def _row(change: Change, people: list[Someone], register: Register) -> Row:
    household, home = change.household, change.home
    residents = _residents(people[place] for place in household.residents)
    owners = _owners(people[place] for place in household.owners)
    changes = []
    if home is not None and change.what:
        arrows = [
            (_("area"), square_metres(home.area_x100), square_metres(household.area_x100)),
            (_("lives there"), _residents(register.people[p] for p in sorted(home.residents)), residents),
            (_("owner"), _owners(register.people[p] for p in sorted(home.owners)), owners),
        ]
        changes = [f"{what}: {before} → {now}" for what, before, now in arrows if before != now]
        if "active" in change.what:
            changes.append(_("is on the roster again"))
    return Row(
        row=household.row,
        door=str(household.door),
        area=square_metres(household.area_x100),
        residents=residents,
        owners=owners,
        status=change.status,
        changes=tuple(changes),
    )
