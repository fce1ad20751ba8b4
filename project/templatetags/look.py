"""Tags that every page may load: icons, figures, fields of a form."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.forms import BoundField
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

register = template.Library()
THIN = "\u00a0"  # 千分空, never broken
WHOLE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|第 ?\d+ ?[次届项号]")


@cache
def _sprite() -> SafeString:
    return mark_safe((Path(settings.BASE_DIR) / "static/icons/sprite.svg").read_text("utf-8"))  # noqa: S308  (ours)


@register.simple_tag
def sprite() -> SafeString:
    """All icons, once at the top of a page."""
    return _sprite()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of the sprite. xlink:href, for the old phones."""
    return format_html(
        '<svg class="i{}" aria-hidden="true" focusable="false"><use xlink:href="#i-{}"></use></svg>',
        f" {extra}" if extra else "",
        name,
    )


@register.filter
def area(value_x100: int) -> str:
    """Hundredths of a ㎡ as 2 603.36."""
    whole, part = divmod(int(value_x100), 100)
    return f"{whole:,}".replace(",", THIN) + f".{part:02d}"


@register.filter
def unbroken(text: str) -> SafeString:
    """Words of people in which no line breaks inside a date like 2026-12-01 or an ordinal like 第 47 次."""
    return mark_safe(WHOLE.sub(r'<span class="nb">\g<0></span>', escape(text)))  # noqa: S308  (escaped before)


@register.filter
def grouped(digest: str) -> str:
    """A digest in groups of four, as two people read it out to each other."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


@register.filter
def minutes_seconds(seconds: int) -> str:
    """122 as 2:02."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@register.filter
def hour(moment: datetime | None) -> str:
    """15:44, in the hall's time."""
    return f"{localtime(moment):%H:%M}" if moment else ""


@register.filter
def millis(moment: datetime) -> int:
    """Milliseconds since 1970, for the clocks that run in the browser."""
    return int(moment.timestamp() * 1000)


@register.filter
def day(moment: datetime | None) -> str:
    """The date in words of the reader's language."""
    return date_format(localtime(moment), "DATE_FORMAT") if moment else ""


@register.inclusion_tag("field.html")
def field(bound: BoundField, hint: str = "", **attributes: str) -> dict[str, object]:
    """A labelled field with its hint and its errors, told to screen readers as well."""
    described = [f"{bound.auto_id}-hint"] if hint else []
    if bound.errors:
        described.append(f"{bound.auto_id}-error")
    widget: dict[str, str | bool] = {
        "class": "input",
        **{name.replace("_", "-"): value for name, value in attributes.items()},
    }
    if described:
        widget["aria-describedby"] = " ".join(described)
    if bound.errors:
        widget["aria-invalid"] = "true"
    return {"field": bound, "hint": hint, "control": bound.as_widget(attrs=widget)}
