"""Roster 名册: the rows of a file → households, people and who owns and lives where. Pure: no database.

Two steps. `read_roster` finds the columns and reads every row by itself. `resolve` then puts the rows together: which
names mean the same person. Owner 产权人 and resident 居住人 are kept apart; an owner may be unnamed (业主,待核).

One person is: the same name with the same last four digits; whoever a 产权人 cell names, if only one owner has that
name; the organisation, whoever sits for it. Everything else is two people. Heads are counted by this, so a doubt is
asked (`owner.ambiguous`) or said (`note.same_name`, `note.one_owner`), never guessed silently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import cells
from .cells import Door, OwnerRef, Standing
from .faults import Fault, FaultError
from .sheets import MOST_ROWS, Cell, Sheet, shown

_HEADERS = {
    "door": "房号 门牌号 门牌 门号 户号 房屋 房屋编号 房屋坐落 住址 地址 楼单元室 楼-单元-室 door flat",
    "building": "楼号 楼栋 楼栋号 楼 栋 栋号 幢 幢号 楼幢 座 座号 building",
    "unit": "单元 单元号 unit",
    "room": "室号 房间号 房间 室 户室号 room",
    "area": "建筑面积 面积 房屋面积 产权面积 专有部分面积 房屋建筑面积 area",
    "name": "姓名 居住人 居住人姓名 居民 居民姓名 住户 住户姓名 name resident",
    "standing": "身份 居住身份 住户身份 住户类型 人员身份 standing",
    "owner": "产权人 产权人姓名 业主 业主姓名 房主 房主姓名 owner",
    "last4": "手机尾号 手机后四位 手机号后四位 手机后4位 手机号后4位 尾号 电话尾号 电话后四位 "
    "手机 手机号 手机号码 电话 电话号码 联系电话 联系方式 phone",
    "organisation": "产权单位 产权单位名称 单位 单位名称 organisation organization",
}  # fmt: skip
_FIELD_OF = {word: name for name, words in _HEADERS.items() for word in words.split()}
_CHINESE = {"door": "房号", "area": "建筑面积", "name": "姓名", "standing": "身份"}
_HEADER_WITHIN = 15  # titles above the table are at most so many rows


class Line(NamedTuple):
    """One row as read: door and floor area (0.01 ㎡) of a household, who lives there and what is said of the owner."""

    row: int
    door: Door
    area_x100: int
    name: str
    last4: str
    standing: Standing
    organisation: str
    owners: tuple[OwnerRef, ...]


@dataclass
class Reading:
    """What a file holds: rows that can be read, faults of those that cannot, notes, and every door it names."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    doors: set[Door] = field(default_factory=set)
    cells: dict[int, list[str]] = field(default_factory=dict)  # by row: door, area, name and owner as written


@dataclass(frozen=True)
class KnownOwner:
    """An owner on the roster already, of a door that the file does not name."""

    door: Door
    name: str
    last4: str
    organisation: str


