"""Canonical JSON: one value, one sequence of bytes.

Sorted keys, no spaces, UTF-8 unescaped, integers only. A float has no single spelling, so it is refused.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID


def plain(value: Any) -> Any:
    """`value` with dates and uuids as text and tuples as lists; raises TypeError for anything without one spelling."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(value: Any) -> bytes:
    """The bytes that are hashed."""
    text = json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    # A lone surrogate (a broken emoji from an old keyboard) has no UTF-8; keep it visible, never fail on it.
    return text.encode("utf-8", "backslashreplace")
