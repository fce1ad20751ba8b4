import pytest

from sessions.halls.cells import Door
from sessions.halls.faults import FaultError
from sessions.halls.owners import Prepared, Resolved, resolve
from sessions.halls.roster import KnownOwner, read_roster
from sessions.halls.sheets import read_sheets

from .town import AREA_X100, COLUMNS, ROWS, csv_bytes, xlsx_bytes


def read(data: bytes, known: tuple[KnownOwner, ...] = ()) -> Resolved:
    return resolve(read_roster(read_sheets(data)), known)


def rows(*given: str, columns: tuple[str, ...] = COLUMNS) -> Resolved:
    """Rows written with | between the cells; the area is 60 where it is left out."""
    return read(csv_bytes([[cell.strip() for cell in row.split("|")] for row in given], columns))


def codes(read_: Resolved) -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in read_.faults]


def notes(read_: Resolved) -> set[str]:
    return {note.code for note in read_.notes}


def owners_of(prepared: Prepared, door: str) -> list[str]:
    household = next(h for h in prepared.households if str(h.door) == door)
    return [prepared.people[place].name for place in household.owners]


@pytest.mark.parametrize("data", [csv_bytes(), csv_bytes(encoding="gb18030"), xlsx_bytes()])
def test_the_whole_town(data: bytes) -> None:
    found = read(data)
    prepared = found.prepared
    assert (found.faults, found.notes) == ([], [])
    assert len(prepared.households) == 7
    assert sum(h.area_x100 for h in prepared.households) == AREA_X100
    assert {str(h.door): owners_of(prepared, str(h.door)) for h in prepared.households} == {
        "1-1-101": ["韩建国"],
        "1-1-102": ["韩建国"],
        "1-1-201": [""],
        "1-1-202": ["姜立群"],
        "1-1-301": ["丁海燕"],
        "1-1-302": ["傅淑芬"],
        "1-1-401": ["薛婷"],
    }
    assert len({place for h in prepared.households for place in h.owners}) == 6  # 韩建国 is one head
    assert [[prepared.people[p].name for p in h.residents] for h in prepared.households] == [
        ["韩建国"], ["唐丽"], ["林小雨"], ["姜立群"], ["卢晓军"], ["许家豪"], [],
    ]  # fmt: skip
    unit = next(person for person in prepared.people if person.name == "姜立群")
    assert unit.organisation == "市第二毛纺厂留守处"


def test_unknown_columns_are_ignored_and_said_to_be() -> None:
    columns = (
        "序号",
        "房号",
        "建筑面积㎡",
        "姓名",
        "年龄",
        "身份",
        "手机尾号",
        "终端",
        "签到方式",
        "动议1-1(记名)",
        "标签",
    )
    found = read(
        csv_bytes([(1, "1-1-101", "56.77", "张秀英", 78, "业主", "9222", "老人机", "代录", "赞成", "党员")], columns)
    )
    (note,) = found.notes
    assert note.code == "note.ignored"
    assert note.params == {"columns": "序号、年龄、终端、签到方式、动议1-1(记名)、标签"}
    assert "党员" not in str(found)
    assert "78" not in str(found)


def test_a_roster_without_the_column_of_owners() -> None:
    columns = ("房号", "建筑面积㎡", "姓名", "身份", "手机尾号")
    found = rows(
        "1-1-101|60|张秀英|业主|9222",
        "1-1-102|60|唐丽|承租人|7197",
        "1-1-103|60|姜立群|单位产权代表|6443",
        columns=columns,
    )
    assert [owners_of(found.prepared, f"1-1-10{n}") for n in (1, 2, 3)] == [["张秀英"], [""], ["姜立群"]]
    assert notes(found) == {"note.unit_unnamed"}


