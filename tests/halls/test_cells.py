import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.halls import cells
from sessions.halls.cells import Door, OwnerRef, Standing
from sessions.halls.faults import SENTENCES, FaultError


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("1-1-101", Door("1", "1", "101")),
        (" 1 - 2 - 301 ", Door("1", "2", "301")),
        ("1号楼1单元101", Door("1", "1", "101")),
        ("10栋2单元1203室", Door("10", "2", "1203")),
        ("１－１－１０１", Door("1", "1", "101")),
        ("1—1—101", Door("1", "1", "101")),
        ("01-02-0301", Door("1", "2", "0301")),
        ("三号楼一单元401", Door("3", "1", "401")),
        ("十二号楼二单元401", Door("12", "2", "401")),
        ("a座1203", Door("A", "", "1203")),
        ("5-201", Door("5", "", "201")),
        ("3#1-101", Door("3", "1", "101")),
        ("3楼1单元301", Door("3", "1", "301")),
        ("福苑里小区1号楼1单元101", Door("1", "1", "101")),
    ],
)
def test_doors_as_people_write_them(text: str, door: Door) -> None:
    assert cells.parse_door(text) == door


def test_doors_are_in_the_order_in_which_people_count() -> None:
    doors = [Door(*text.split("-")) for text in "10-1-101 2-1-1001 2-1-101 2--101 甲-1-101 2-1-101A".split()]
    in_order = sorted(doors, key=cells.door_order)
    assert [str(door) for door in in_order] == "2-101 2-1-101 2-1-101A 2-1-1001 10-1-101 甲-1-101".split()


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "door.missing"),
        ("—", "door.missing"),
        ("101", "door.unclear"),
        ("3楼301", "door.unclear"),  # a floor, not a building
        ("1-1-1-101", "door.unclear"),
        ("1-1-东户", "door.unclear"),
        ("<b>1-1-101</b>", "door.unclear"),
        (date(2001, 1, 1), "door.date"),
    ],
)
def test_doors_that_are_not_clear(cell: cells.Cell, code: str) -> None:
    with pytest.raises(FaultError) as raised:
        cells.parse_door(cell)
    assert raised.value.code == code


@given(
    st.integers(1, 9999),
    st.integers(1, 99) | st.none(),
    st.integers(1, 99999),
    st.sampled_from(["-", "－", "—", " - ", "/"]),
)
def test_a_door_with_any_kind_of_dash_comes_back(building: int, unit: int | None, room: int, dash: str) -> None:
    parts = [str(building), *([str(unit)] if unit else []), str(room)]
    door = cells.parse_door(dash.join(parts))
    assert str(door) == "-".join(parts)
    assert cells.parse_door(str(door)) == door


@pytest.mark.parametrize(
    ("cell", "area"),
    [
        ("58.62", 5862),
        ("74.5", 7450),
        ("60", 6000),
        ("60.", 6000),
        ("58.620", 5862),
        ("５８．６２", 5862),
        ("58.62㎡", 5862),
        ("58.62 平方米", 5862),
        ("1,234.50", 123450),
        ("1，234.50㎡", 123450),
        ("4 565.02", 456502),
        (Decimal("76.35"), 7635),
    ],
)
def test_areas_as_people_write_them(cell: cells.Cell, area: int) -> None:
    assert cells.parse_area(cell) == area


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "area.missing"),
        ("76,35", "area.unclear"),
        ("约60", "area.unclear"),
        ("1e3", "area.unclear"),
        ("=B2*2", "area.unclear"),
        ("58.625", "area.too_fine"),
        ("58.6200000001", "area.too_fine"),
        ("0", "area.out_of_range"),
        ("-58.62", "area.out_of_range"),
        ("1000000.01", "area.out_of_range"),
        ("9" * 100, "area.unclear"),
    ],
)
def test_areas_that_are_wrong(cell: cells.Cell, code: str) -> None:
    with pytest.raises(FaultError) as raised:
        cells.parse_area(cell)
    assert raised.value.code == code


@given(st.integers(1, cells.MOST_AREA_X100))
def test_every_area_is_exact_with_and_without_separators(area: int) -> None:
    assert cells.parse_area(f"{area // 100}.{area % 100:02d}") == area
    assert cells.parse_area(f"{area // 100:,}.{area % 100:02d} ㎡") == area
    assert cells.parse_area(Decimal(area).scaleb(-2)) == area


