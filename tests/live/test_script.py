"""The pages' script: what old phones can read, and what it weighs."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import esprima
import pytest

JS = Path(__file__).resolve().parent.parent.parent / "static/js"
SCRIPTS = sorted(JS.glob("*.js"))
MOST_BYTES = 12 * 1024  # gzipped, all together


def test_there_are_scripts() -> None:
    assert {"live.js", "acts.js", "clock.js", "keys.js"} <= {path.name for path in SCRIPTS}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_old_phones_can_read_it(path: Path) -> None:
    """ES2017: esprima 4 knows no younger syntax (no ?., ??, object spread, optional catch)."""
    esprima.parseScript(path.read_text("utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_nothing_is_used_that_they_or_a_plain_http_page_lack(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
    lacking = r"crypto\.subtle|randomUUID|replaceChildren|globalThis|AbortController|\.(flat|at|finally|replaceAll)\("
    forbidden = r"\.style\b|\beval\(|new Function"  # by the security policy
    assert re.findall(f"{lacking}|{forbidden}", code) == []


def test_it_is_light() -> None:
    assert len(gzip.compress(b"".join(path.read_bytes() for path in SCRIPTS))) <= MOST_BYTES
