"""A small browser 浏览器 for the player: pages with their links and forms, cookies, and the sockets of live pages.

It uses what every visitor's browser uses, and nothing else of the product. A page is read as a browser without a script
reads it; a `Live` page also holds its socket and keeps what it was sent.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import aiohttp
from django.utils.translation import gettext as _

PATIENCE = 20.0  # seconds for an answer or a frame; a busy laptop needs a few
AGAIN = 1.05  # seconds until someone who was too fast presses once more
TOO_FAST = "too_fast"


class PlayError(Exception):
    """Something was not as the script has it, in one sentence."""


@dataclass
class Form:
    """A form of a page: where it goes, what it sends by itself, and its buttons (name, value)."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """An HTML page or part: `forms`, `links` (href and text), and the text a reader sees."""

    def __init__(self, html: str, url: str = "") -> None:
        super().__init__()
        self.html, self.url = html, url
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._words: list[str] = []
        self._link: list[str] | None = None
        self._choice = ""
        self._silent = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag in {"script", "style", "symbol", "template"}:
            self._silent += 1
        elif tag == "a":
            self._link = []
            self.links.append((at.get("href", ""), ""))
        elif tag == "form":
            self.forms.append(Form(at.get("method", "get").lower(), at.get("action", "")))
        elif self.forms and tag in {"input", "textarea"}:
            self._input(self.forms[-1], at)
        elif self.forms and tag == "button":
            self.forms[-1].buttons.append((at.get("name", ""), at.get("value", "")))

    def _input(self, form: Form, at: Mapping[str, str]) -> None:
        name, kind = at.get("name", ""), at.get("type", "text")
        if name and (kind not in {"radio", "checkbox"} or "checked" in at):
            form.fields[name] = at.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "symbol", "template"}:
            self._silent -= 1
        elif tag == "a" and self._link is not None:
            href, _text = self.links[-1]
            self.links[-1] = (href, " ".join(" ".join(self._link).split()))
            self._link = None

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)
            if self._link is not None:
                self._link.append(data)

    @property
    def text(self) -> str:
        """What is read, without spaces, a bar between two elements: so that 3 742.21 is found as 3742.21."""
        words = (re.sub(r"\s+", "", word) for word in self._words)
        return "|".join(word for word in words if word)

    def form(self, **wanted: str) -> Form:
        """The first form that sends all of `wanted` by itself; raises `PlayError`."""
        for form in self.forms:
            if all(form.fields.get(name) == value for name, value in wanted.items()):
                return form
        raise PlayError(_("The page %(url)s has no form for %(wanted)s.") % {"url": self.url, "wanted": wanted})

    def link(self, *parts: str) -> str:
        """The address of the first link that holds all `parts` in its address or text; raises `PlayError`."""
        for href, text in self.links:
            if all(part in href or part in text for part in parts):
                return urljoin(self.url, href)
        raise PlayError(_("The page %(url)s has no link to %(wanted)s.") % {"url": self.url, "wanted": " ".join(parts)})


def _unexpected(answer: aiohttp.ClientResponse) -> PlayError:
    return PlayError(_("%(url)s answers %(status)s.") % {"url": answer.url.path, "status": answer.status})


class Browser:
    """One person's browser, with its own cookies."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # a hall's address may be a number
            timeout=aiohttp.ClientTimeout(total=4 * PATIENCE),
        )

    async def close(self) -> None:
        await self._session.close()

    async def get(self, address: str, expected: int = 200) -> Page:
        """A page by its address, redirections followed; raises `PlayError` for another status."""
        async with self._session.get(urljoin(self.base, address)) as answer:
            return await self._page(answer, expected)

    async def bytes_of(self, address: str) -> bytes:
        """A file."""
        async with self._session.get(urljoin(self.base, address)) as answer:
            if answer.status != 200:
                raise _unexpected(answer)
            return await answer.read()

    async def submit(self, page: Page, form: Form, expected: int = 200, **more: str) -> Page:
        """Send a form as a browser without a script does, and read the page it leads to."""
        address = urljoin(page.url or self.base, form.action)
        data = {**form.fields, **more}
        if form.method == "get":
            async with self._session.get(address, params=data) as answer:
                return await self._page(answer, expected)
        async with self._session.post(address, data=data, headers=self._from_here()) as answer:
            return await self._page(answer, expected)

    async def upload(self, address: str, name: str, file: bytes) -> Page:
        """Send a file."""
        form = aiohttp.FormData()
        form.add_field("file", file, filename=name, content_type="application/pdf")
        async with self._session.post(urljoin(self.base, address), data=form, headers=self._from_here()) as answer:
            return await self._page(answer, 200)

    async def act(self, address: str, data: Mapping[str, str]) -> dict[str, Any]:
        """Send an act by the form door, as a script does whose socket is down; who was too fast presses once more."""
        while True:
            headers = {**self._from_here(), "Accept": "application/json"}
            async with self._session.post(urljoin(self.base, address), data=data, headers=headers) as answer:
                if answer.content_type != "application/json":
                    raise _unexpected(answer)
                found: dict[str, Any] = await answer.json()
            if found["code"] != TOO_FAST:
                return found
            await asyncio.sleep(AGAIN)

    async def post(self, address: str, data: Mapping[str, str], **headers: str) -> int:
        """Send plain fields; the status."""
        async with self._session.post(urljoin(self.base, address), data=data, headers=headers) as answer:
            return answer.status

    async def socket(self, path: str) -> aiohttp.ClientWebSocketResponse:
        """Open a socket of this site."""
        return await self._session.ws_connect(
            urljoin(self.base, path),
            headers=self._from_here(),
            max_msg_size=1 << 20,
            timeout=aiohttp.ClientWSTimeout(ws_close=2),
        )

    def _from_here(self) -> dict[str, str]:
        return {"Origin": self.base.rstrip("/")}

    async def _page(self, answer: aiohttp.ClientResponse, expected: int) -> Page:
        html = await answer.text()
        if answer.status != expected:
            raise _unexpected(answer)
        return Page(html, str(answer.url))


