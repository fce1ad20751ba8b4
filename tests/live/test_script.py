"""The pages' script: what old phones can read, and what it weighs."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import esprima
import pytest

JS = Path(__file__).resolve().parent.parent.parent / "static/js"
SCRIPTS = sorted(JS.glob("*.js"))
MOST_BYTES = 12 * 1024  # gzipped, all together


def test_there_are_scripts() -> None:
    assert {"live.js", "acts.js", "clock.js", "keys.js"} <= {path.name for path in SCRIPTS}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_old_phones_can_read_it(path: Path) -> None:
    """ES2017: esprima 4 knows hardly any younger syntax; what it does know (object spread and rest) is refused here."""
    assert not younger(path.read_text("utf-8"))


def younger(code: str) -> list[str]:
    """The parts of `code` that esprima reads and ES2017 does not have."""
    found: list[str] = []

    def look(node: Any, _: Any) -> None:
        if node.type in {"ObjectExpression", "ObjectPattern"}:
            found.extend(each.type for each in node.properties if each.type != "Property")
        elif node.type == "Import":
            found.append(node.type)

    esprima.parseScript(code, delegate=look)
    return found


@pytest.mark.parametrize("code", ["x = {...y}", "const {a, ...b} = c"])
def test_younger_syntax_is_noticed(code: str) -> None:
    assert younger(code)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_nothing_is_used_that_they_or_a_plain_http_page_lack(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
    lacking = r"crypto\.subtle|randomUUID|replaceChildren|globalThis|AbortController|\.(flat|at|finally|replaceAll)\("
    forbidden = r"\.style\b|\beval\(|new Function"  # by the security policy
    assert re.findall(f"{lacking}|{forbidden}", code) == []


def test_it_is_light() -> None:
    assert len(gzip.compress(b"".join(path.read_bytes() for path in SCRIPTS))) <= MOST_BYTES
