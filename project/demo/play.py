"""The player 演示: simulated residents live through agenda item one, from check-in to published minutes.

They come through the public doors alone (people.py); the hall's clock is stepped to each instant of the script and
stands still while something is done, so every entry bears exactly its scripted time. Between two instants the clock
runs `speed` times as fast as a real one; a quick play leaves that out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import aiohttp
from django.utils.translation import gettext as _

from sessions.halls.access import slip_token
from sessions.halls.names import masked
from sessions.meetings.models import Meeting, Presence
from sessions.meetings.models import Remark as RemarkRow
from voting.reads.words import CHANNELS

from . import data, ending, script
from .browser import PlayError
from .clock import end_play, new_play_key
from .data import Home
from .load import demo_meeting, seats_by_door
from .pacing import Event, HallClock
from .people import Everyone, Phone, refused
from .polling import Polling
from .script import ITEM, Remark, Speech

Say = Callable[[str], None]


class Play:
    """One play of item one."""

    def __init__(self, everyone: Everyone, clock: HallClock) -> None:
        self.all, self.clock = everyone, clock

    async def run(self) -> None:
        """Play it all; raises `PlayError` at the first thing that is not as scripted."""
        try:
            for event in sorted(self._events(), key=lambda each: each.at):
                await self.clock.to(event.at)
                self.all.moment = event.at
                await event.do()
        finally:
            await self.all.close()

    def _events(self) -> list[Event]:
        return [
            *self._arriving(),
            *self._sitting(),
            *self._floor(),
            *self._remarks(),
            *Polling(self.all).events(),
            *self._ending(),
        ]

    # --- arriving --------------------------------------------------------------------------------------------
    def _arriving(self) -> list[Event]:
        at = data.at
        return [
            Event(at("14:30"), self._staff_comes),
            *(Event(moment, partial(self._comes, each)) for moment, each in script.arrivals()),
            Event(at("14:41"), self._reconnect),
            Event(at("14:42"), self._change_phone),
            Event(at("14:43"), self._visitor_comes),
            *(Event(moment, partial(self._official_comes, name)) for moment, name in script.officials()),
            *(Event(moment, partial(self._proxy, giver, holder)) for moment, giver, holder in script.proxies()),
        ]

    async def _staff_comes(self) -> None:
        wall = await self.all.operator.enter()
        if data.meeting()["meeting"]["join_code"] not in wall.text:
            raise PlayError(_("The wall does not show the code of the meeting."))
        await self.all.chair.enter()
        await self.all.desk.enter()
        for person in (self.all.chair, self.all.operator):
            await person.connect()
        await self.all.operator.do("meeting.open_check_in")
        self.all.say(_("Check-in is open; the staff are at wall, console and desk."))

    async def _comes(self, home: Home) -> None:
        if home.channel == "phone":
            phone = Phone(self.all.base, home.name, self.all.slips[home.no], script=home.no not in script.NO_SCRIPT)
            self.all.phones[home.no] = phone
            await phone.scan()
        else:
            await self.all.desk.arrive(home.name, home.door, home.channel)
        self.all.say(_("%(door)s %(who)s is here (%(how)s).") % _told(home))

    async def _reconnect(self) -> None:
        for no in script.faults("reconnects"):
            await self.all.phones[no].reconnect()
        self.all.say(_("Three phones lost the network and are back."))

    async def _change_phone(self) -> None:
        no = script.fault("changed_phone")
        old = self.all.phones[no]
        self.all.others.append(old)
        new = self.all.phones[no] = Phone(self.all.base, old.name, self.all.slips[no])
        await new.scan("presence.take_over")
        refused(await old.try_to("remark.post", kind="comment", text="?", signed=""), old.name, "seat.elsewhere")
        self.all.say(_("%(who)s goes on with another phone; the old one only looks on.") % {"who": masked(old.name)})

    async def _visitor_comes(self) -> None:
        await self.all.visitor.come_as_guest(data.meeting()["meeting"]["join_code"])
        self.all.say(_("A visitor has come in by the open code."))

    async def _official_comes(self, name: str) -> None:
        await self.all.desk.arrive(name, "", "desk")
        self.all.say(_("%(who)s, in attendance, is seated.") % {"who": name})

    async def _proxy(self, giver: Home, holder: Home) -> None:
        await self.all.desk.register_proxy((giver.door, giver.name), (holder.door, holder.name))
        self.all.say(
            _("Written proxy: %(giver)s to %(holder)s.") % {"giver": masked(giver.name), "holder": masked(holder.name)}
        )

    # --- the sitting -----------------------------------------------------------------------------------------
    def _sitting(self) -> list[Event]:
        return [
            Event(data.timeline("开会、宣读规则"), self._begin),
            Event(data.timeline("法定人数 46/60 写入记录"), self._quorum),
            Event(data.timeline("议题一"), self._item),
            Event(script.extended(), self._extend),
            Event(script.list_closed(), self._close_list),
        ]

    async def _begin(self) -> None:
        await self.all.chair.do("meeting.begin")
        self.all.say(_("The meeting begins."))

    async def _quorum(self) -> None:
        await self.all.chair.do("meeting.quorum")
        told = data.meeting()["electorates"][0]
        await self.all.operator.wall_shows(str(told["present"]), str(told["entitled"]))
        self.all.say(
            _("Quorum: %(here)s of %(of)s households are here.") % {"here": told["present"], "of": told["entitled"]}
        )

    async def _item(self) -> None:
        await self.all.operator.do("item.start", item=ITEM)
        self.all.say(_("Item one: %(title)s") % {"title": data.meeting()["agenda"][0]["title"]})

    async def _extend(self) -> None:
        await self.all.operator.do("floor.extend")
        self.all.say(_("30 seconds more for the speaker."))

    async def _close_list(self) -> None:
        await self.all.operator.do("floor.close_list")
        self.all.say(_("The list of speakers is closed."))

    # --- the floor -------------------------------------------------------------------------------------------
    def _floor(self) -> list[Event]:
        events = [Event(script.QUEUED, self._nine_wait), Event(script.WITHDRAWS, self._withdraw)]
        events.append(Event(script.QUEUED - timedelta(seconds=60), self._asks_in_vain))
        for speech in script.speeches():
            events += [
                Event(speech.asks, partial(self._ask, speech)),
                Event(speech.begins, partial(self._call, speech)),
                Event(speech.ends, partial(self._end, speech)),
            ]
        return events

    async def _ask(self, speech: Speech) -> None:
        words = (speech.home.door, speech.name) if speech.home else (speech.name,)
        if speech.by_desk:
            await self.all.desk.ask_to_speak(words, speech.kind, speech.stance)
        else:
            assert speech.home is not None
            await self.all.phones[speech.home.no].ask_to_speak(speech.kind, speech.stance)
        self.all.say(_("%(who)s is on the list of speakers.") % {"who": _shown(speech)})

    async def _asks_in_vain(self) -> None:
        """Who queues with the others and withdraws later."""
        home = script.withdraws()
        await self.all.phones[home.no].ask_to_speak("question", "")
        self.all.say(_("%(who)s is on the list of speakers.") % {"who": masked(home.name)})

    async def _nine_wait(self) -> None:
        waiting = sum(speech.queued for speech in script.speeches()) + 1
        if len(await self.all.operator.queue()) != waiting:
            raise PlayError(_("The console does not list %(n)s waiting speakers.") % {"n": waiting})
        self.all.say(_("%(n)s people are waiting to speak.") % {"n": waiting})

    async def _withdraw(self) -> None:
        home = script.withdraws()
        await self.all.phones[home.no].withdraw()
        self.all.say(_("%(who)s withdraws.") % {"who": masked(home.name)})

    async def _call(self, speech: Speech) -> None:
        if speech.queued:
            await self.all.operator.do("floor.call", seen=0)
        else:
            waiting = await self.all.operator.queue()
            await self.all.operator.do("floor.call", seen=0, request=waiting[speech.name])
        await self.all.operator.wall_shows(_shown(speech))
        self.all.say(_("%(who)s has the floor.") % {"who": _shown(speech)})

    async def _end(self, speech: Speech) -> None:
        if speech.home is not None and not speech.by_desk:
            await self.all.phones[speech.home.no].do("floor.end")
        else:
            await self.all.operator.do("floor.end")
        took = int((speech.ends - speech.begins).total_seconds())
        self.all.say(
            _("%(who)s has finished after %(time)s.") % {"who": _shown(speech), "time": f"{took // 60}:{took % 60:02d}"}
        )

    # --- questions and comments ------------------------------------------------------------------------------
    def _remarks(self) -> list[Event]:
        events = []
        for remark in script.remarks():
            events += [
                Event(remark.at, partial(self._write, remark)),
                Event(remark.at + script.SHOW_AFTER, partial(self._moderate, remark)),
            ]
            if remark.fate == "wall":
                off = remark.at + 4 * script.SHOW_AFTER
                events.append(Event(off, partial(self.all.operator.do, "remark.clear_wall")))
        return events

    async def _write(self, remark: Remark) -> None:
        if remark.home.channel == "phone":
            await self.all.phones[remark.home.no].write(remark.kind, remark.text, remark.signed)
        else:
            where = (remark.home.door, remark.home.name)
            await self.all.desk.write(where, remark.kind, remark.text, remark.signed)
        self.all.say(_("To the facilitator, not yet shown: %(kind)s") % {"kind": RemarkRow.Kind(remark.kind).label})

    async def _moderate(self, remark: Remark) -> None:
        no = await self.all.operator.number_of(remark.text, remark.home.name)
        if remark.fate not in {"show", "wall"}:
            await self.all.operator.do("remark.hide", remark=no, reason=remark.fate)
            self.all.say(_("It is hidden, and its author is told why."))
            return
        await self.all.operator.do("remark.show", remark=no)
        if remark.fate == "wall":
            await self.all.operator.do("remark.put_on_wall", remark=no)
            await self.all.operator.wall_shows(remark.text)
        self.all.say(_("Shown: %(text)s") % {"text": remark.text})

    # --- the end ---------------------------------------------------------------------------------------------
    def _ending(self) -> list[Event]:
        return [
            Event(data.timeline("散会"), self._close_meeting),
            Event(script.MADE, self._documents),
        ]

    async def _close_meeting(self) -> None:
        self.all.say(_("Items two to four are not part of this play."))
        await self.all.chair.do("meeting.close")
        self.all.say(_("The meeting is closed and its record is sealed."))

    async def _documents(self) -> None:
        await ending.publish_and_verify(self.all.secretary, self.all.visitor.browser, self.all.say)


def _shown(speech: Speech) -> str:
    return masked(speech.name) if speech.home else speech.name


def _told(home: Home) -> dict[str, object]:
    return {"door": home.door, "who": masked(home.name), "how": CHANNELS[home.channel]}


def _fresh() -> Meeting:
    """The demo meeting, with nobody in it yet; raises `PlayError`."""
    meeting = demo_meeting()
    if meeting is None:
        raise PlayError(_("The demo hall is not loaded yet: stop the server and start ./hall demo again."))
    begun = meeting.state not in {Meeting.State.CONVENED, Meeting.State.CHECK_IN}
    if begun or Presence.objects.filter(meeting=meeting).exists():
        raise PlayError(_("This demo hall has been used already; play in a new one: ./hall demo --play --data FOLDER"))
    return meeting


def play(url: str, *, speed: float, quick: bool, say: Say) -> None:
    """Play item one on the server at `url`, which serves this data folder; raises `PlayError`."""
    meeting = _fresh()
    seats = seats_by_door(meeting)
    slips = {home.no: f"q/{slip_token(seats[home.door])}/" for home in data.homes().values()}
    key = new_play_key()

    async def whole() -> None:
        clock = HallClock(base, key, speed, quick=quick)
        try:
            await Play(Everyone(base, slips, say), clock).run()
        finally:
            await clock.close()

    base = url.rstrip("/") + "/"
    try:
        asyncio.run(whole())
    except (aiohttp.ClientError, TimeoutError, OSError) as lost:
        why = str(lost) or type(lost).__name__
        raise PlayError(_("The server at %(url)s does not answer: %(why)s") % {"url": url, "why": why}) from lost
    finally:
        end_play()
