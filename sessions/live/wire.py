"""What goes over a socket: one JSON message per frame, spelled once for all who get it.

``{"rev": 813, "base": 811, "parts": {id: html}}`` fits every page at revision 811 or later; base 0 is the whole
picture, and live elements it does not name are emptied. A frame over daphne's message limit goes in several messages,
all but the last marked ``"more": 1``. A single part that does not fit is fetched by GET: ``{"rev", "fetch": 1}``.
"""

from __future__ import annotations

import json
import logging
import struct
from collections.abc import Mapping
from typing import Any

logger = logging.getLogger("hall.live")

LARGEST = 15_000  # bytes of one message; autobahn refuses to send more than it would take (launch: 16 384)


def spell(message: Mapping[str, Any]) -> str:
    """One message as compact JSON."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def body(rev: int, base: int, parts: Mapping[str, str], **more: Any) -> bytes:
    """A whole frame as one JSON document, for HTTP."""
    return spell({"rev": rev, "base": base, "parts": parts, **more}).encode("utf-8", "replace")


def framed(text: bytes) -> bytes:
    """An unmasked, final WebSocket text frame (RFC 6455, 5.2)."""
    size = len(text)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + text
    if size < 65_536:
        return struct.pack("!BBH", 0x81, 126, size) + text
    return struct.pack("!BBQ", 0x81, 127, size) + text


class Message:
    """Something to send to any number of sockets: as text messages, or as bytes ready for the line."""

    __slots__ = ("raw", "texts")

    def __init__(self, *messages: Mapping[str, Any]) -> None:
        self.texts = tuple(spell(message) for message in messages)
        self.raw = b"".join(framed(text.encode("utf-8", "replace")) for text in self.texts)


class Wire(Message):
    """A frame, cut so that each message fits."""

    __slots__ = ()

    def __init__(self, rev: int, base: int, parts: Mapping[str, str]) -> None:
        groups: list[dict[str, str]] = [{}]
        room = LARGEST
        for name, html in parts.items():
            size = len(spell({name: html}).encode("utf-8", "replace"))
            if size > LARGEST - 100:
                logger.warning("the part %s weighs %d bytes; it is fetched by GET", name, size)
                super().__init__({"rev": rev, "fetch": 1})
                return
            if size > room - 100:
                groups.append({})
                room = LARGEST
            groups[-1][name] = html
            room -= size
        frames: list[dict[str, Any]] = [{"rev": rev, "base": base, "parts": group} for group in groups]
        for early in frames[:-1]:
            early["more"] = 1
        super().__init__(*frames)
