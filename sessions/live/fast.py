"""The ways out to a socket: plain ASGI on any server, and on daphne straight to the line.

On daphne a frame that is written at once costs about a quarter of one sent through ASGI, autobahn and Twisted's
deferred writer, and its buffer shows who does not read. That reaches into their insides, so this file alone does it,
looks first whether all is as it knows it, and else takes the plain way: dearer, and just as correct.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Any, Protocol

from .wire import Message

logger = logging.getLogger("hall.live")

Send = Callable[[dict[str, Any]], Awaitable[None]]

_MISSING = object()
MOST_UNREAD = 256 * 1024  # bytes that wait for a client before it is dropped; it will come back by itself


class Sent(Enum):
    """What became of a message."""

    DONE = auto()
    LATER = auto()  # the client has not read the last one: offer the newest again at the next tick
    GONE = auto()


class Outlet(Protocol):
    """One socket, as the hub writes to it. Never waits, never raises."""

    def push(self, message: Message) -> Sent: ...

    def drop(self) -> None: ...


class Plain:
    """By the server's ASGI `send`: one message under way at a time, so that nothing can queue up here."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._under_way: asyncio.Task[None] | None = None
        self._gone = False

    def push(self, message: Message) -> Sent:
        if self._gone:
            return Sent.GONE
        if self._under_way is not None and not self._under_way.done():
            return Sent.LATER
        self._under_way = asyncio.get_running_loop().create_task(self._deliver(message))
        return Sent.DONE

    async def _deliver(self, message: Message) -> None:
        try:
            for text in message.texts:
                await self._send({"type": "websocket.send", "text": text})
        except Exception:  # every server has its own way to say that the client is gone
            logger.debug("a client went while being sent to", exc_info=True)
            self._gone = True

    def drop(self) -> None:
        self._gone = True
        if self._under_way is not None:
            self._under_way.cancel()


class Direct:
    """Straight to the connection of daphne's protocol object."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol

    def push(self, message: Message) -> Sent:
        protocol = self._protocol
        line = protocol.transport
        if protocol.state != protocol.STATE_OPEN or not line.connected or line.disconnecting:
            return Sent.GONE
        unread = len(line.dataBuffer) - line.offset + line._tempDataLen
        if unread > MOST_UNREAD:
            self.drop()
            return Sent.GONE
        if unread or protocol.send_queue:
            return Sent.LATER
        written = line.writeSomeData(message.raw)
        if not isinstance(written, int):  # Twisted's way to say that the line is dead
            self.drop()
            return Sent.GONE
        if written < len(message.raw):
            line.write(message.raw[written:])
        return Sent.DONE

    def drop(self) -> None:
        self._protocol.transport.abortConnection()


@functools.cache
def known() -> bool:
    """Whether daphne, autobahn and Twisted have the insides that `Direct` relies on; says so once if they have not."""
    try:
        from autobahn.websocket.protocol import WebSocketProtocol as Autobahn
        from daphne.ws_protocol import WebSocketProtocol as Daphne
        from twisted.internet.abstract import FileDescriptor
        from twisted.internet.tcp import Connection

        as_known = (
            issubclass(Daphne, Autobahn)
            and issubclass(Connection, FileDescriptor)
            and list(inspect.signature(Connection.writeSomeData).parameters) == ["self", "data"]
            and isinstance(FileDescriptor.dataBuffer, bytes)
            and isinstance(FileDescriptor.offset, int)
            and callable(Connection.abortConnection)
            and Autobahn.STATE_OPEN is not None
        )
    except (ImportError, AttributeError, ValueError) as reason:
        logger.info("frames go by ASGI: %s", reason)
        return False
    if not as_known:
        logger.warning("daphne's insides have changed: frames go by ASGI, several times dearer")
    return as_known


def _fits(protocol: Any) -> bool:
    """Whether this very connection can be written to directly: plain TCP, uncompressed."""
    from daphne.ws_protocol import WebSocketProtocol
    from twisted.internet.tcp import Connection

    line = getattr(protocol, "transport", None)
    return (
        isinstance(protocol, WebSocketProtocol)
        and isinstance(line, Connection)
        and not getattr(line, "TLS", False)
        and isinstance(getattr(line, "_tempDataLen", None), int)
        and getattr(protocol, "_perMessageCompress", _MISSING) is None
        and hasattr(protocol, "send_queue")
    )


def outlet(send: Send) -> Outlet:
    """The best way out for the `send` of an accepted ASGI socket. daphne's is a partial that holds its protocol."""
    held = send.args[0] if isinstance(send, functools.partial) and send.args else None
    return Direct(held) if held is not None and known() and _fits(held) else Plain(send)
