"""Flush right edges for Chinese: the slack of a line is shared among its characters, as in any printed book.

WeasyPrint stretches spaces alone, so Chinese lines end ragged wherever a punctuation mark or a number moves, and
figures in them are torn apart ("12   人"). Its layout is private, so this is tied to the very version it was written
for; with any other, `install` does nothing and lines stay ragged.
"""

from __future__ import annotations

import re
from typing import Any

VERSION = "70.0"
LOOSEST = 0.25  # em between two characters; a looser line is left ragged
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
# Pango spaces clusters; U+200B and U+2060 are clusters of their own and take their share, these are not.
_NO_WIDTH = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef\u0300-\u036f]")


class _Spread(float):
    """Extra letter-spacing in px, told apart from WeasyPrint's own extra word-spacing."""


class _Style:
    """A computed style with more letter-spacing."""

    def __init__(self, style: Any, extra: float) -> None:
        self._style, self._extra = style, extra

    def __getitem__(self, name: str) -> Any:
        value = self._style[name]
        if name == "letter_spacing":
            return (0 if value == "normal" else value) + self._extra
        return value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._style, name)


def install() -> bool:
    """Let WeasyPrint justify Chinese lines by letter-spacing. False if it is a version this was not written for."""
    import weasyprint

    if weasyprint.VERSION != VERSION:
        return False
    from weasyprint.formatting_structure import boxes
    from weasyprint.layout import inline
    from weasyprint.text import line_break

    stretch_spaces, set_text = inline.justify_line, line_break.Layout.set_text
    if getattr(stretch_spaces, "flush", False):
        return True

    def set_text_spread(self: Any, text: str, justify: bool = False) -> None:
        spacing = self.justification_spacing
        if not (justify and isinstance(spacing, _Spread)):
            set_text(self, text, justify)
            return
        style, self.style, self.justification_spacing = self.style, _Style(self.style, float(spacing)), 0
        try:
            set_text(self, text, justify)
        finally:
            self.style, self.justification_spacing = style, spacing

    def texts(box: Any) -> list[Any]:
        if isinstance(box, boxes.TextBox):
            return [box]
        if isinstance(box, boxes.LineBox | boxes.InlineBox):
            return [text for child in box.children for text in texts(child)]
        return []

    def spread(context: Any, box: Any, extra: _Spread, moved: float, left: list[int]) -> float:
        """Widen `box` and everything in it, `moved` px from its old place; returns how far the next one moves."""
        box_moved = moved
        if isinstance(box, boxes.TextBox):
            box.position_x += moved
            count = _glyphs(box.text)
            left[0] -= count
            if count:
                box.justification_spacing = extra
                layout = line_break.create_layout(box.text, box.style, context, None, extra)
                layout.deactivate()
                box.pango_layout = layout
                gained = extra * (count - (left[0] == 0))
                box.width += gained
                moved += gained
        elif isinstance(box, boxes.LineBox | boxes.InlineBox):
            box.position_x += moved
            for child in box.children:
                if child.is_in_normal_flow():
                    moved = spread(context, child, extra, moved, left)
            box.width += moved - box_moved
        else:
            box.translate(moved, 0)
        return moved

    def justify_line(context: Any, line: Any, available: float) -> None:
        runs = texts(line)
        count = sum(_glyphs(run.text) for run in runs)
        han = sum(len(_CJK.findall(run.text)) for run in runs)
        if han * 4 < count or count < 2:  # a line of Latin text
            stretch_spaces(context, line, available)
            return
        extra = available / (count - 1)
        if 0 < extra <= runs[0].style["font_size"] * LOOSEST:
            spread(context, line, _Spread(extra), 0, [count])

    justify_line.flush = True  # type: ignore[attr-defined]
    inline.justify_line, line_break.Layout.set_text = justify_line, set_text_spread
    return True


def _glyphs(text: str) -> int:
    return len(_NO_WIDTH.sub("", text.rstrip(" ")))
