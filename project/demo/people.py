"""The simulated people 人物 of the player: residents with their phones, the staff at console and desk, the secretary.

Each goes through the doors that real people use: the slip and its form, the open page and its socket, the forms of the
desk. Nothing here reads the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from . import data
from .browser import Browser, Form, Live, Page, PlayError, new_act_id


def agreed(answer: dict[str, Any], who: str, act: str) -> dict[str, Any]:
    """The answer, if it is a yes; raises `PlayError` with what was said instead."""
    if not answer["ok"]:
        raise PlayError(
            _("%(who)s, %(act)s: %(said)s") % {"who": who, "act": act, "said": f"{answer['say']} ({answer['code']})"}
        )
    return answer


def refused(answer: dict[str, Any], who: str, *codes: str) -> str:
    """The sentence of a refusal that the script expects, with one of these codes; raises `PlayError` for another."""
    if answer["ok"] or answer["code"] not in codes:
        raise PlayError(
            _("%(who)s should have been refused (%(codes)s) and was told: %(said)s")
            % {"who": who, "codes": ", ".join(codes), "said": answer["say"]}
        )
    return str(answer["say"])


class Phone:
    """A resident's phone. `slip` is the address on the paper slip."""

    def __init__(self, base: str, name: str, slip: str, *, script: bool = True) -> None:
        self.name, self.slip, self.script = name, slip, script
        self.browser = Browser(base)
        self.live: Live | None = None
        self.page = ""
        self.device = ""

    async def close(self) -> None:
        if self.live is not None:
            await self.live.close()
        await self.browser.close()

    # --- coming ----------------------------------------------------------------------------------------------
    async def scan(self, act: str = "presence.check_in") -> None:
        """Scan the slip and confirm: two taps and in. Another phone's seat is taken over by the other act."""
        asked = await self.browser.get(self.slip)
        form = asked.form(act=act)
        self.device = form.fields["device"]
        await self._arrive(await self.browser.submit(asked, form))

    async def come_as_guest(self, code: str) -> None:
        """In by the open code, without a slip."""
        door = await self.browser.get(f"m/{code}/")
        form = next(each for each in door.forms if each.action.endswith("/guest"))
        self.device = new_act_id() + new_act_id()
        await self._arrive(await self.browser.submit(door, form, device=self.device))

    async def _arrive(self, page: Page) -> None:
        self.page = urlsplit(page.url).path
        if not self.page.startswith("/s/"):
            raise PlayError(_("%(who)s scanned the slip and came to %(page)s.") % {"who": self.name, "page": self.page})
        if self.script:
            self.live = Live(self.browser, f"/ws{self.page}", self.device)
            await self.live.open()

    async def reconnect(self) -> None:
        """The line is lost and comes back; the page goes on from what it showed."""
        live = self._live()
        await live.drop()
        await live.open()

    def _live(self) -> Live:
        if self.live is None:
            raise PlayError(_("%(page)s is not connected.") % {"page": self.name})
        return self.live

    # --- doing -----------------------------------------------------------------------------------------------
    async def try_to(self, act: str, act_id: str = "", **fields: Any) -> dict[str, Any]:
        """Do an act over the socket, or by the form where the phone runs no script; the answer, yes or no."""
        if self.live is not None:
            return await self.live.do(act, fields, act_id)
        return await self.by_form(act, act_id, **fields)

    async def by_form(self, act: str, act_id: str = "", **fields: Any) -> dict[str, Any]:
        """The same by the form door."""
        data = {name: str(value) for name, value in fields.items()}
        return await self.browser.act(
            f"{self.page}do", {**data, "act": act, "act_id": act_id or new_act_id(), "device": self.device}
        )

    async def do(self, act: str, **fields: Any) -> None:
        """Do an act that is to succeed."""
        agreed(await self.try_to(act, **fields), self.name, act)

    async def ask_to_speak(self, kind: str, stance: str) -> None:
        """On the list: by the page that asks how, as every phone can."""
        asked = await self.browser.get(f"{self.page}speak/")
        if stance:
            form, more = asked.form(act="floor.request", kind=kind), {"stance": stance}
        else:
            form, more = asked.form(act="floor.request"), {"kind": kind}
        await self.do("floor.request", **{"kind": kind, **_own(form), **more})

    async def withdraw(self) -> None:
        """Off the list again, with the number that the page knows."""
        page = await self.browser.get(self.page)
        await self.do("floor.withdraw", **_own(page.form(act="floor.withdraw")))

    async def write(self, kind: str, text: str, signed: bool) -> None:
        """A question or comment."""
        await self.do("remark.post", kind=kind, text=text, signed="1" if signed else "")

    # --- voting ----------------------------------------------------------------------------------------------
    async def ballots(self, count: int = 1) -> list[Form]:
        """The ballots that the page offers, once they are there: one's own first."""
        if self.live is None:
            return _ballots(await self.browser.get(self.page))
        await self.live.until(lambda parts: len(_offered(parts)) >= count, "ballot")
        return _offered(self.live.parts)

    async def vote(self, ballot: Form, choice: str, act_id: str = "") -> dict[str, Any]:
        """Cast a ballot that the page offers; without a script by way of the page that asks once more."""
        if self.live is not None:
            return await self.live.do("vote.cast", {**ballot.fields, "choice": choice}, act_id)
        page = await self.browser.get(self.page)
        asked = await self.browser.submit(page, ballot, choice=choice)
        return await self.browser.act(f"{self.page}do", asked.form(act="vote.cast", choice=choice).fields)


