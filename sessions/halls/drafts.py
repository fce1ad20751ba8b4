"""Drafts 草稿: an uploaded roster that waits for its import, so that nothing has to be chosen again after an error.

A draft is one signed file in the data folder, bound to user and hall, bounded in size and kept for a day at most.
What is kept is the roster as read, not the file: columns that are not needed never reach the disk.
"""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.signing import BadSignature

KEPT_SECONDS = 24 * 3600
MOST_BYTES = 16 * 1024 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def _folder() -> Path:
    folder: Path = settings.DATA / "drafts"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _salt(user_id: int, hall_id: int) -> str:
    return f"halls.draft.{user_id}.{hall_id}"


def _sweep(folder: Path) -> None:
    oldest = time.time() - KEPT_SECONDS
    for path in folder.glob("*.draft"):
        with suppress(OSError):  # another process may sweep at the same moment
            if path.stat().st_mtime < oldest:
                path.unlink()


def keep(user_id: int, hall_id: int, content: Any, token: str = "") -> str:
    """Store `content` (plain JSON) and return its token; raises ValueError when it is too large."""
    folder = _folder()
    _sweep(folder)
    data = signing.dumps(content, salt=_salt(user_id, hall_id), compress=True).encode()
    if len(data) > MOST_BYTES:
        raise ValueError("the draft is too large")
    token = token or secrets.token_urlsafe(16)
    new = folder / f"{token}.{secrets.token_hex(4)}.new"
    new.touch(mode=0o600)
    new.write_bytes(data)
    new.replace(folder / f"{token}.draft")
    return token


def find(user_id: int, hall_id: int, token: str) -> Any:
    """The content kept under `token` by this user for this hall; None if there is none (any more)."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        data = (_folder() / f"{token}.draft").read_text("ascii")
        return signing.loads(data, salt=_salt(user_id, hall_id), max_age=KEPT_SECONDS)
    except (OSError, ValueError, BadSignature):
        return None
