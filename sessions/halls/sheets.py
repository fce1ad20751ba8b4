"""Sheets 表格文件: the bytes of a CSV or XLSX file → rows of cells. Knows nothing of rosters.

The kind is told from the content, never from the name. Everything is bounded before it is read: bytes, unpacked bytes,
rows and columns. No formula is computed, no link followed.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from .faults import FaultError

MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_PARTS = 500  # files inside an XLSX
MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_SHEETS = 5
_SPARE_ROWS = 200  # titles and blank rows that do not count

Cell = str | Decimal | date  # a CSV has only str; an XLSX may have numbers, and dates where Excel guessed one

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = frozenset(map(chr, range(9)))


@dataclass(frozen=True)
class Sheet:
    """One sheet: `rows[0]` is row 1 of the table; trailing empty cells and rows are cut."""

    name: str
    rows: list[list[Cell]]


def read_sheets(data: bytes) -> list[Sheet]:
    """The sheets of a file that hold anything; raises `FaultError` with one of the ``file.`` sentences."""
    if not data.strip():
        raise FaultError("file.empty")
    if len(data) > MOST_BYTES:
        raise FaultError("file.too_big", megabytes=MOST_BYTES // 1024 // 1024)
    if data.startswith(_OLE):
        raise FaultError("file.password" if "EncryptedPackage".encode("utf-16-le") in data else "file.old_excel")
    sheets = _workbook(data) if data.startswith(_ZIP) else [Sheet("", _trimmed(_csv(_decoded(data))))]
    sheets = [sheet for sheet in sheets if sheet.rows]
    if not sheets:
        raise FaultError("file.empty")
    return sheets


def shown(cell: Cell) -> str:
    """A cell as the person sees it."""
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _trimmed(rows: Iterable[list[Cell]]) -> list[list[Cell]]:
    kept: list[list[Cell]] = []
    filled = 0
    for row in rows:
        while row and row[-1] == "":
            row.pop()
        filled += bool(row)
        if filled > MOST_ROWS + _SPARE_ROWS:
            raise FaultError("file.too_many_rows", rows=MOST_ROWS)
        kept.append(row)
    while kept and not kept[-1]:
        kept.pop()
    return kept


# --- CSV -------------------------------------------------------------------------------------------------
def _decoded(data: bytes) -> str:
    if data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"Rar!", b"7z\xbc")):
        raise FaultError("file.wrong_type")
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _BINARY & set(text) or text.lstrip().startswith("<"):
            raise FaultError("file.wrong_type")
        return text
    raise FaultError("file.encoding")


def _csv(text: str) -> Iterable[list[Cell]]:
    head = "\n".join(text.splitlines()[:20])
    delimiter = max(",\t;，", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield [cell.strip() for cell in row[:MOST_COLUMNS]]
    except csv.Error:
        raise FaultError("file.quotes", line=reader.line_num) from None


# --- XLSX ------------------------------------------------------------------------------------------------
def _check_parts(data: bytes) -> None:
    """Refuse what unpacks too big, and XML with entities, before openpyxl sees it."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        listed = parts.infolist()
        # zipfile never reads more of a part than it declares, so the declared sizes are a true bound
        if len(listed) > MOST_PARTS or sum(part.file_size for part in listed) > MOST_UNPACKED:
            raise FaultError("file.unpacks_too_big")
        if "[Content_Types].xml" not in parts.namelist() or not any(p.filename.startswith("xl/") for p in listed):
            raise FaultError("file.wrong_type")
        for part in listed:
            if part.flag_bits & 1:
                raise FaultError("file.password")
            if part.filename.endswith((".xml", ".rels")):
                with parts.open(part) as stream:
                    if b"<!DOCTYPE" in stream.read(1024):
                        raise FaultError("file.broken")


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        # Fifteen digits are what Excel keeps and shows: 76.35000000000001 is 76.35.
        return Decimal(f"{value:.15g}") if abs(value) < 1e15 else str(value)
    if isinstance(value, datetime | date):
        return value
    if isinstance(value, time):
        return value.isoformat()
    return unicodedata.normalize("NFC", str(value)).strip()


def _workbook(data: bytes) -> list[Sheet]:
    try:
        _check_parts(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            sheets = []
            for page in book.worksheets[:MOST_SHEETS]:
                if page.sheet_state != "visible":
                    continue
                page.reset_dimensions()  # a file may lie about its size
                rows = page.iter_rows(max_row=2 * MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
                sheets.append(Sheet(page.title, _trimmed([_cell(value) for value in row] for row in rows)))
            return sheets
        finally:
            book.close()
    except FaultError:
        raise
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, InvalidFileException, ParseError, NotImplementedError, LookupError,
        ValueError, TypeError, AttributeError, OSError, EOFError, ArithmeticError, RecursionError,
    ):  # fmt: skip
        # openpyxl has no error of its own for a damaged part: whatever it stumbles over, the file is broken
        raise FaultError("file.broken") from None
