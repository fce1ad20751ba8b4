"""A small town for the tests: two communities, three halls, staff of each, and roster files made on the spot."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from openpyxl import Workbook

from sessions.halls.acts import found_hall
from sessions.halls.models import Hall, Node, Role
from sessions.halls.tree import add_node

COLUMNS = ("房号", "建筑面积㎡", "姓名", "身份", "产权人", "手机尾号", "产权单位")
PASSWORD = "correct horse battery staple"

# Seven rows with everything a roster may say: an owner of two flats, a tenant of his, an owner not known yet, an
# organisation, an owner who lives elsewhere, a family that lives in the owner's flat, an empty flat.
ROWS = (
    ("1-1-101", "62.95", "韩建国", "业主", "", "9278", ""),
    ("1-1-102", "81.32", "唐丽", "承租人", "韩建国", "7197", ""),
    ("1-1-201", "58.62", "林小雨", "承租人", "业主,待核", "1764", ""),
    ("1-1-202", "105.60", "姜立群", "单位产权代表", "", "6443", "市第二毛纺厂留守处"),
    ("1-1-301", "64.80", "卢晓军", "承租人", "丁海燕", "3901", ""),
    ("1-1-302", "83.17", "许家豪", "家属", "傅淑芬", "—", ""),
    ("1-1-401", "64.80", "", "空置", "薛婷", "", ""),
)
AREA_X100 = 52126


def csv_bytes(rows: Sequence[Sequence[Any]] = ROWS, columns: Sequence[str] = COLUMNS, encoding: str = "utf-8") -> bytes:
    """A roster as a CSV file."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([columns, *rows])
    return out.getvalue().encode(encoding)


def xlsx_bytes(
    rows: Sequence[Sequence[Any]] = ROWS, columns: Sequence[str] = COLUMNS, above: Sequence[Any] = ()
) -> bytes:
    """A roster as an XLSX file, with rows of title `above`."""
    book = Workbook()
    page = book.active
    for row in [*above, columns, *rows]:
        page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def user(name: str, **more: Any) -> Any:
    """An account with the common password."""
    return get_user_model().objects.create_user(name, password=PASSWORD, **more)


class Town:
    """桥西区 / 永兴街街道 / 福苑里社区 / 福苑里小区 with a hall, and 东风里社区 beside it with its own."""

    def __init__(self) -> None:
        self.district = add_node(None, Node.Kind.DISTRICT, "桥西区")
        self.street = add_node(self.district, Node.Kind.STREET, "永兴街街道")
        self.community = add_node(self.street, Node.Kind.COMMUNITY, "福苑里社区")
        self.estate = add_node(self.community, Node.Kind.ESTATE, "福苑里小区")
        self.other_community = add_node(self.street, Node.Kind.COMMUNITY, "东风里社区")
        self.hall: Hall = found_hall(node=self.estate, name="楼门议事厅", short="福苑里", slogan="楼门口坐一坐")
        self.other_hall: Hall = found_hall(node=self.other_community, name="东风议事厅", short="东风里")
        self.secretary = user("baixue", last_name="白雪")
        self.neighbour = user("qianjin", last_name="钱进")
        self.stranger = user("moshengren")
        Role.objects.create(user=self.secretary, node=self.community, kind=Role.Kind.SECRETARY)
        Role.objects.create(user=self.neighbour, node=self.other_community, kind=Role.Kind.SECRETARY)
