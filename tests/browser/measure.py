"""Measures of a page as it stands in a browser: axe-core, what does not fit, sizes of letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
_SERIOUS = {"serious", "critical"}


def findings(page: Page) -> list[str]:
    """Serious and critical findings of axe-core: rule, what to do, where."""
    page.evaluate(_AXE)  # evaluated, not added as a <script>: the content security policy stays as it is
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [_words(each) for each in found["violations"] if each["impact"] in _SERIOUS]


def _words(finding: dict[str, Any]) -> str:
    places = [" ".join(map(str, node["target"])) + ": " + node["failureSummary"] for node in finding["nodes"][:4]]
    return f"{finding['id']} ({finding['impact']}): " + "; ".join(places)


_TOO_WIDE = """width => {
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll('body *')].filter(one => {
    const box = one.getBoundingClientRect();
    return box.right + scrollX > width + 1 && box.width && !one.closest('.sr, .scroller, .skip');
  });
  const inner = wide.filter(one => !wide.some(other => other !== one && one.contains(other)));
  return [document.documentElement.scrollWidth + ' px']
    .concat(inner.slice(0, 5).map(one => one.outerHTML.slice(0, 160)));
}"""


def too_wide(page: Page, width: int) -> list[str]:
    """What makes the page scroll sideways in a window `width` px wide; empty if nothing does."""
    found: list[str] = page.evaluate(_TOO_WIDE, width)
    return found


_CUT = """() => {
  const cut = [];
  document.querySelectorAll('body *').forEach(one => {
    const style = getComputedStyle(one);
    if (one.closest('.sr, .skip, .mini, [aria-hidden=true], svg, template') || !one.getClientRects().length) return;
    if (/input|textarea|select/i.test(one.tagName)) return;
    const sideways = /hidden|clip/.test(style.overflowX) && one.scrollWidth > one.clientWidth + 1;
    const down = /hidden|clip/.test(style.overflowY) && one.scrollHeight > one.clientHeight + 2;
    if ((sideways || down) && style.webkitLineClamp === 'none') {
      cut.push(one.outerHTML.slice(0, 160) + ' ' + one.scrollWidth + '>' + one.clientWidth + ' ' +
        one.scrollHeight + '>' + one.clientHeight);
    }
  });
  return cut;
}"""


def cut_off(page: Page) -> list[str]:
    """Boxes whose content is hidden because it does not fit."""
    found: list[str] = page.evaluate(_CUT)
    return found


_BEYOND = """() => {
  const beyond = [];
  const main = document.querySelector('.wall main');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const one = node.parentElement;
    if (!node.data.trim() || !one.closest('main, aside') || one.closest('.sr')) continue;
    if (getComputedStyle(one).webkitLineClamp !== 'none') continue;
    const rail = main.contains(one) && !one.closest('.full');
    const right = rail ? main.getBoundingClientRect().right : innerWidth;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width && (box.bottom > innerHeight + 1 || box.right > right + 1 || box.top < -1 || box.left < -1)) {
      beyond.push(node.data.trim().slice(0, 60) + ' ' + Math.round(box.right) + ', ' + Math.round(box.bottom));
    }
  }
  return beyond;
}"""


def beyond_the_wall(page: Page) -> list[str]:
    """Words that stand outside the picture: nobody scrolls a wall."""
    found: list[str] = page.evaluate(_BEYOND)
    return found


_LETTERS = """([least, title, clock]) => {
  const small = [];
  const walker = document.createTreeWalker(document.querySelector('.wall main'), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const one = node.parentElement;
    const box = one.getBoundingClientRect();
    if (!node.data.trim() || !box.width || one.closest('.sr, .split')) continue;
    const size = parseFloat(getComputedStyle(one).fontSize);
    const wanted = one.closest('.clock') ? clock : one.closest('.title, .speaker, .verdict') &&
      !one.closest('.badge') ? title : least;
    if (size < wanted - 0.5) small.push(size + ' < ' + wanted + ': ' + node.data.trim().slice(0, 40));
  }
  return small;
}"""


def small_letters(page: Page, least: int = 56, title: int = 84, clock: int = 140) -> list[str]:
    """Words on the stage of the wall that are smaller than the back row can read, in px at 1920 x 1080.

    Exempt: the channels below a result; the labels of the rail and the connection mark stand outside the stage.
    """
    found: list[str] = page.evaluate(_LETTERS, [least, title, clock])
    return found
