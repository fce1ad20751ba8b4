"""What the tests of the live room stand on: screens without templates, lines without a server, pauses without time."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar
from uuid import UUID, uuid4

from sessions.live.fast import Sent
from sessions.live.hub import REREAD, TICK, Hub
from sessions.live.pictures import BALLOT, PHONE, Pictures
from sessions.live.room import Socket
from sessions.live.wire import Message

P = ParamSpec("P")
T = TypeVar("T")


class Screens:
    """A meeting of numbers: `state` is what stands on the screens, `revision` how often it was written."""

    def __init__(self) -> None:
        self.revision = 1
        self.state = {"now": "item 1", "turnout": 0}
        self.vote = ""
        self.balloting: set[UUID] = set()
        self.marks: dict[UUID, str] = {}
        self.renders: Counter[tuple[str, str]] = Counter()
        self.sorts = 0
        self.broken = False
        self.during: Callable[[], None] = lambda: None  # happens while a screen is being rendered

    def commit(self, **changes: Any) -> None:
        self.state.update(changes)
        self.revision += 1

    def rev(self, stream: UUID) -> int:
        return self.revision

    def parts(self, stream: UUID, audience: str, language: str) -> Mapping[str, str]:
        self.renders[audience, language] += 1
        if self.broken:
            raise RuntimeError("a template is broken")
        found = {"now": f"<p id=now>{self.state['now']}</p>", "top": "<p id=top></p>"}
        if audience not in {PHONE, BALLOT}:
            found["turnout"] = f"<p id=turnout>{self.state['turnout']}</p>"
        if audience == BALLOT:
            found["ballot"] = f"<form id=ballot>{self.vote}</form>"
        self.during()
        return found

    def me(self, seat: UUID, device: str, language: str) -> str:
        return f"<p id=me>{self.marks.get(seat, '')} {device[:4]}</p>"

    def sorting(self, stream: UUID) -> str:
        return self.vote

    def sort(self, stream: UUID) -> Mapping[UUID, str]:
        self.sorts += 1
        return dict.fromkeys(self.balloting, BALLOT)

    def concerns(self, stream: UUID) -> Mapping[UUID, str]:
        return dict(self.marks)


class Line:
    """A way out that keeps what was sent; `busy` while the client does not read."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.busy = False
        self.dead = False
        self.arrived = asyncio.Event()

    def push(self, message: Message) -> Sent:
        if self.dead:
            return Sent.GONE
        if self.busy:
            return Sent.LATER
        self.got.extend(json.loads(text) for text in message.texts)
        self.arrived.set()
        return Sent.DONE

    def drop(self) -> None:
        self.dead = True

    def taken(self) -> list[dict[str, Any]]:
        """What has come since the last look."""
        got, self.got = self.got, []
        return got


class Here:
    """Reads at once, in the event loop."""

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    async def stop(self) -> None:
        pass


class Pauses:
    """Pauses that end when the test says so."""

    def __init__(self) -> None:
        self._waiting: dict[float, list[asyncio.Future[None]]] = {}

    async def __call__(self, seconds: float) -> None:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(seconds, []).append(over)
        await over

    async def end(self, seconds: float) -> None:
        for over in self._waiting.pop(seconds, []):
            if not over.done():
                over.set_result(None)
        await settle()


async def settle() -> None:
    """Let the event loop do all it can do without time passing."""
    for _ in range(30):
        await asyncio.sleep(0)


class Stage:
    """A hub of one meeting, its screens and its clock."""

    def __init__(self, layer: Any = None) -> None:
        self.stream = uuid4()
        self.screens = Screens()
        self.pauses = Pauses()
        self.deaths = 0
        self.hub = Hub(
            Pictures(self.screens), layer=layer, frames=Here(), people=Here(), pause=self.pauses, die=self._died
        )

    def _died(self) -> None:
        self.deaths += 1

    def socket(self, audience: str = PHONE, *, language: str = "en", seat: UUID | None = None) -> tuple[Socket, Line]:
        line = Line()
        if audience == PHONE and seat is None:
            seat = uuid4()
        socket = Socket(self.stream, audience, language, line, seat)
        self.hub.enter(socket)
        return socket, line

    async def page(
        self, audience: str = PHONE, *, have: int = 0, language: str = "en", seat: UUID | None = None
    ) -> tuple[Socket, Line]:
        """An open page that has said what it shows and been served."""
        socket, line = self.socket(audience, language=language, seat=seat)
        self.hub.greet(socket, have)
        await settle()
        await self.tick()
        return socket, line

    async def tick(self) -> None:
        """The time between two frames goes by."""
        await self.pauses.end(TICK)

    async def reread(self) -> None:
        """The time goes by after which a lost poke has healed."""
        await self.pauses.end(REREAD)

    async def commit(self, **changes: Any) -> None:
        self.screens.commit(**changes)
        self.hub.told(self.stream, self.screens.revision)
        await settle()
