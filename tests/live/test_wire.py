"""What goes over the wire: every message fits, and together they are the picture."""

from __future__ import annotations

import json
import struct

import pytest

from sessions.live.wire import LARGEST, Message, Wire, framed


def _applied(wire: Wire) -> dict[str, str]:
    shown: dict[str, str] = {}
    for text in wire.texts:
        shown.update(json.loads(text)["parts"])
    return shown


def test_a_small_frame_is_one_message() -> None:
    wire = Wire(7, 5, {"now": "<p>议题一</p>"})
    assert [json.loads(text) for text in wire.texts] == [{"rev": 7, "base": 5, "parts": {"now": "<p>议题一</p>"}}]


def test_a_frame_over_the_servers_limit_goes_in_pieces_and_the_last_one_says_so() -> None:
    parts = {f"part-{n}": f"<p>{'议' * 1500}{n}</p>" for n in range(12)}
    wire = Wire(7, 0, parts)
    assert len(wire.texts) > 1
    assert all(len(text.encode()) <= LARGEST for text in wire.texts)
    assert _applied(wire) == parts
    assert [json.loads(text).get("more", 0) for text in wire.texts] == [1] * (len(wire.texts) - 1) + [0]


def test_a_part_that_never_fits_is_fetched() -> None:
    assert [json.loads(text) for text in Wire(7, 0, {"now": "議" * LARGEST}).texts] == [{"rev": 7, "fetch": 1}]


@pytest.mark.parametrize(("size", "head"), [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)])
def test_frames_of_each_length_are_spelled_as_the_rfc_says(size: int, head: int) -> None:
    raw = framed(b"x" * size)
    assert raw[0] == 0x81  # final, text
    assert len(raw) == head + size
    length = {
        2: lambda: raw[1],
        4: lambda: struct.unpack("!H", raw[2:4])[0],
        10: lambda: struct.unpack("!Q", raw[2:10])[0],
    }
    assert length[head]() == size


def test_half_an_emoji_breaks_nothing() -> None:
    assert b"?" in Message({"me": "\ud83d"}).raw
