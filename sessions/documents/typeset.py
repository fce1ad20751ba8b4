"""Text before it is set: what no font can print, what turns lines round, and where Chinese lines may break."""

from __future__ import annotations

import re
from collections.abc import Set
from html import escape, unescape

TOKEN = 20  # a longer run without a break opportunity makes WeasyPrint's line breaking quadratic
_SPLIT = re.compile(r"(<[^>]*>)")  # autoescaped HTML: a "<" or ">" outside of a tag is an entity
_UNPRINTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff"  # controls and non-characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi controls: they turn round what stands beside them
    "\u00ad\u200b-\u200d\u2028\u2029\u2060-\u2064\u206a-\u206f\ufeff"  # invisible joiners and spaces
    "\ufe0e\ufe0f\U000e0001-\U000e007f]"  # emoji and text styles, language tags
)
_INVISIBLE = re.compile("[\n\r\t\u200b\u2060\ufe00-\ufe0d\U000e0100-\U000e01ef]")  # spaces, variants of one character
_HAN = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_LONG = re.compile(f"[^\\s\u200b{_HAN}]{{{TOKEN},}}")
# Pango 1.50 finds no break before “ or after ” between Han characters, which leaves very short lines …
_BEFORE_QUOTE = re.compile(f"(?<=[{_HAN}])(?=[“‘])")
_AFTER_QUOTE = re.compile("(?<=[”’])(?=[\u3400-\u9fff\U00020000-\U0003ffff])")
# … and lets these begin a line, or “ and ‘ end one.
_NEVER_FIRST = re.compile("(?<=[^\\s\u200b\u2060])(?=[·～℃…”’])")
_NEVER_LAST = re.compile("(?<=[“‘])(?=[^\\s\u200b\u2060])")


def clean(text: str) -> str:
    """`text` without controls, bidi controls, invisible characters and half characters (lone surrogates).

    A lone surrogate becomes ［U+D83D］; the others carry nothing a reader could see and vanish.
    """
    text = "".join(named(char) if "\ud800" <= char <= "\udfff" else char for char in text)
    return _UNPRINTED.sub("", text)


def named(char: str) -> str:
    """A character that cannot be printed, by its number: ［U+1F600］."""
    return f"［U+{ord(char):04X}］"


def printable(text: str, covered: Set[int]) -> str:
    """`text` with every character named that is outside of `covered` and would show as a box.

    Nothing is normalised: 郎 (U+F92C) in somebody's name stays what it is.
    """
    return "".join(char if ord(char) in covered or _INVISIBLE.match(char) else named(char) for char in text)


def breakable(text: str) -> str:
    """`text` with break opportunities and prohibitions added for Chinese quotes and for overlong tokens."""
    text = _BEFORE_QUOTE.sub("\u200b", text)
    text = _AFTER_QUOTE.sub("\u200b", text)
    text = _NEVER_FIRST.sub("\u2060", text)
    text = _NEVER_LAST.sub("\u2060", text)
    return _LONG.sub(lambda run: "\u200b".join(_pieces(run[0])), text)


def _pieces(run: str) -> list[str]:
    return [run[start : start + TOKEN] for start in range(0, len(run), TOKEN)]


def treat(html: str, covered: Set[int]) -> str:
    """Autoescaped `html` made fit to print: all of it cleaned, its text nodes printable and breakable."""
    pieces = _SPLIT.split(clean(html))
    for place in range(0, len(pieces), 2):  # the odd places are tags
        text = clean(unescape(pieces[place]))  # &#x202E; would come back as a control
        pieces[place] = escape(breakable(printable(text, covered)))
    return "".join(pieces)


def title_lines(title: str, width: int = 20) -> tuple[str, ...]:
    """A title in lines of at most `width` characters, of about equal length, cut by sense where that is possible.

    GB/T 9704-2012 7.3.1: broken by sense, centred, as a trapezium or rhombus.
    """
    lines = -(-len(title) // width)
    if lines < 2:
        return (title,)
    cuts: list[int] = []
    for line in range(1, lines):
        ideal = len(title) * line / lines
        at = range(cuts[-1] + 1 if cuts else 1, len(title))
        cuts.append(min(at, key=lambda cut: (_cost(title, cut) + abs(cut - ideal) * 2, cut)))
    if max(b - a for a, b in zip([0, *cuts], [*cuts, len(title)], strict=True)) > width:
        cuts = list(range(width, len(title), width))
    return tuple(title[a:b] for a, b in zip([0, *cuts], [*cuts, len(title)], strict=True))


def _cost(title: str, cut: int) -> int:
    """How badly a cut before `title[cut]` reads: nothing after a comma or 的, much inside a number or Latin word."""
    before, after = title[cut - 1], title[cut]
    if (before.isascii() and after.isascii()) or after in "，。、；：？！）》】〕”’的" or before in "（《【〔“‘":
        return 100
    if before in "，。、；：？！）》】〕”’的" or after in "（《【〔“‘和与及":
        return 0
    return 6