def test_a_plain_list_of_owners() -> None:
    columns = ("楼号", "单元", "房号", "面积", "业主姓名", "联系电话")
    found = rows("1号楼|1单元|101|60|张秀英、李国庆|13800009222", "1|1|102|60|待核|", "1|1|103|60||", columns=columns)
    assert owners_of(found.prepared, "1-1-101") == ["张秀英", "李国庆"]
    assert owners_of(found.prepared, "1-1-102") == [""]
    assert found.prepared.people[0].last4 == "9222"
    assert codes(found) == [(4, "name.missing")]
    assert notes(found) == {"note.owners_live_here", "note.phones_cut"}


def test_titles_grouped_headers_and_totals() -> None:
    above = [["福苑里小区住户名册"], [], ["房屋", None, "住户"]]
    columns = ["房号", "建筑面积(㎡)", "姓 名", "身份"]
    data = xlsx_bytes([["1-1-101", 56.77, "张秀英", "业主"], ["合计", 56.77]], columns, above)
    found = read(data)
    assert [h.row for h in found.prepared.households] == [5]
    assert notes(found) == {"note.rows_without_number", "note.total"}
    merged = xlsx_bytes(
        [["1-1-101", 56.77, "张秀英", "业主"]], ["", "", "姓名", "身份"], [["房号", "建筑面积", "住户信息", ""]]
    )
    assert [str(h.door) for h in read(merged).prepared.households] == ["1-1-101"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (csv_bytes([("x", "y")], ("甲", "乙")), "file.no_header"),
        (csv_bytes([], COLUMNS), "file.no_rows"),
        (csv_bytes([("1-1-101", "张三", "业主")], ("房号", "姓名", "身份")), "file.columns_missing"),
        (csv_bytes([("1-1-101", "60", "张三")], ("房号", "面积", "姓名")), "file.columns_missing"),
    ],
)
def test_tables_that_are_no_roster(data: bytes, code: str) -> None:
    with pytest.raises(FaultError) as raised:
        read(data)
    assert raised.value.code == code


def test_one_clear_sentence_for_each_wrong_row() -> None:
    found = rows(
        "1-1-101|56.77|张秀英|业主||9222|",
        "|60|甲某|业主|||",
        "1-1-102|76,35|乙某|业主|||",
        "1-1-101|60|丙某|业主|||",
        "1-1-103|60|" + "丁" * 61 + "|业主|||",
        "1-1-104|60|戊某|户主|||",
        "1-1-105|60|己某||||",
        "1-1-106|60||承租人|||",
        "1-1-107|60|庚某|业主|辛某||",
        "1-1-108|60|壬某|承租人|壬某||",
        "1-1-109|60|癸某|业主|||某单位",
        "1-1-110|60|子某|承租人|张秀英(9-9-999)||",
    )
    assert codes(found) == [
        (3, "door.missing"), (4, "area.unclear"), (5, "door.twice"), (6, "name.too_long"), (7, "standing.unknown"),
        (8, "standing.missing"), (9, "name.missing"), (10, "owner.differs"), (11, "owner.is_tenant"),
        (12, "organisation.of_owner"), (13, "owner.not_there"),
    ]  # fmt: skip
    assert [h.row for h in found.prepared.households] == [2]
    assert found.cells[4] == ["1-1-102", "76,35", "乙某", ""]
    for fault in found.faults:
        assert str(fault.row) in fault.words


def test_same_name_and_digits_is_one_owner_and_other_digits_are_two() -> None:
    found = rows("1-1-101|60|王军|业主||1111|", "1-1-102|60|王军|业主||1111|", "1-1-103|60|王军|业主||2222|")
    first, second, third = (h.owners for h in found.prepared.households)
    assert first == second != third
    assert not found.notes


def test_same_name_without_digits_is_two_owners_and_said_to_be() -> None:
    found = rows("1-1-101|60|王军|业主||—|", "1-1-102|60|王军|业主||—|")
    first, second = (h.owners for h in found.prepared.households)
    assert first != second
    assert notes(found) == {"note.same_name"}
    mended = rows("1-1-101|60|王军|业主||—|", "1-1-102|60|王军|业主|王军(1-1-101)|—|")
    first, second = (h.owners for h in mended.prepared.households)
    assert first == second
    assert not mended.notes