def _own(form: Form) -> dict[str, str]:
    """What a form says of the act itself."""
    return {name: value for name, value in form.fields.items() if name not in {"act", "act_id", "device", "next"}}


def _ballots(page: Page) -> list[Form]:
    """The forms of ballots not yet cast: one button for each choice."""
    forms = (form for form in page.forms if {"vote", "mandate", "base"} <= set(form.fields))
    return [form for form in forms if "choice" in dict(form.buttons) and form.fields["base"] == "0"]


def _offered(parts: Any) -> list[Form]:
    return _ballots(Page(parts.get("now", "") + parts.get("me", "")))


class Staff:
    """Someone of the staff, signed in by the demo's button, at one of the live pages."""

    def __init__(self, base: str, door: str, name: str) -> None:
        self.door, self.name = door, name
        self.browser = Browser(base)
        self.url = ""
        self.live: Live | None = None

    async def enter(self) -> Page:
        """Through the door, signed in; the page behind it."""
        button = await self.browser.get(f"demo/enter/{self.door}/")
        pressed = next(form for form in button.forms if form.method == "post" and not form.action)
        page = await self.browser.submit(button, pressed)
        self.url = urlsplit(page.url).path
        return page

    async def connect(self) -> None:
        """Open the page's socket."""
        self.live = Live(self.browser, f"/ws{self.url}")
        await self.live.open()

    async def close(self) -> None:
        if self.live is not None:
            await self.live.close()
        await self.browser.close()

    async def do(self, act: str, **fields: Any) -> None:
        """Do an act over the socket that is to succeed."""
        assert self.live is not None
        agreed(await self.live.do(act, fields), self.name, act)


class Console(Staff):
    """A facilitator at the console."""


class Operator(Console):
    """The second operator: has the wall open, and works on a console beside it."""

    wall: Live | None = None
    wall_url = ""

    async def enter(self) -> Page:
        page = await super().enter()
        self.wall_url, self.url = self.url, self.url.replace("/wall/", "/console/")
        return page

    async def connect(self) -> None:
        await super().connect()
        self.wall = Live(self.browser, f"/ws{self.wall_url}")
        await self.wall.open()

    async def close(self) -> None:
        if self.wall is not None:
            await self.wall.close()
        await super().close()

    async def wall_shows(self, *words: str) -> None:
        """Wait until the wall's stage shows all these words."""
        assert self.wall is not None
        await self.wall.shows(*words, part="stage")

    async def _list(self, ask: str) -> list[Page]:
        """The entries of one of the console's lists."""
        page = await self.browser.get(f"{self.url}?ask={ask}")
        return [Page("<li" + entry.split("</li>")[0]) for entry in page.html.split("<li")[1:]]

    async def queue(self) -> dict[str, int]:
        """Who waits to speak, by name, with the number of the request."""
        found = {}
        for entry in await self._list("queue"):
            calls = [form for form in entry.forms if form.fields.get("act") == "floor.call"]
            if calls:
                found[entry.text.split("|")[1]] = int(calls[0].fields["request"])
        return found

    async def number_of(self, text: str, author: str) -> int:
        """The number of a remark, from the list of all of them."""
        text = "".join(text.split())
        for entry in await self._list("remarks"):
            if text in entry.text and author in entry.text:
                for form in entry.forms:
                    if "remark" in form.fields:
                        return int(form.fields["remark"])
        raise PlayError(_("The console does not list: %(text)s") % {"text": text})


