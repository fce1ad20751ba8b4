"""The end 收尾 of a play: the documents are made, read in the archive, fetched and verified."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from . import data
from .browser import Browser, Page, PlayError
from .compare import compare, missing
from .people import Staff
from .script import MOTION

_CODE = re.compile(r"查验码\|([0-9A-Z]{4}-[0-9A-Z]{4})")


def numbers() -> dict[str, str]:
    """The numbers that the script gives: of the minutes, and of the resolution."""
    told, whole = data.meeting()["supplied_numbers"], data.meeting()
    resolution = told["resolution_series_pattern"].format(n=told["resolution_series_next"])
    return {"minutes": whole["meeting"]["number"].replace(" ", ""), "resolution": resolution}


async def publish_and_verify(secretary: Staff, reader: Browser, say: Callable[[str], None]) -> None:
    """Make the minutes and the resolution, read them in the archive, and verify each by its code and by its file."""
    page = await secretary.enter()
    for kind, number in numbers().items():
        form = page.form(kind=kind, subject=MOTION if kind == "resolution" else "")
        page = await secretary.browser.submit(page, form)
        if number not in page.text:
            raise PlayError(_("%(number)s was not published: %(page)s") % {"number": number, "page": page.text[-400:]})
        say(_("%(number)s is made, signed and published.") % {"number": number})
    for number in numbers().values():
        await _read_and_verify(reader, number, say)


async def _read_and_verify(reader: Browser, number: str, say: Callable[[str], None]) -> None:
    archive = await reader.get("archive/")
    page = await reader.get(archive.link("/archive/", number))
    compare(number, page, MOTION)
    if lacking := missing(page.text, _percents()):
        raise PlayError(_("%(where)s lacks: %(figures)s") % {"where": number, "figures": "、".join(lacking)})
    found = _CODE.search(page.text)
    if found is None:
        raise PlayError(_("%(number)s shows no check code.") % {"number": number})
    asked = await reader.get("verify/")
    form = next(each for each in asked.forms if "number" in each.fields)
    _genuine(await reader.submit(asked, form, number=number, code=found.group(1)), number)
    file = await reader.bytes_of(page.link("file.pdf"))
    if not file.startswith(b"%PDF-"):
        raise PlayError(_("The file of %(number)s is no PDF.") % {"number": number})
    _genuine(await reader.upload("verify/", f"{number}.pdf", file), number)
    say(_("%(number)s: read in the archive, verified by its code and by its file.") % {"number": number})


def _percents() -> list[str]:
    """How much of the owners, and of the area, took part."""
    told = data.meeting()["electorates"][1]
    return [told[name].split()[0] for name in ("participating_percent", "participating_area_percent")]


def _genuine(page: Page, number: str) -> None:
    if "answerbox is-good" not in page.html or number not in page.text:
        raise PlayError(_("%(number)s is not called genuine.") % {"number": number})