# --- columns ---------------------------------------------------------------------------------------------
def _field(cell: Cell) -> str:
    """The field a column name stands for, "" for none: "建筑面积(㎡)" → "area"."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", shown(cell)[:100])).lower()
    text = re.sub(r"\(.*?\)|\[.*?\]|m2$|平方米$|[*:]", "", text)
    return _FIELD_OF.get(text, "")


def _columns(*headers: Sequence[Cell]) -> dict[str, int]:
    """Field → column, from one row of names or from two (grouped, merged names above)."""
    found: dict[str, int] = {}
    for column in range(max(map(len, headers), default=0)):
        names = [_field(row[column]) for row in reversed(headers) if column < len(row)]
        name = next(filter(None, names), "")
        if name and name not in found:
            found[name] = column
    if "building" in found and "door" in found and "room" not in found:
        found["room"] = found.pop("door")  # 楼号 · 单元 · 房号
    return found


def _lacking(columns: Mapping[str, int]) -> list[str]:
    lacking = [] if "door" in columns or {"building", "room"} <= columns.keys() else ["door"]
    lacking += [] if "area" in columns else ["area"]
    lacking += [] if "name" in columns or ("owner" in columns and "standing" not in columns) else ["name"]
    return lacking + ([] if "standing" in columns or "owner" in columns else ["standing"])


def _header(rows: Sequence[Sequence[Cell]]) -> tuple[int, int, dict[str, int]]:
    """(place of the column names, how many rows they take, columns); raises `FaultError`."""
    best: tuple[int, int, dict[str, int]] = (0, 1, {})
    for place in range(min(len(rows), _HEADER_WITHIN)):
        for height in (1, 2):
            columns = _columns(*rows[place : place + height])
            if not _lacking(columns):
                # A second row of names belongs to the header only if no row of data is mistaken for it.
                return place, height, columns
            if len(columns) > len(best[2]):
                best = place, height, columns
    if len(best[2]) < 2:
        raise FaultError("file.no_header")
    raise FaultError("file.columns_missing", columns="、".join(_CHINESE[name] for name in _lacking(best[2])))


# --- rows ------------------------------------------------------------------------------------------------
def read_roster(sheets: Sequence[Sheet]) -> Reading:
    """Read the first sheet that has column names; raises `FaultError` if the file as a whole cannot be used."""
    failure: FaultError | None = None
    for sheet in sheets:
        try:
            start, height, columns = _header(sheet.rows)
        except FaultError as wrong:
            if failure is None or failure.code == "file.no_header":
                failure = wrong
            continue
        reading = _read_sheet(sheet.rows, start, height, columns)
        if len(sheets) > 1:
            reading.notes.insert(0, Fault("note.sheet", 0, {"sheet": sheet.name}))
        return reading
    raise failure or FaultError("file.empty")


def _read_sheet(rows: Sequence[list[Cell]], start: int, height: int, columns: dict[str, int]) -> Reading:
    reading = Reading()
    if any(rows[:start]):
        reading.notes.append(Fault("note.rows_without_number", 0, {"row": start + 1}))
    used = set(columns.values())
    names = [
        row[c]
        for c in range(max(map(len, rows)))
        for row in rows[start : start + height]
        if c < len(row) and c not in used
    ]
    if ignored := [re.sub(r"\s+", " ", shown(name))[:20] for name in names if name != ""]:
        reading.notes.append(Fault("note.ignored", 0, {"columns": "、".join(ignored[:20])}))
    owners_only = "standing" not in columns and "name" not in columns
    if owners_only:
        reading.notes.append(Fault("note.owners_live_here"))
    first_at: dict[Door, int] = {}
    cut = False
    found = 0
    for number, row in enumerate(rows[start + height :], start + height + 1):
        if not any(cell != "" for cell in row):
            continue
        if cells.is_total(row):
            reading.notes.append(Fault("note.total", number, {"row": number}))
            continue
        found += 1
        if found > MOST_ROWS:
            raise FaultError("file.too_many_rows", rows=MOST_ROWS)
        line, faults, was_cut = _read_line(number, row, columns, owners_only)
        cut = cut or was_cut
        if line.door.room:
            reading.doors.add(line.door)
            if (first := first_at.setdefault(line.door, number)) != number:
                faults.insert(0, Fault("door.twice", number, {"door": str(line.door), "first": first}))
        reading.faults.extend(faults)
        reading.cells[number] = _as_written(row, columns)
        if not faults:
            reading.lines.append(line)
    if not found:
        raise FaultError("file.no_rows")
    if cut:
        reading.notes.append(Fault("note.phones_cut"))
    return reading


def _as_written(row: list[Cell], columns: Mapping[str, int]) -> list[str]:
    def text(*names: str) -> str:
        cells_ = [shown(row[columns[name]]) for name in names if columns.get(name, len(row)) < len(row)]
        return "-".join(filter(None, cells_))[:60]

    return [text("door") or text("building", "unit", "room"), text("area"), text("name"), text("owner")]


_NO_DOOR = Door("", "", "")


def _read_line(
    number: int, row: list[Cell], columns: Mapping[str, int], owners_only: bool
) -> tuple[Line, list[Fault], bool]:
    faults: list[Fault] = []

    def cell(name: str) -> Cell:
        column = columns.get(name, len(row))
        return row[column] if column < len(row) else ""

    def take(parse: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return parse()
        except FaultError as wrong:
            faults.append(wrong.at(number))
            return otherwise

    def door() -> Door:
        if "door" in columns:
            return cells.parse_door(cell("door"))
        parts = [shown(cell(name)).strip() for name in ("building", "unit", "room")]
        return cells.parse_door("-".join(filter(None, parts)) if parts[0] and parts[2] else "")

    where = take(door, _NO_DOOR)
    area = take(lambda: cells.parse_area(cell("area")), 0)
    last4, cut = take(lambda: cells.parse_last4(cell("last4")), ("", False))
    organisation = take(lambda: cells.parse_organisation(cell("organisation")), "")
    owners = tuple(take(lambda: cells.parse_owners(cell("owner")), []))
    if owners_only:
        named = [ref for ref in owners if ref.name]
        line = Line(
            number,
            where,
            area,
            named[0].name if named else "",
            last4,
            Standing.OWNER if named else Standing.VACANT,
            "",
            owners,
        )
        return line, faults or ([] if owners else [Fault("name.missing", number)]), cut
    unnamed = cells.is_unnamed(cell("name"))
    name = "" if unnamed else take(lambda: cells.parse_name(cell("name")), "")
    standing = take(lambda: cells.parse_standing(cell("standing")), None)
    if not faults:
        fault, standing, owners, organisation = _settle(name, unnamed, standing, owners, organisation)
        if fault:
            faults.append(Fault(fault, number))
    return Line(number, where, area, name, last4, standing or Standing.VACANT, organisation, owners), faults, cut


def _settle(
    name: str, unnamed: bool, standing: Standing | None, owners: tuple[OwnerRef, ...], organisation: str
) -> tuple[str, Standing, tuple[OwnerRef, ...], str]:
    """(code of a fault or "", standing, owners, organisation) of a row whose cells can be read one by one."""
    if standing is None:
        if not name and (owners or unnamed):
            standing = Standing.VACANT
        elif owners:
            standing = Standing.OWNER if name in [ref.name for ref in owners] else Standing.TENANT
        else:
            return "standing.missing", Standing.VACANT, owners, organisation
    if unnamed:
        standing, owners = Standing.VACANT, owners or (OwnerRef(""),)
    if not name and standing is not Standing.VACANT:
        if standing is not Standing.OWNER or not owners:
            return "name.missing", standing, owners, organisation
        standing = Standing.VACANT  # the owner stands in 产权人 and lives elsewhere
    if standing is Standing.OWNER and organisation:
        return "organisation.of_owner", standing, owners, organisation
    if standing is Standing.REPRESENTATIVE and owners and owners != (OwnerRef(name),):
        # 产权人 of a representative's row is the organisation
        if organisation not in ("", owners[0].name) or len(owners) > 1 or not owners[0].name:
            return "owner.differs", standing, owners, organisation
        organisation = owners[0].name
    if standing is Standing.REPRESENTATIVE:
        owners = ()
    return "", standing, owners, organisation
