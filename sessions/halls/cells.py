"""Cells 单元格: what stands in one cell of a roster → door, area, name, last four digits, standing, owners.

Each function takes a cell as it was read and returns its value or raises `FaultError` with a sentence. They accept what
people really write: full-width digits, "1号楼1单元101", "1,234.50㎡", a space inside a two-character name.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from .faults import FaultError
from .sheets import Cell, shown

MOST_NAME = 60
MOST_ORGANISATION = 80
MOST_OWNERS = 10
MOST_AREA_X100 = 1_000_000_00
_MOST_TEXT = 200  # beyond this nothing in a cell is looked at

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣ｰ_"), "-")
_NONE = frozenset({"", "-", "--", "/", "\\", "无", "没有", "none", "n/a", "*"})
_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九")}


class Door(NamedTuple):
    """A door 房号: building, unit ("" where a building has none) and room."""

    building: str
    unit: str
    room: str

    def __str__(self) -> str:
        return "-".join(part for part in self if part)


def door_order(door: Door) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """A sort key for doors as people count them: 2-1-101 before 10-1-101, 101 before 1001."""
    return tuple(
        tuple(
            (0, int(piece), "") if piece.isascii() and piece.isdecimal() else (1, 0, piece)
            for piece in re.findall(r"[0-9]{1,9}|[^0-9]+", part)
        )
        for part in door
    )


class Standing(StrEnum):
    """What the person named in 姓名 is to the flat 身份."""

    OWNER = "owner"
    TENANT = "tenant"
    FAMILY = "family"
    REPRESENTATIVE = "representative"  # of the organisation that owns the flat
    VACANT = "vacant"


class OwnerRef(NamedTuple):
    """An owner as written in 产权人: a name, and a door where the name alone would not do. No name: 待核, not known."""

    name: str
    door: Door | None = None


def _plain(cell: Cell) -> str:
    """Compatibility forms (full-width, ㎡, circled digits) and all kinds of dashes made plain."""
    return unicodedata.normalize("NFKC", shown(cell)[:_MOST_TEXT]).translate(_DASHES).strip()


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"


def _digits(part: str) -> str:
    """ "三" → "3", "十二" → "12", "07" → "7"; anything else unchanged."""
    if re.fullmatch(r"[一二三四五六七八九]?十[一二三四五六七八九]?", part):
        tens, ones = part.split("十")
        return str(10 * (_NUMERALS[tens] if tens else 1) + (_NUMERALS[ones] if ones else 0))
    if part in _NUMERALS:
        return str(_NUMERALS[part])
    return str(int(part)) if re.fullmatch(r"[0-9]{1,10}", part) else part.upper()


def parse_door(cell: Cell) -> Door:
    """ "1-1-101", "1号楼1单元101室", "A座1203", "１－１－１０１" → Door; raises `FaultError`."""
    if isinstance(cell, date):
        raise FaultError("door.date")
    text = re.sub(r"\s+", "", _plain(cell))
    if text in _NONE:
        raise FaultError("door.missing")
    text = re.sub(r"^.*(小区|社区|家园|花园)(?=.)", "", text)
    parts = [part for part in re.split(r"号楼|#楼|单元|[-#/号栋幢座楼门室户房]", text) if part]
    known = len(parts) == 3 or (len(parts) == 2 and not re.search(r"(?<![号#])楼", text))  # 3楼301 is a floor
    if not known or not all(re.fullmatch(r"[0-9A-Za-z\u3400-\u9fff]{1,10}", part) for part in parts):
        raise FaultError("door.unclear", text=_short(shown(cell).strip()))
    room = parts[-1].upper()
    if not re.search(r"[0-9]", room):
        raise FaultError("door.unclear", text=_short(shown(cell).strip()))
    return Door(_digits(parts[0]), _digits(parts[1]) if len(parts) == 3 else "", room)


def parse_area(cell: Cell) -> int:
    """ "58.62", "1,234.50㎡", "76.35 平方米" → units of 0.01 ㎡; raises `FaultError`. Exact, never rounded."""
    text = _plain(cell)
    if text in _NONE:
        raise FaultError("area.missing")
    shown_as = _short(shown(cell).strip())
    number = re.sub(r"\s*(m2|平方米|平方公尺|平米|平方|平|㎡)$", "", text, flags=re.IGNORECASE)
    if re.fullmatch(r"[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]+)?", number):
        number = re.sub(r"[, ]", "", number)
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{0,12})?", number):
        raise FaultError("area.unclear", text=shown_as)
    hundredths = Decimal(number).scaleb(2)
    if not 0 < hundredths <= MOST_AREA_X100:
        raise FaultError("area.out_of_range", text=shown_as)
    if hundredths != int(hundredths):
        raise FaultError("area.too_fine", text=shown_as)
    return int(hundredths)


def _clean(text: str) -> str:
    """NFC, no control, bidi or zero-width characters, single spaces, none between Chinese characters ("王 军")."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf")
    )
    text = " ".join(text.split())
    return re.sub(r"(?<=[^\x00-\u2e7f]) (?=[^\x00-\u2e7f])", "", text)


