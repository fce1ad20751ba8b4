"""The ways out: both deliver the same on a real daphne, and the fast one is left alone when its ground has moved."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import abstract, main, tcp

from sessions.live import fast
from sessions.live.fast import MOST_UNREAD, Direct, Plain, Sent, known, outlet
from sessions.live.wire import Message
from tests.load.client import Page, open_pages, post, server


def test_both_ways_deliver_the_same_on_daphne() -> None:
    heard: dict[str, list[dict[str, Any]]] = {"hub": [], "plain": []}

    async def look(port: int, way: str) -> None:
        news = asyncio.Event()

        def hear(page: Page, text: bytes) -> None:
            message = json.loads(text)
            if "parts" in message or "me" in message:
                heard[way].append(message)
                news.set()

        async def until(count: int) -> None:
            while len(heard[way]) < count:
                await asyncio.wait_for(news.wait(), 20)
                news.clear()

        (page,) = await open_pages(port, f"/ws/{way}/", 1, hear)
        page.send('{"have": 0, "device": "x"}')
        await until(2)
        assert json.loads(await post(port, "/ways/")) == {"Direct" if way == "hub" else "Plain": 1}
        for count in range(3, 6):
            await post(port, "/fire/hub/")
            await until(count)
        page.close()
        await page.closed.wait()

    for way in heard:
        with server() as (port, _pid):
            asyncio.run(look(port, way))
    in_order = {way: sorted(messages, key=lambda message: message.get("rev", 0)) for way, messages in heard.items()}
    assert in_order["hub"] == in_order["plain"]
    assert [message["rev"] for message in in_order["hub"] if "rev" in message] == [1, 2, 3, 4]


# --- the guard -----------------------------------------------------------------------------------------------
@pytest.fixture
def afresh() -> Iterator[None]:
    known.cache_clear()
    yield
    known.cache_clear()


@pytest.mark.usefixtures("afresh")
def test_this_daphne_is_known() -> None:
    assert known()


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize(
    ("owner", "name", "changed"),
    [
        (tcp.Connection, "writeSomeData", lambda self, data, more: None),
        (tcp.Connection, "abortConnection", None),
        (abstract.FileDescriptor, "dataBuffer", []),
        (abstract.FileDescriptor, "offset", None),
    ],
)
def test_a_changed_inside_is_noticed(
    owner: type, name: str, changed: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(owner, name, changed)
    assert not known()
    assert "changed" in caplog.text


@pytest.mark.usefixtures("afresh")
def test_a_missing_inside_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(abstract.FileDescriptor, "dataBuffer")
    assert not known()


async def _send(message: dict[str, Any]) -> None:
    pass


def test_another_servers_send_goes_the_plain_way() -> None:
    assert isinstance(outlet(_send), Plain)
    assert isinstance(outlet(functools.partial(_send, object())), Plain)
    bare = WebSocketProtocol()  # no connection yet: nothing to write to
    assert isinstance(outlet(functools.partial(_send, bare)), Plain)


# --- back-pressure -------------------------------------------------------------------------------------------
class Wire:
    """A connection as Twisted has it, with a client that reads `takes` bytes at a time."""

    connected, disconnecting = 1, False

    def __init__(self) -> None:
        self.dataBuffer, self.offset, self._tempDataLen = b"", 0, 0
        self.takes: Any = 10**6
        self.line = b""
        self.aborted = False

    def writeSomeData(self, data: bytes) -> Any:  # noqa: N802
        if not isinstance(self.takes, int):
            return self.takes
        self.line += data[: self.takes]
        return min(self.takes, len(data))

    def write(self, data: bytes) -> None:
        self._tempDataLen += len(data)

    def abortConnection(self) -> None:  # noqa: N802
        self.aborted = True


def _direct() -> tuple[Direct, Wire, Any]:
    wire = Wire()
    protocol = SimpleNamespace(transport=wire, state=3, STATE_OPEN=3, send_queue=[])
    return Direct(protocol), wire, protocol


MESSAGE = Message({"me": "x" * 1000})


def test_a_free_line_takes_it_at_once() -> None:
    way, wire, _ = _direct()
    assert way.push(MESSAGE) is Sent.DONE
    assert wire.line == MESSAGE.raw


def test_what_the_kernel_does_not_take_waits_and_nothing_is_put_before_it() -> None:
    way, wire, _ = _direct()
    wire.takes = 300
    assert way.push(MESSAGE) is Sent.DONE
    assert wire._tempDataLen == len(MESSAGE.raw) - 300
    assert way.push(MESSAGE) is Sent.LATER
    assert len(wire.line) == 300


def test_a_client_that_never_reads_is_dropped() -> None:
    way, wire, _ = _direct()
    wire._tempDataLen = MOST_UNREAD + 1
    assert way.push(MESSAGE) is Sent.GONE
    assert wire.aborted


def test_a_dead_line_is_gone() -> None:
    way, wire, _ = _direct()
    wire.takes = main.CONNECTION_LOST
    assert way.push(MESSAGE) is Sent.GONE
    way, wire, protocol = _direct()
    protocol.state = 1
    assert way.push(MESSAGE) is Sent.GONE
    assert wire.line == b""


def test_the_plain_way_has_one_message_under_way_and_notices_the_end() -> None:
    async def tell() -> None:
        read, got = asyncio.Event(), []

        async def send(message: dict[str, Any]) -> None:
            await read.wait()
            if len(got) == 1:
                raise ConnectionError
            got.append(message["text"])

        way = Plain(send)
        assert way.push(MESSAGE) is Sent.DONE
        assert way.push(MESSAGE) is Sent.LATER
        read.set()
        await _until(lambda: way.push(MESSAGE) is Sent.DONE)
        assert got == list(MESSAGE.texts)
        await _until(lambda: way.push(MESSAGE) is Sent.GONE)
        way.drop()

    asyncio.run(tell())


async def _until(true: Any) -> None:
    for _ in range(100):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("never")


def test_the_limits_fit_each_other() -> None:
    from sessions.live.wire import LARGEST

    assert LARGEST < 16_384 < fast.MOST_UNREAD
