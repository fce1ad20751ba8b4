"""Every screen in every state: nothing serious for axe-core, nothing lost at 200 % and at 320 px, large letters on the
wall, no script error and nothing against the content security policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from . import measure
from .hall import SmallHall
from .looks import LOOKS
from .story import PHONE, SIZES, WALL, Look, Story

pytestmark = pytest.mark.browser
LANGUAGES = ("zh-hans", "en")
LETTERS = ("standard", "elder", "max")


@pytest.fixture(scope="module")
def story(browser: Browser, hall: SmallHall) -> Iterator[Story]:
    story = Story(browser, hall)
    yield story
    story.close()


@pytest.mark.parametrize("look", LOOKS, ids=[look.title for look in LOOKS])
def test_a_screen(story: Story, look: Look) -> None:
    wrong: list[str] = []
    for language in LANGUAGES:
        page = story.show(look, language)
        wrong += [f"{language}: {each}" for each in measure.findings(page)]
        if look.audience == WALL:
            wrong += [f"{language}, small: {each}" for each in measure.small_letters(page)]
            wrong += [f"{language}, cut: {each}" for each in measure.cut_off(page)]
            wrong += [f"{language}, beyond: {each}" for each in measure.beyond_the_wall(page)]
            continue
        wide, high = SIZES[look.audience]
        windows = [(320, 256)] if look.audience == PHONE else [(wide // 2, high // 2), (320, 256)]
        for size in LETTERS if look.audience == PHONE else ("",):
            if size:
                page.evaluate("size => { document.documentElement.dataset.size = size; }", size)
            for width, height in windows:
                page.set_viewport_size({"width": width, "height": height})
                told = f"{language}, {width} px {size}".rstrip()
                wrong += [f"{told}, too wide: {each}" for each in measure.too_wide(page, width)]
                wrong += [f"{told}, cut: {each}" for each in measure.cut_off(page)]
    wrong += story.faults()
    assert not wrong, "\n".join(wrong)