def test_an_ambiguous_owner_is_asked_for_and_a_door_settles_it() -> None:
    two = ("1-1-101|60|韩建国|业主||1111|", "2-1-101|60|韩建国|业主||2222|")
    found = rows(*two, "1-1-102|60|唐丽|承租人|韩建国|7197|")
    (fault,) = found.faults
    assert (fault.row, fault.code) == (4, "owner.ambiguous")
    assert fault.params == {"name": "韩建国", "first": "1-1-101", "second": "2-1-101"}
    mended = rows(*two, "1-1-102|60|唐丽|承租人|韩建国（2-1-101）|7197|").prepared
    assert mended.households[2].owners == mended.households[1].owners


def test_owners_who_live_elsewhere() -> None:
    found = rows("1-1-101|60|甲某|承租人|刘大海|1111|", "1-1-102|60|乙某|承租人|刘大海|2222|")
    assert found.prepared.households[0].owners == found.prepared.households[1].owners
    assert notes(found) == {"note.one_owner"}
    apart = rows("1-1-101|60|甲某|承租人|刘大海(1-1-101)|1111|", "1-1-102|60|乙某|承租人|刘大海(1-1-102)|2222|")
    assert apart.prepared.households[0].owners != apart.prepared.households[1].owners
    joined = rows("1-1-101|60|甲某|承租人|刘大海|1111|", "1-1-102|60|乙某|承租人|刘大海(1-1-101)|2222|")
    assert joined.prepared.households[0].owners == joined.prepared.households[1].owners


def test_co_owners() -> None:
    found = rows("1-1-101|60|张三|业主|张三、李四|1111|")
    assert owners_of(found.prepared, "1-1-101") == ["张三", "李四"]
    assert [found.prepared.people[p].name for p in found.prepared.households[0].residents] == ["张三"]


def test_an_organisation_is_one_owner_whoever_lives_there() -> None:
    found = rows(
        "1-1-101|60|姜立群|单位产权代表||6443|毛纺厂",
        "1-1-102|60|小王|承租人||1111|毛纺厂",
        "1-1-103|60|小李|承租人|毛纺厂|2222|",
        "1-1-104|60|老赵|单位产权代表||3333|毛纺厂",
        "1-1-105|60|老钱|单位产权代表|机床厂|4444|",
        "1-1-106|60|小孙|承租人||5555|水厂",
    )
    assert codes(found) == [(5, "organisation.two_speakers")]
    prepared = found.prepared
    first, second, third, machine, water = (h.owners for h in prepared.households)
    assert first == second == third
    assert prepared.people[machine[0]].organisation == "机床厂"
    assert (prepared.people[water[0]].name, prepared.people[water[0]].organisation) == ("", "水厂")


def test_owners_known_from_the_roster_count_where_the_file_has_no_row_of_theirs() -> None:
    door = Door("2", "1", "101")
    data = csv_bytes([("1-1-102", "60", "唐丽", "承租人", "韩建国", "7197", "")])
    known = (KnownOwner(door, "韩建国", "9278", ""),)
    prepared = read(data, known).prepared
    owner = prepared.people[prepared.households[0].owners[0]]
    assert (owner.name, owner.last4) == ("韩建国", "9278")
    two = (*known, KnownOwner(Door("3", "1", "101"), "韩建国", "", ""))
    assert codes(read(data, two)) == [(2, "owner.ambiguous")]
    named = csv_bytes([("1-1-102", "60", "唐丽", "承租人", "韩建国(3-1-101)", "7197", "")])
    prepared = read(named, two).prepared
    owner = prepared.people[prepared.households[0].owners[0]]
    assert (owner.last4, Door("3", "1", "101") in owner.doors) == ("", True)


def test_a_prepared_roster_survives_its_journey() -> None:
    prepared = read(csv_bytes(ROWS)).prepared
    assert Prepared.from_json(prepared.as_json()) == prepared
