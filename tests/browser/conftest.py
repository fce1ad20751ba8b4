"""What the browser tests share: one hall that serves and one browser for each file."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from .hall import SmallHall, chromium, small_hall


@pytest.fixture(scope="module")
def hall() -> Iterator[SmallHall]:
    with small_hall(os.environ["HALL_DATA"]) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started
