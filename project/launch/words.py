"""What the launcher says to the person at the terminal (运维人员), in the terminal's language."""

from __future__ import annotations

import gettext
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from project.launch import BASE


class RefusalError(Exception):
    """The launcher will not go on: one sentence that says why and what to do. ``code`` is the exit code."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


@cache
def _catalogue() -> gettext.NullTranslations:
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    if not spoken.startswith("zh"):
        return gettext.NullTranslations()
    return gettext.translation("django", BASE / "project/locale", languages=["zh_Hans"], fallback=True)


def _(text: str) -> str:
    """The sentence in the terminal's language: Chinese where the locale is Chinese, else English."""
    return _catalogue().gettext(text)


def forget_catalogue() -> None:
    """Read the catalogue again (it has just been compiled)."""
    _catalogue.cache_clear()


def say(text: str = "") -> None:
    print(text, flush=True)


def warn(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(text: str, quiet_below: float = 2.0) -> Iterator[None]:
    """A step that may be long: its line appears first on a terminal, its seconds when it took some."""
    began = time.monotonic()
    live = sys.stdout.isatty()
    if live:
        print(f"{text} …", end="", flush=True)
    done = False
    try:
        yield
        done = True
    finally:
        took = time.monotonic() - began
        if live:
            print("\r\033[K", end="", flush=True)
        if not done or took >= quiet_below:
            say(f"{text} … {took:.0f} s")