class Desk(Staff):
    """A helper at the desk: finds a person among the doors, then presses a button of that person's page."""

    def __init__(self, base: str, door: str, name: str) -> None:
        super().__init__(base, door, name)
        self._people: list[tuple[str, str]] = []

    async def enter(self) -> Page:
        page = await super().enter()
        links = page.links + (await self.browser.get(page.link("show=others"))).links
        self._people = [(href, text) for href, text in links if href.startswith("?seat=")]
        return page

    def _address(self, *words: str) -> str:
        """The address of the person whose line in the list holds these words."""
        for href, text in self._people:
            if all(word in text.split() for word in words):
                return self.url + href
        raise PlayError(_("The desk does not list %(who)s.") % {"who": " ".join(words)})

    def seat_of(self, *words: str) -> str:
        """The seat in that address."""
        return self._address(*words).partition("?seat=")[2]

    async def page_of(self, *words: str, step: str = "") -> Page:
        """A person's page, or the one that enters something for them."""
        return await self.browser.get(self._address(*words) + (f"&do={step}" if step else ""))

    async def _press(self, page: Page, who: str, wanted: dict[str, str], **more: str) -> None:
        form = page.form(**wanted)
        agreed(await self.browser.act(f"{self.url}../do", {**form.fields, **more}), who, wanted["act"])

    async def arrive(self, who: str, where: str, channel: str) -> None:
        """Check someone in, at the desk or on the tablet."""
        page = await self.page_of(where, who) if where else await self.page_of(who)
        await self._press(page, who, {"act": "presence.arrive_for", "channel": channel})

    async def register_proxy(self, principal: tuple[str, str], holder: tuple[str, str]) -> None:
        """Enter a written proxy; the holder is in the hall."""
        page = await self.page_of(*principal, step="proxy")
        await self._press(page, principal[1], {"act": "proxy.register"}, holder=self.seat_of(*holder), paper="1")

    async def ask_to_speak(self, words: tuple[str, ...], kind: str, stance: str) -> None:
        """Put someone on the list."""
        page = await self.page_of(*words, step="speak")
        await self._press(page, words[-1], {"act": "floor.request_for", "kind": kind, "stance": stance})

    async def write(self, words: tuple[str, ...], kind: str, text: str, signed: bool) -> None:
        """Write down a question or comment for someone."""
        page = await self.page_of(*words, step="remark")
        more = {"kind": kind, "text": text, "signed": "1" if signed else ""}
        await self._press(page, words[-1], {"act": "remark.post_for"}, **more)

    async def vote(self, words: tuple[str, str], choice: str) -> None:
        """Enter a ballot: chosen on one page, read back and confirmed on the next."""
        person = await self.page_of(*words)
        ballot = await self.browser.get(person.link("do=vote"))
        aloud = await self.browser.submit(ballot, ballot.form(do="vote"), choice=choice)
        await self._press(aloud, words[-1], {"act": "vote.cast_for", "choice": choice})


class Everyone:
    """All who take part: the staff, the residents' phones by household, and the few other phones."""

    def __init__(self, base: str, slips: Mapping[int, str], say: Callable[[str], None]) -> None:
        self.base, self.slips, self._say = base, slips, say
        self.moment = data.at("14:30")
        self.chair = Console(base, "console", data.CHAIR)
        self.operator = Operator(base, "wall", data.OPERATOR)
        self.desk = Desk(base, "desk", data.SECRETARY)
        self.secretary = Staff(base, "documents", data.SECRETARY)
        self.visitor = Phone(base, _("a visitor"), "")
        self.phones: dict[int, Phone] = {}
        self.others: list[Phone] = [self.visitor]  # old phones and those of relatives

    def say(self, text: str) -> None:
        """One line for the person who watches, with the hall's time."""
        self._say(f"{localtime(self.moment):%H:%M:%S}  {text}")

    async def close(self) -> None:
        """All go home."""
        people: list[Phone | Staff] = [self.chair, self.operator, self.desk, self.secretary]
        await asyncio.gather(*(person.close() for person in [*people, *self.phones.values(), *self.others]))