def _one_name(text: str) -> str:
    text = re.sub(r"[•・．‧∙]", "·", text)
    if len(text) > MOST_NAME:
        raise FaultError("name.too_long", most=MOST_NAME)
    # A private-use character is a rare character drawn by an old system (造字): part of a name all the same.
    if not any(unicodedata.category(c)[0] == "L" or unicodedata.category(c) == "Co" for c in text):
        raise FaultError("name.no_letters", text=_short(text))
    return text


def parse_name(cell: Cell) -> str:
    """One name, "" for none; raises `FaultError`."""
    text = _clean(shown(cell)[: 20 * _MOST_TEXT])
    if text.translate(_DASHES).lower() in _NONE:
        return ""
    if re.search(r"[、;；,，/]", text):
        raise FaultError("name.several", text=_short(text))
    return _one_name(text)


def parse_last4(cell: Cell) -> tuple[str, bool]:
    """(the last four digits of a phone or "", whether a longer number was cut); raises `FaultError`."""
    text = re.sub(r"[\s-]", "", _plain(cell))
    if text.lower() in _NONE:
        return "", False
    if isinstance(cell, Decimal) and re.fullmatch(r"[0-9]{1,3}", text):
        text = text.zfill(4)  # Excel took 0898 for a number
    if re.fullmatch(r"[0-9]{4}", text):
        return text, False
    if re.fullmatch(r"(\+?86)?1[0-9]{2}([0-9]{4}|\*{4})[0-9]{4}", text):
        return text[-4:], True
    raise FaultError("last4.unclear", text=_short(shown(cell).strip()))


_STANDINGS = {
    Standing.OWNER: "业主 业主本人 产权人 房主 房主本人 owner",
    Standing.TENANT: "承租人 承租 租户 租客 租住 租赁 租赁户 租房 tenant",
    Standing.FAMILY: "家属 业主家属 亲属 家人 家庭成员 子女 配偶 父母 居住人 使用人 借住 family",
    Standing.REPRESENTATIVE: "单位产权代表 产权单位代表 单位代表 产权代表 representative",
    Standing.VACANT: "空置 空房 空户 空置房 无人居住 vacant",
}
_STANDING_OF = {word: standing for standing, words in _STANDINGS.items() for word in words.split()}


def parse_standing(cell: Cell) -> Standing | None:
    """业主, 承租人, 家属, 单位产权代表, 空置 and their synonyms; None for an empty cell; raises `FaultError`."""
    text = re.sub(r"\s", "", _plain(cell)).lower()
    if text in _NONE:
        return None
    if text not in _STANDING_OF:
        raise FaultError("standing.unknown", text=_short(shown(cell).strip()))
    return _STANDING_OF[text]


def is_unnamed(cell: Cell) -> bool:
    """Whether a cell says that the owner is not known yet: 待核, "业主,待核", 业主(待核实), 不详."""
    text = re.sub(r"[\s,，、()（）:：]", "", _plain(cell))
    return bool(re.fullmatch(r"(业主|产权人|房主)?(姓名)?(待核|待核实|待查|不详|未知)", text))


def parse_owners(cell: Cell) -> list[OwnerRef]:
    """The owners written in 产权人, [] for an empty cell, one without a name for 待核; raises `FaultError`."""
    text = _clean(shown(cell)[: 20 * _MOST_TEXT])
    if text.translate(_DASHES).lower() in _NONE:
        return []
    if is_unnamed(cell):
        return [OwnerRef("")]
    refs: list[OwnerRef] = []
    for part in filter(None, (part.strip() for part in re.split(r"[、;；,，/]", text))):
        bare = part.replace("（", "(").replace("）", ")")
        found = re.fullmatch(r"([^()]+)\(([^()]+)\)", bare)
        if found is None and ("(" in bare or ")" in bare):
            raise FaultError("owner.door_unclear", text=_short(part))
        try:
            door = parse_door(found[2]) if found else None
        except FaultError:
            raise FaultError("owner.door_unclear", text=_short(part)) from None
        ref = OwnerRef(_one_name(found[1].strip() if found else part), door)
        if ref not in refs:
            refs.append(ref)
    if len(refs) > MOST_OWNERS:
        raise FaultError("owner.too_many", most=MOST_OWNERS)
    return refs


def parse_organisation(cell: Cell) -> str:
    """The name of the organisation that owns the flat 产权单位, "" for none; raises `FaultError`."""
    text = _clean(shown(cell)[: 20 * _MOST_TEXT])
    if text.translate(_DASHES).lower() in _NONE:
        return ""
    if len(text) > MOST_ORGANISATION:
        raise FaultError("organisation.too_long", most=MOST_ORGANISATION)
    return text


_TOTALS = re.compile(r"(合计|总计|小计|共计|总和|total)", re.IGNORECASE)


def is_total(row: list[Cell]) -> bool:
    """Whether a row is a sum at the foot of a table."""
    first = next((shown(cell) for cell in row if cell != ""), "")
    return bool(_TOTALS.match(first.replace(" ", "")))
