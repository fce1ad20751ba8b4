import io
import zipfile
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from sessions.halls import sheets
from sessions.halls.faults import SENTENCES, FaultError

from .town import csv_bytes, xlsx_bytes


def code_of(data: bytes) -> str:
    with pytest.raises(FaultError) as raised:
        sheets.read_sheets(data)
    return raised.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_in_every_encoding_that_excel_writes(encoding: str) -> None:
    (sheet,) = sheets.read_sheets(csv_bytes(encoding=encoding))
    assert sheet.rows[0][:3] == ["房号", "建筑面积㎡", "姓名"]
    assert sheet.rows[1][:3] == ["1-1-101", "62.95", "韩建国"]


@pytest.mark.parametrize("delimiter", [";", "\t", "，"])
def test_a_csv_with_other_delimiters(delimiter: str) -> None:
    text = f"房号{delimiter}面积\r\n1-1-101{delimiter}58.62\r\n\r\n"
    assert sheets.read_sheets(text.encode())[0].rows == [["房号", "面积"], ["1-1-101", "58.62"]]


DAY = datetime(2001, 1, 1)  # noqa: DTZ001  (a cell has no time zone)


def test_an_xlsx_keeps_numbers_exact_and_dates_apart() -> None:
    data = xlsx_bytes([["1-1-101", 76.35000000000001, DAY, 898, None, None]], ["a", "b", "c", "d"])
    row = sheets.read_sheets(data)[0].rows[1]
    assert row == ["1-1-101", Decimal("76.35"), DAY, Decimal(898)]


def test_hidden_and_empty_sheets_are_passed_over() -> None:
    book = Workbook()
    book.active.title = "空"
    hidden = book.create_sheet("旧")
    hidden.append(["secret"])
    hidden.sheet_state = "hidden"
    book.create_sheet("住户").append(["房号"])
    out = io.BytesIO()
    book.save(out)
    assert [sheet.name for sheet in sheets.read_sheets(out.getvalue())] == ["住户"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"),
        (b" \r\n\r\n", "file.empty"),
        (b"\xef\xbb\xbf", "file.empty"),
        (b"%PDF-1.7 ...", "file.wrong_type"),
        (b"\x89PNG\r\n\x1a\n", "file.wrong_type"),
        (b"a,b\x00\x01c", "file.wrong_type"),
        (b"<html><table><tr><td>", "file.wrong_type"),
        (b"\xff\xff\x81", "file.encoding"),
        (b'a,"b\r\nc,d', "file.quotes"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Workbook", "file.old_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "file.password"),
        (b"x" * (sheets.MOST_BYTES + 1), "file.too_big"),
        (b"PK\x03\x04 cut off", "file.broken"),
        (xlsx_bytes()[:-400], "file.broken"),
        (b"a\r\n" * 25_000, "file.too_many_rows"),
    ],
)
def test_files_that_are_no_roster(data: bytes, code: str) -> None:
    assert code_of(data) == code


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def test_a_zip_that_is_no_workbook() -> None:
    assert code_of(zipped({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<Types/>"})) == "file.wrong_type"


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped({"[Content_Types].xml": b"<Types/>", "xl/sharedStrings.xml": b"\0" * (sheets.MOST_UNPACKED + 1)})
    assert len(bomb) < 200_000
    assert code_of(bomb) == "file.unpacks_too_big"
    assert code_of(zipped({f"xl/{n}.xml": b"" for n in range(sheets.MOST_PARTS + 1)})) == "file.unpacks_too_big"


def test_a_zip_that_lies_about_its_size_is_broken() -> None:
    bomb = bytearray(zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<a/>" * 100_000}))
    directory = bomb.rindex(b"PK\x01\x02")
    bomb[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    assert code_of(bytes(bomb)) == "file.broken"


def test_xml_with_entities_is_refused() -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    assert code_of(zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": laughs})) == "file.broken"


def test_far_rows_and_columns_cost_nothing() -> None:
    book = Workbook()
    book.active["A1"], book.active["XFD1"], book.active["A30000"] = "房号", "far", "1-1-101"
    out = io.BytesIO()
    book.save(out)
    rows = sheets.read_sheets(out.getvalue())[0].rows
    assert rows[0] == ["房号"]
    assert len(rows) == 30_000


def outcome(data: bytes) -> str:
    """The code of the fault, or "read"."""
    try:
        sheets.read_sheets(data)
    except FaultError as wrong:
        return wrong.code
    return "read"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 5000))
def test_no_bytes_at_all_break_the_reader(noise: bytes, at: int) -> None:
    good = xlsx_bytes()
    for data in (noise, b"PK\x03\x04" + noise, good[:at] + noise + good[at:], csv_bytes() + noise):
        assert outcome(data) == "read" or outcome(data) in SENTENCES
