"""Words of the room that are not a model's choices; English source, Chinese in the catalogue."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sessions.halls.models import Seat

# The fields of an agenda item and of someone in attendance, for the sentence that says which one is wrong.
FIELDS: dict[str, str | Promise] = {
    "title": _("Title"),
    "kinds": _("Kinds"),
    "minutes": _("Duration in minutes"),
    "proposed_by": _("Proposed by"),
    "background": _("Background"),
    "name": _("Name"),
    "office": _("Office or unit"),
}

# Why a remark is hidden. The author is told the reason; the public sees how many, never the text.
REASONS: dict[str, str | Promise] = {
    "motive": _("It questions someone's motives"),  # 质疑动机
    "personal": _("It attacks a person"),  # 人身攻击
    "unverified": _("It accuses someone and is not verified"),  # 指认未核实
    "off_topic": _("It is not about this item"),  # 与议题无关
    "repeated": _("It has been said before"),  # 重复
    "other": _("Another reason"),
}

WALL: dict[str, str | Promise] = {
    "auto": _("By itself"),
    "join": _("QR code"),
    "item": _("Agenda item"),
    "motion": _("Motion"),
    "result": _("Result"),
    "black": _("Black"),
}

# How an unsigned remark is shown. The record keeps the Chinese words, pages show them in the reader's language.
UNSIGNED: dict[str, str | Promise] = {
    Seat.Standing.RESIDENT: _("A resident"),
    Seat.Standing.GUEST: _("A guest"),
    Seat.Standing.OFFICIAL: _("Someone in attendance"),
}
UNSIGNED_IN_RECORD = {
    Seat.Standing.RESIDENT: "一位居民",
    Seat.Standing.GUEST: "一位来宾",
    Seat.Standing.OFFICIAL: "一位列席人员",
}