class Live:
    """An open live page: its parts as they are now, and the acts sent over its socket."""

    def __init__(self, browser: Browser, path: str, device: str = "") -> None:
        self.browser, self.path, self.device = browser, path, device
        self.parts: dict[str, str] = {}
        self.rev = 0
        self._named: set[str] = set()
        self._line: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._changed = asyncio.Event()

    async def open(self) -> None:
        """Connect and say what the page shows."""
        self._line = await self.browser.socket(self.path)
        self._reader = asyncio.create_task(self._read(self._line))
        await self._line.send_str(json.dumps({"have": self.rev, "device": self.device}))

    async def drop(self) -> None:
        """The network is gone: no good-bye is said, and nothing that is under way is heard."""
        if self._reader is not None:
            self._reader.cancel()
        if self._line is not None:
            self._line.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._line = self._reader = None
        self._answers.clear()

    async def close(self) -> None:
        if self._line is not None:
            await self._line.close()
        if self._reader is not None:
            self._reader.cancel()

    async def _read(self, line: aiohttp.ClientWebSocketResponse) -> None:
        async for message in line:
            if message.type == aiohttp.WSMsgType.TEXT:
                self._heard(json.loads(message.data))

    def _heard(self, message: dict[str, Any]) -> None:
        if "parts" in message:
            self.parts.update(message["parts"])
            self._named.update(message["parts"])
            if not message.get("more"):
                if message["base"] == 0:
                    named = self._named | {"me"}
                    self.parts = {name: html for name, html in self.parts.items() if name in named}
                self._named.clear()
                self.rev = message["rev"]
        if "me" in message:
            self.parts["me"] = message["me"]
        waiting = self._answers.pop(message.get("act", ""), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
        self._changed.set()

    async def send(self, act: str, act_id: str, fields: Mapping[str, Any]) -> asyncio.Future[dict[str, Any]]:
        """Send an act; the future is its answer, if the line lives."""
        if self._line is None:
            raise PlayError(_("%(page)s is not connected.") % {"page": self.path})
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[act_id] = future
        await self._line.send_str(json.dumps({"do": act, "id": act_id, "with": dict(fields)}))
        return future

    async def do(self, act: str, fields: Mapping[str, Any], act_id: str = "") -> dict[str, Any]:
        """Do an act and wait for its answer; who was too fast presses once more."""
        act_id = act_id or new_act_id()
        while True:
            waiting = await self.send(act, act_id, fields)
            try:
                answer = await asyncio.wait_for(waiting, PATIENCE)
            except TimeoutError:
                raise PlayError(_("No answer came to %(act)s.") % {"act": act}) from None
            if answer["code"] != TOO_FAST:
                return answer
            await asyncio.sleep(AGAIN)

    async def until(self, met: Callable[[Mapping[str, str]], bool], what: str) -> None:
        """Wait until the parts are as they should be; raises `PlayError` with `what` was awaited."""
        end = asyncio.get_running_loop().time() + PATIENCE
        while not met(self.parts):
            self._changed.clear()
            left = end - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._changed.wait(), max(0.0, left))
            except TimeoutError:
                raise PlayError(_("%(page)s never showed: %(what)s.") % {"page": self.path, "what": what}) from None

    async def shows(self, *words: str, part: str = "") -> None:
        """Wait until the page, or one part of it, shows all these words."""

        def met(parts: Mapping[str, str]) -> bool:
            text = Page("".join(html for name, html in parts.items() if part in ("", name))).text
            return all(word in text for word in words)

        await self.until(met, " · ".join(words))


def new_act_id() -> str:
    """An id that a page gives to one press."""
    return secrets.token_urlsafe(12)
