"""Faults 错误说明: everything that may be wrong in a roster file, each said in one sentence with the way to mend it.

A fault is kept as code and parameters, so that an upload that waits can be read in either language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

SENTENCES: Mapping[str, Promise] = {
    # the file as a whole
    "file.empty": _("This file is empty. Please choose the roster file again."),
    "file.too_big": _(
        "This file is larger than %(megabytes)s MB. Please keep only the roster in it and save it again."
    ),
    "file.unpacks_too_big": _(
        "This file unpacks to far more than a roster can be. Please save the roster as a new file."
    ),
    "file.wrong_type": _(
        "This is not a CSV or XLSX file. Please save the roster as .xlsx or .csv and choose that file."
    ),
    "file.old_excel": _("This is an old Excel file (.xls). Please open it, choose Save as, pick .xlsx, and try again."),
    "file.password": _("This file is protected by a password. Please save it without the password and try again."),
    "file.broken": _("This file is damaged and cannot be opened. Please save it anew and try again."),
    "file.encoding": _("The letters of this file cannot be read. Please save it as .xlsx and try again."),
    "file.quotes": _("Line %(line)s has a quotation mark that is not closed. Please mend that line, or save as .xlsx."),
    "file.too_many_rows": _(
        "This file has more than %(rows)s rows. Please split it by building and import one by one."
    ),
    "file.no_header": _(
        "No row with column names was found. Please put 房号, 建筑面积, 姓名 and 身份 in the first row of the table."
    ),
    "file.columns_missing": _("The column %(columns)s is missing. Please add it to the row of column names."),
    "file.no_rows": _("There are column names but no rows below them. Please choose the file with the households."),
    # one row
    "door.missing": _("the door number is missing. Please write it in the column 房号, like 1-1-101."),
    "door.unclear": _("the door number “%(text)s” is not clear. Please write building-unit-room, like 1-1-101."),
    "door.date": _("Excel has turned the door number into a date. Please set the column to Text and write it again."),
    "door.twice": _("the door %(door)s stands in row %(first)s already. Please keep one row for each household."),
    "area.missing": _("the floor area is missing. Please write it in square metres, like 58.62."),
    "area.unclear": _("the floor area “%(text)s” is not a number. Please write square metres, like 58.62."),
    "area.too_fine": _(
        "the floor area “%(text)s” has more than two decimals. Please write it as in the deed, like 58.62."
    ),
    "area.out_of_range": _("the floor area “%(text)s” cannot be right. Please look it up in the deed."),
    "name.missing": _("the name is missing. Please write it in 姓名, or write 空置 in 身份 if nobody lives there."),
    "name.too_long": _("the name is longer than %(most)s characters. Please write only the name in this column."),
    "name.several": _("“%(text)s” looks like several people. Please write one name in 姓名; co-owners go in 产权人."),
    "name.no_letters": _("“%(text)s” is not a name. Please write the name, or 业主,待核 in 产权人 if it is not known."),
    "last4.unclear": _("“%(text)s” is not the last four digits of a phone. Please write four digits, like 0898, or —."),
    "standing.missing": _("the column 身份 is empty. Please write 业主, 承租人, 家属, 单位产权代表 or 空置."),
    "standing.unknown": _("“%(text)s” in 身份 is not known. Please write 业主, 承租人, 家属, 单位产权代表 or 空置."),
    "organisation.too_long": _("the name of the 产权单位 is longer than %(most)s characters. Please shorten it."),
    "organisation.of_owner": _(
        "身份 says 业主, but a 产权单位 is given. Please write 单位产权代表 in 身份, or leave 产权单位 empty."
    ),
    "organisation.two_speakers": _(
        "%(organisation)s is represented by someone else in %(door)s. An owner has one representative: please write "
        "the same 姓名 and 手机尾号 in both rows."
    ),
    "owner.too_many": _("there are more than %(most)s owners. Please write at most that many in 产权人."),
    "owner.door_unclear": _(
        "“%(text)s” in 产权人 is not clear. Please write the name, or name and door: 韩建国(2-1-101)."
    ),
    "owner.ambiguous": _(
        "several owners are called %(name)s. Please say which one in 产权人, "
        "%(name)s(%(first)s) or %(name)s(%(second)s)."
    ),
    "owner.not_there": _("no owner called %(name)s is found in %(door)s. Please look at name and door in 产权人."),
    "owner.differs": _("身份 says 业主, but 产权人 names someone else. Please mend one of the two."),
    "owner.is_tenant": _(
        "身份 says %(name)s is not the owner, but 产权人 names the same person. Please mend one of the two."
    ),
    # worth knowing, nothing to mend
    "note.ignored": _("These columns are not needed and were not read: %(columns)s."),
    "note.total": _("Row %(row)s is a total and was left out."),
    "note.rows_without_number": _("The rows above row %(row)s are a title and were left out."),
    "note.sheet": _("Only the sheet “%(sheet)s” was read."),
    "note.owners_live_here": _("There is no column 身份: everyone named is taken as the owner who lives there."),
    "note.phones_cut": _("Of full phone numbers only the last four digits are kept."),
    "note.same_name": _(
        "%(name)s stands at %(doors)s with no or different last four digits and counts as different owners. "
        "If it is one person, write %(name)s(%(first)s) in 产权人 of the other rows."
    ),
    "note.one_owner": _(
        "%(name)s at %(doors)s counts as one owner. If these are different people, write name and own door in 产权人, "
        "like %(name)s(%(first)s)."
    ),
    "note.unit_unnamed": _("Row %(row)s: the 产权单位 is not named; %(name)s stands for the owner."),
}


@dataclass(frozen=True)
class Fault:
    """Something that is wrong, or a note. `row` is the row as the person sees it in the table, 0 for the whole file."""

    code: str
    row: int = 0
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The sentence in the language of the reader, with its row in front."""
        sentence = str(SENTENCES[self.code]) % self.params
        if self.row and not self.code.startswith("note."):
            return gettext("Row %(row)s: %(sentence)s") % {"row": self.row, "sentence": sentence}
        return sentence


class FaultError(Exception):
    """A cell or a file that cannot be read as it stands; `code` is one of SENTENCES."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def at(self, row: int) -> Fault:
        return Fault(self.code, row, self.params)
