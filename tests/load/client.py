"""A load client: thousands of sockets from one core, on plain asyncio, counting frames and acknowledgements.

It opens real WebSockets by hand (RFC 6455), since a library's objects per socket would be measured too.
"""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")


class Page(asyncio.Protocol):
    """One socket. `heard(page, text)` is called for each message; `greeted` is set when the handshake is done."""

    def __init__(self, host: str, path: str, heard: Callable[[Page, bytes], None]) -> None:
        self._host, self._path, self._heard = host, path, heard
        self._unread = b""
        self._line: asyncio.Transport | None = None
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._line = transport
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\nOrigin: http://{self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self.greeted.done():
            head, found, rest = self._unread.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.greeted.set_exception(ConnectionError(head.split(b"\r\n")[0].decode("latin-1")))
                return
            self._unread = rest
            self.greeted.set_result(None)
        while (message := self._message()) is not None:
            self._heard(self, message)

    def _message(self) -> bytes | None:
        """The next whole text message; pings are answered, everything else is passed over."""
        while len(self._unread) >= 2:
            kind, size, head = self._unread[0] & 0x0F, self._unread[1] & 0x7F, 2
            if size >= 126:
                head = 4 if size == 126 else 10
                if len(self._unread) < head:
                    return None
                size = struct.unpack("!H" if head == 4 else "!Q", self._unread[2:head])[0]
            if len(self._unread) < head + size:
                return None
            payload, self._unread = self._unread[head : head + size], self._unread[head + size :]
            if kind == 1:
                return payload
            if kind == 9:
                self._write(0xA, payload)
        return None

    def send(self, text: str) -> None:
        self._write(1, text.encode())

    def _write(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        head = (
            struct.pack("!BB", 0x80 | kind, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x80 | kind, 0xFE, size)
        )
        assert self._line is not None
        self._line.write(head + bytes(4) + payload)  # masked with zeros: legal, and costs nothing

    def close(self) -> None:
        if self._line is not None:
            self._line.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()
        if not self.greeted.done():
            self.greeted.set_exception(ConnectionError("closed in the handshake"))


async def open_pages(
    port: int, path: str, count: int, heard: Callable[[Page, bytes], None], at_once: int = 100
) -> list[Page]:
    """`count` open sockets; raises ConnectionError if one is refused."""
    loop = asyncio.get_running_loop()
    host = f"127.0.0.1:{port}"
    pages: list[Page] = []
    while len(pages) < count:
        some = min(at_once, count - len(pages))
        opened = await asyncio.gather(
            *(loop.create_connection(lambda: Page(host, path, heard), "127.0.0.1", port) for _ in range(some))
        )
        batch = [page for _, page in opened]
        await asyncio.gather(*(page.greeted for page in batch))
        pages += batch
    return pages


async def post(port: int, path: str) -> bytes:
    """POST nothing; the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def server(module: str = "tests.load.server", **environ: str) -> Iterator[tuple[int, int]]:
    """(port, pid) of tests.load.server, or another `module` that wraps it, on daphne with a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="hall-load-") as data:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HALL_")}
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**clean, "HALL_DATA": data, "HALL_SECRET_KEY": secrets.token_hex(32), "HALL_LOG": "", **environ},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline() or 0)
            if not port:
                raise RuntimeError(f"the server ended with code {process.wait()}")
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(20)
            assert process.stdout is not None
            process.stdout.close()


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of `values` lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


now = time.perf_counter
