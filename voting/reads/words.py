"""Words and figures of votes as pages show them, in the reader's active language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from sessions.meetings.models import Presence

from ..models import Ballot
from ..rules import Rule, Share, percent_x100
from ..wording import area, share_en, share_zh

OUTCOMES: dict[str, str | Promise] = {
    "passed": _("Passed"),
    "failed": _("Not passed"),
    "no_quorum": _("No quorum"),
    "noted": _("For information"),
}
MEASURES: dict[str, str | Promise] = {"area": _("Floor area"), "households": _("Households")}
UNITS: dict[str, str | Promise] = {
    "person": _("Residents"),
    "household": _("Households"),
    "owner": _("Owners"),
    "representative": _("Representatives"),
}
BASES: dict[str, str | Promise] = {
    "decided": _("the votes for and against"),
    "valid": _("the valid votes"),
    "cast": _("those who vote"),
    "present": _("those present"),
    "served": _("those who were served the papers"),
    "all": _("the whole roll"),
}
COUNTS: dict[str, str | Promise] = {
    "present": _("Present"),
    "cast": _("Voting"),
    "valid": _("Voting validly"),
    "served": _("Served the papers"),
}
CHANNELS: dict[str, str | Promise] = {**dict(Presence.Channel.choices), "proxy": _("By proxy")}


def chinese() -> bool:
    """Whether the reader reads Chinese, which is so until they choose otherwise."""
    return (get_language() or "zh").startswith("zh")


def amount(measure: str, count: int | None) -> str:
    """A figure as people read it: "33", "2603.36 ㎡"; "" for none."""
    if count is None:
        return ""
    return f"{area(count)} ㎡" if measure == "area" else str(count)


def percent(count: int, total: int) -> str:
    """Decoration beside the figures: "68.75 %"."""
    hundredths = percent_x100(count, total)
    return "—" if hundredths is None else f"{area(hundredths)} %"


def measure_name(measure: str, unit: str) -> str:
    """What a measure counts; heads are owners, households or people, as the roll is."""
    return str(UNITS[unit] if measure == "heads" else MEASURES[measure])


def choice_word(choice: str) -> str:
    """赞成, 反对, 弃权; "" for none."""
    return str(Ballot.Choice(choice).label) if choice else ""


def share_words(share: Share) -> str:
    """超过半数, more than half."""
    return share_zh(share) if chinese() else share_en(share)


def passing_words(rule: Rule) -> str:
    """The threshold and its base, told before the vote opens; "" for a sense check, which decides nothing."""
    if not isinstance(rule.passing, Share):
        return ""
    return gettext("For: %(share)s of %(base)s") % {"share": share_words(rule.passing), "base": BASES[rule.base]}
