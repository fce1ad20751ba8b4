"""Every screen in every state as a PNG, for people to look at: ``./hall screens [FOLDER]`` (here: ``screens/``)."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page

from .hall import chromium, small_hall
from .looks import LOOKS
from .story import CONSOLE, DESK, PHONE, PUBLIC, SIZES, WALL, Story

LANGUAGES = ("zh-hans", "en")
PICTURES: dict[str, tuple[tuple[str, int, str], ...]] = {
    WALL: (("", 0, ""),),
    CONSOLE: (("", 0, ""),),
    DESK: (("", 0, ""),),
    PHONE: (("", 0, "elder"), ("320", 320, "max"), ("standard", 0, "standard")),
    PUBLIC: (("", 0, ""), ("390", 390, "")),
}
"""Audience → (name, width or 0 for its own, size of letters) of each picture."""


def take(folder: Path) -> int:
    """Write all pictures into `folder`; how many."""
    taken = 0
    folder.mkdir(parents=True, exist_ok=True)
    with small_hall() as hall, chromium() as browser:
        story = Story(browser, hall)
        for look in LOOKS:
            for language in LANGUAGES:
                for name, width, size in PICTURES[look.audience]:
                    page = story.show(look, language, size, width)
                    if look.audience in {PHONE, PUBLIC}:  # the whole page, with the phone's bar at its foot
                        _as_high_as_its_page(page, SIZES[look.audience][1])
                    parts = [look.title, name, language]
                    file = folder / look.audience / ("-".join(part for part in parts if part) + ".png")
                    page.screenshot(path=file, animations="disabled")
                    taken += 1
            print(f"{look.title:40} {SIZES[look.audience][0]} x {SIZES[look.audience][1]}", flush=True)
        story.close()
    return taken


def _as_high_as_its_page(page: Page, least: int) -> None:
    wide = page.viewport_size["width"] if page.viewport_size else 0
    high = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": wide, "height": max(least, high)})


def main(arguments: list[str]) -> int:
    """The command; its exit code."""
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print("./hall screens [FOLDER]", file=sys.stderr)
        return 2
    folder = Path(arguments[0] if arguments else "screens").resolve()
    print(f"{take(folder)} → {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
