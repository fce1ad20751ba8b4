"""Numbers 文号 and check codes 查验码 of documents."""

from __future__ import annotations

import secrets

from .models import Kind

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: read out over a counter without a doubt
NAMES = {Kind.MINUTES: "议纪", Kind.RESOLUTION: "议定"}


def number_of(kind: str, short: str, year: int, serial: int) -> str:
    """福苑里议纪〔2026〕47号: six-cornered brackets, not padded, no 第 (GB/T 9704-2012, 7.2.5)."""
    return f"{short}{NAMES[Kind(kind)]}〔{year}〕{serial}号"


def new_check_code() -> str:
    """Eight characters in two groups, 40 random bits: 8K4T-2M7X."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{text[:4]}-{text[4:]}"


def same_code(given: str, code: str) -> bool:
    """Whether a person typed this check code: case, spaces, dashes and full-width letters do not matter."""
    return spelled(given) == spelled(code)


def spelled(text: str) -> str:
    """Letters and digits only, half-width, upper case."""
    half = text.translate({wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)})
    return "".join(character for character in half.upper() if character.isalnum())


def spelled_number(text: str) -> str:
    """A document's number as people type it: any brackets, spaces and full-width digits for 〔2026〕."""
    half = text.translate({wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)})
    for open_, close in ("[]", "()", "【】", "「」", "［］", "（）"):
        half = half.replace(open_, "〔").replace(close, "〕")
    return "".join(half.split())
