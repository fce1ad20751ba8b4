"""Compare 核对: the figures that the script names, wherever the hall shows them."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from . import data
from .browser import Page, PlayError


def area(area_x100: int) -> str:
    """374221 → "3742.21"."""
    return f"{area_x100 // 100}.{area_x100 % 100:02d}"


def figures(no: str, *, roll: bool = True) -> list[str]:
    """The script's figures of a motion as they are read: heads and areas for, against, abstaining; of how many."""
    told = data.motion(no)["expected"]
    found = []
    for choice in ("for", "against", "abstain"):
        found += [str(told[choice]["heads"]), area(told[choice]["area_x100"])]
    if roll:
        for name in ("participating", "roll"):
            found += [str(told[f"{name}_heads"]), area(told[f"{name}_area_x100"])]
    return found


def missing(text: str, wanted: list[str]) -> list[str]:
    """Which figures do not stand in a text without spaces as numbers of their own."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return [figure for figure in wanted if not re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d|\.\d)", text)]


def compare(where: str, page: Page, no: str, *, roll: bool = True) -> None:
    """That a page shows the result of a motion to the last digit, as passed; raises `PlayError`."""
    lacking = missing(page.text, figures(no, roll=roll))
    if lacking:
        raise PlayError(
            _("%(where)s lacks these figures of motion %(no)s: %(figures)s")
            % {"where": where, "no": no, "figures": "、".join(lacking)}
        )
    if "verdict-passed" not in page.html:
        raise PlayError(_("%(where)s does not say that motion %(no)s has passed.") % {"where": where, "no": no})