PARSERS: tuple[Callable[[str], object], ...] = (
    cells.parse_door, cells.parse_area, cells.parse_name, cells.parse_last4, cells.parse_standing, cells.parse_owners,
    cells.parse_organisation,
)  # fmt: skip


def sentence_of(parse: Callable[[str], object], text: str) -> str:
    """What a cell says of a text: nothing, or the sentence of its fault."""
    try:
        parse(text)
    except FaultError as wrong:
        return str(SENTENCES[wrong.code]) % wrong.params
    return ""


@given(st.text(max_size=300))
def test_no_text_at_all_breaks_a_cell(text: str) -> None:
    for parse in PARSERS:
        assert "%(" not in sentence_of(parse, text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王 军", "王军"),
        ("　张秀英　", "张秀英"),
        ("John  Smith", "John Smith"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("\u202e张三\u202c", "张三"),
        ("𬸚明", "𬸚明"),
        ("\ue001明", "\ue001明"),
        ("<b>李</b>", None),
        ("—", ""),
        ("无", ""),
    ],
)
def test_names(text: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(FaultError, match=r"name\.several"):
            cells.parse_name(text)
    else:
        assert cells.parse_name(text) == name


@pytest.mark.parametrize(
    ("text", "code"), [("张三、李四", "name.several"), ("13800001234", "name.no_letters"), ("王" * 61, "name.too_long")]
)
def test_names_that_are_wrong(text: str, code: str) -> None:
    with pytest.raises(FaultError, match=re.escape(code)):
        cells.parse_name(text)


@pytest.mark.parametrize(
    ("cell", "last4"),
    [
        ("0898", ("0898", False)),
        ("０８９８", ("0898", False)),
        ("—", ("", False)),
        ("", ("", False)),
        (Decimal(898), ("0898", False)),
        ("13800001234", ("1234", True)),
        ("138 0000 1234", ("1234", True)),
        ("138****1234", ("1234", True)),
        (Decimal(13800001234), ("1234", True)),
    ],
)
def test_last_four_digits(cell: cells.Cell, last4: tuple[str, bool]) -> None:
    assert cells.parse_last4(cell) == last4


@pytest.mark.parametrize("text", ["898", "12345", "12a4", "١٢٣٤a"])
def test_digits_that_are_wrong(text: str) -> None:
    with pytest.raises(FaultError, match=r"last4\.unclear"):
        cells.parse_last4(text)


def test_standings() -> None:
    assert cells.parse_standing("业主") is Standing.OWNER
    assert cells.parse_standing(" 租户 ") is Standing.TENANT
    assert cells.parse_standing("单位产权代表") is Standing.REPRESENTATIVE
    assert cells.parse_standing("") is None
    with pytest.raises(FaultError, match=r"standing\.unknown"):
        cells.parse_standing("户主")  # the head of a household need not be the owner


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("", []),
        ("业主,待核", [OwnerRef("")]),
        ("业主，待核", [OwnerRef("")]),
        ("待核实", [OwnerRef("")]),
        ("业主(待核)", [OwnerRef("")]),
        ("韩建国", [OwnerRef("韩建国")]),
        ("韩建国(2-1-101)", [OwnerRef("韩建国", Door("2", "1", "101"))]),
        ("韩建国（2号楼1单元101）", [OwnerRef("韩建国", Door("2", "1", "101"))]),
        ("张三、李四", [OwnerRef("张三"), OwnerRef("李四")]),
        ("张三,李四", [OwnerRef("张三"), OwnerRef("李四")]),
        ("张三;张三", [OwnerRef("张三")]),
    ],
)
def test_owners(text: str, owners: list[OwnerRef]) -> None:
    assert cells.parse_owners(text) == owners


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("韩建国(老)", "owner.door_unclear"),
        ("韩建国(2-1-101", "owner.door_unclear"),
        ("、".join(f"王{c}" for c in "一二三四五六七八九十甲"), "owner.too_many"),
    ],
)
def test_owners_that_are_wrong(text: str, code: str) -> None:
    with pytest.raises(FaultError, match=re.escape(code)):
        cells.parse_owners(text)
