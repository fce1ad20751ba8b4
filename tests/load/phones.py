"""A crowd of phones that vote over a bad network, through both doors, with every act sent until it is answered.

What the network loses here: requests that never leave, answers that nobody hears, lines that break right after a
ballot was sent. A phone sends the same act again under the same id, as the pages' own script does.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from .client import Page

CHOICES = ("for", "against", "abstain")
PATIENCE = 60.0  # seconds a phone waits for one answer
LOST_REQUEST, LOST_ANSWER, BROKEN_LINE = 0.15, 0.2, 0.1
BY_FORM, BOTH_DOORS, SECOND_THOUGHTS = 0.2, 0.25, 0.3

ONCE_MORE = {"too_fast", "busy"}  # "please press once more": the phone does, under the same id
Told = dict[str, Any]


@dataclass
class Press:
    """One act of casting: its id, the choice, the revision it changes, and what the phone has heard of it."""

    act_id: str
    choice: str
    base: int
    heard: Told | None = None
    sent: int = 0


class Phone:
    """A resident's phone that holds its seat, with a socket and a form."""

    def __init__(self, base: str, seat: str, link: str, device: str, number: int, forms: aiohttp.ClientSession) -> None:
        self.base, self.seat, self.link, self.device, self.number = base, seat, link, device, number
        self.dice = random.Random(f"phone {number}")
        self.presses: list[Press] = []
        self.parts: dict[str, str] = {}  # what the page shows
        self.failures = 0  # how often a door failed, or the hall was too busy
        self._changed = asyncio.Event()
        self._forms = forms
        self._page: Page | None = None
        self._answers: dict[str, list[asyncio.Future[Told]]] = {}

    # --- the two doors ---------------------------------------------------------------------------------------
    async def connect(self) -> None:
        """Open the page's socket; raises OSError."""
        host, port = self.base.removeprefix("http://").split(":")
        loop = asyncio.get_running_loop()
        path = f"/ws/s/{self.link}/"
        _, page = await loop.create_connection(lambda: Page(f"{host}:{port}", path, self._heard), host, int(port))
        await asyncio.wait_for(page.greeted, PATIENCE)
        self._page = page
        page.send(json.dumps({"have": 0, "device": self.device}))

    def hang_up(self) -> None:
        if self._page is not None:
            self._page.close()
            self._page = None

    def _heard(self, _page: Page, text: bytes) -> None:
        if b'"parts"' in text[:80]:
            self.parts.update(json.loads(text)["parts"])
            self._changed.set()
        elif text.startswith(b'{"act"'):
            answer = json.loads(text)
            for waiting in self._answers.pop(answer["act"], []):
                if not waiting.done():
                    waiting.set_result(answer)

    async def come_back(self) -> None:
        """Open the socket again, if it was lost."""
        if self._page is None or self._page.closed.is_set():
            await self.connect()

    async def shows(self, *words: str) -> None:
        """Wait until the page shows all these words."""
        while not all(any(word in html for html in self.parts.values()) for word in words):
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), PATIENCE)

    async def by_socket(self, press: Press, *, breaks: bool = False) -> Told | None:
        """The answer, None if the line was lost before it came."""
        try:
            await self.come_back()
        except OSError:
            return None
        page = self._page
        assert page is not None
        waiting: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._answers.setdefault(press.act_id, []).append(waiting)
        page.send(json.dumps({"do": "vote.cast", "id": press.act_id, "with": self._fields(press)}))
        if breaks:
            self.hang_up()
            return None
        gone = asyncio.ensure_future(page.closed.wait())
        await asyncio.wait({waiting, gone}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        return waiting.result() if waiting.done() else None

    async def by_form(self, press: Press) -> Told | None:
        """The same by the form door."""
        data = {**self._fields(press), "act": "vote.cast", "act_id": press.act_id, "device": self.device}
        try:
            async with self._forms.post(
                f"{self.base}/s/{self.link}/do",
                data=data,
                headers={"Accept": "application/json", "Origin": self.base},
            ) as answer:
                if answer.status != 200:
                    self.failures += 1
                    return None
                told: Told = await answer.json()
                return told
        except (aiohttp.ClientError, OSError):
            return None

    @staticmethod
    def _fields(press: Press) -> dict[str, str]:
        return {"vote": "1-1", "mandate": "0", "choice": press.choice, "base": str(press.base)}

    # --- voting ----------------------------------------------------------------------------------------------
    async def send(self, press: Press, times: int) -> None:
        """Send an act until its answer is heard, at most so many times."""
        while press.heard is None and press.sent < times:
            press.sent += 1
            if self.dice.random() < LOST_REQUEST:
                continue
            if self.dice.random() < BROKEN_LINE:
                await self.by_socket(press, breaks=True)
                continue
            doors: list[Awaitable[Told | None]] = []
            by_form = self.dice.random() < BY_FORM
            both = self.dice.random() < BOTH_DOORS
            if by_form or both:
                doors.append(self.by_form(press))
            if not by_form or both:
                doors.append(self.by_socket(press))
            answers = [answer for answer in await asyncio.gather(*doors) if answer]
            self.failures += sum(answer["code"] == "busy" for answer in answers)
            told = [answer for answer in answers if answer["code"] not in ONCE_MORE]
            assert len({answer["code"] for answer in told}) <= 1, told
            if told and self.dice.random() >= LOST_ANSWER:
                press.heard = told[0]

    async def vote(self, times: int) -> None:
        """Cast a ballot, and perhaps change one's mind when it is in."""
        first, second = self.dice.sample(CHOICES, 2)
        self.presses = [Press(f"ballot-{self.number:06d}", first, 0)]
        await self.send(self.presses[0], times)
        heard = self.presses[0].heard
        if heard and heard["ok"] and self.dice.random() < SECOND_THOUGHTS:
            self.presses.append(Press(f"change-{self.number:06d}", second, 1))
            await self.send(self.presses[1], times)

    async def ask_again(self) -> None:
        """What became of an act of which nothing was heard? Sent once more under its id, it is answered in truth."""
        for press in self.presses:
            if press.heard is None and press.sent:
                press.heard = await self.by_form(press)
                assert press.heard is not None

    # --- what must be true -----------------------------------------------------------------------------------
    def acknowledged(self) -> str:
        """The choice that stands by what this phone was told; "" if it was told that none is counted."""
        counted = [press.choice for press in self.presses if press.heard and press.heard["ok"]]
        return counted[-1] if counted else ""


@dataclass
class Crowd:
    """All phones of a hall."""

    phones: list[Phone]

    async def connect(self, at_once: int = 50) -> None:
        for start in range(0, len(self.phones), at_once):
            await asyncio.gather(*(phone.connect() for phone in self.phones[start : start + at_once]))

    async def vote(
        self, times: int, *, middle: Callable[[], Awaitable[None]], gates: Sequence[asyncio.Event] = ()
    ) -> None:
        """All vote; when a quarter has been answered, `middle` happens. Of 8 phones, one waits for each gate."""
        answered, quarter = 0, asyncio.Event()

        async def one(phone: Phone) -> None:
            nonlocal answered
            if phone.number % 8 < len(gates):
                await gates[phone.number % 8].wait()
            await phone.vote(times)
            answered += 1
            if answered * 4 >= len(self.phones):
                quarter.set()

        async def then() -> None:
            await quarter.wait()
            await middle()

        async with asyncio.TaskGroup() as group:
            group.create_task(then())
            for phone in self.phones:
                group.create_task(one(phone))

    async def shows(self, *words: str) -> None:
        """All come back, and all see it."""
        await asyncio.gather(*(phone.come_back() for phone in self.phones))
        await asyncio.gather(*(phone.shows(*words) for phone in self.phones))

    def hang_up(self) -> None:
        for phone in self.phones:
            phone.hang_up()
