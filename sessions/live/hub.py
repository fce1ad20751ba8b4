"""The hub 枢纽: one per process and event loop. It knows who looks at what, and tells them when it changes.

The scribe says "meeting 7 is at 813" after each COMMIT; the hub marks the room and, at most every 250 ms, renders each
audience once and sends what changed to all of it. Other processes hear a poke over the channel layer: one channel per
process, one group per meeting, never a payload. A poke that is lost heals, since rooms with sockets re-read their
revision every few seconds. A failing render keeps the last picture and is tried at the next tick; a dead hub ends the
process, and `serve` starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import uuid
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer
from django.conf import settings

from sessions.record import clock, scribe

from .fast import Sent
from .pictures import Picture, Pictures, Sorting, of_process
from .readers import Inline, Readers, Threads
from .room import Room, Socket
from .wire import Message

logger = logging.getLogger("hall.live")

TICK = 0.25  # seconds between two frames of one meeting, at least
REREAD = 5.0  # seconds after which a lost poke has healed
POKES = 0.05  # seconds between two rounds of pokes to other processes
DEAD = 70  # exit code of a process whose hub has died

_running: tuple[Hub, ...] = ()  # replaced as a whole, since the scribe's thread reads it


def _told(stream: UUID, rev: int) -> None:
    for hub in _running:
        hub.told(stream, rev)


scribe.on_commit(_told)


def announce_time() -> None:
    """Tell all open pages what the hall's clock shows now: a demo's has just been set. From any thread."""
    message = Message({"pong": 0, "now": int(clock.now().timestamp() * 1000), "rate": clock.rate()})
    for hub in _running:
        hub.announce(message)


def _group(stream: UUID) -> str:
    return f"room.{stream.hex}"


class Hub:
    """Rooms, ticks and pokes. All but `told` belongs to the event loop it was started in."""

    def __init__(
        self,
        pictures: Pictures,
        *,
        layer: Any = None,
        frames: Readers | None = None,
        people: Readers | None = None,
        pause: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        die: Callable[[], Any] = lambda: os._exit(DEAD),
    ) -> None:
        inline = settings.SCRIBE == "inline"
        self.pictures = pictures
        self.people: Readers = people or (Inline() if inline else Threads(2, "people"))  # seats and personal parts
        self.rooms: dict[UUID, Room] = {}
        self._frames: Readers = frames or (Inline() if inline else Threads(1, "frames"))
        self._layer = layer
        self._pause, self._die = pause, die
        self._name = uuid.uuid4().hex
        self._channel = ""
        self._news = asyncio.Event()
        self._pokes: dict[UUID, int] = {}
        self._joining: set[UUID] = set()
        self._leaving: set[UUID] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    # --- life ------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin to listen, in the running event loop."""
        global _running  # noqa: PLW0603
        if self._loop is not None:
            return
        self._loop = asyncio.get_running_loop()
        _running = (*_running, self)
        self._vital(self._sweep())
        if self._layer is not None:
            self._vital(self._listen())
            self._vital(self._talk())

    async def stop(self) -> None:
        """End all tasks and close what is kept open."""
        global _running  # noqa: PLW0603
        _running = tuple(hub for hub in _running if hub is not self)
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.rooms.clear()
        await self._frames.stop()
        await self.people.stop()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _vital(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self._spawn(work)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled():
            logger.critical("the hub has died", exc_info=task.exception())
            self._die()

    # --- sockets ---------------------------------------------------------------------------------------------
    def enter(self, socket: Socket) -> None:
        """Take a socket in. It gets its first frame when it has said what it shows (`greet`)."""
        self.start()
        room = self.rooms.get(socket.stream)
        if room is None:
            room = self.rooms[socket.stream] = Room(socket.stream)
            room.task = self._vital(self._keep(room))
            self._leaving.discard(socket.stream)
            self._joining.add(socket.stream)
            self._news.set()
        room.add(socket)

    def leave(self, socket: Socket) -> None:
        """Forget a socket; may be called twice."""
        socket.open = False
        if room := self.rooms.get(socket.stream):
            room.remove(socket)

    def greet(self, socket: Socket, have: int | None) -> None:
        """The page says which revision it shows: it gets the full frame, or nothing if that is what there is."""
        room = self.rooms.get(socket.stream)
        if room is None or not socket.open:
            return  # dropped for not reading
        socket.have, socket.greeted, socket.shown = have, True, None
        picture = room.pictures.get((socket.audience, socket.language))
        ahead = have is not None and have > room.rev
        if picture is None or picture.rev < room.rev or room.sorting is None or ahead:
            room.wake.set()  # nothing yet, not looked at lately, or the page is ahead of us: look first
        else:
            room.show(socket, picture)

    async def personal(self, socket: Socket) -> None:
        """Render the personal part of a socket's seat and send it there; asked again meanwhile, once more."""
        socket.wants_me = True
        if socket.seat is None or socket.making_me:
            return
        socket.making_me = True
        try:
            while socket.wants_me and socket.open:
                socket.wants_me = False
                html = await self.people.run(self.pictures.me, socket.seat, socket.device, socket.language)
                if socket.open and socket.outlet.push(Message({"me": html})) is Sent.LATER:
                    socket.wants_me = True  # the tick offers it again
                    if room := self.rooms.get(socket.stream):
                        room.owed[socket] = None
                        room.wake.set()
                    return
        except Exception:
            logger.exception("a personal part could not be made")
        finally:
            socket.making_me = False

    async def personal_to(self, stream: UUID, seat: UUID) -> None:
        """The same for all open pages of a seat."""
        room = self.rooms.get(stream)
        for socket in list(room.seats.get(seat, ())) if room else ():
            await self.personal(socket)

    # --- news ------------------------------------------------------------------------------------------------
    def told(self, stream: UUID, rev: int) -> None:
        """A commit of this process, told in the thread that wrote it."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop has ended before the scribe
            self._loop.call_soon_threadsafe(self._moved, stream, rev)

    def announce(self, message: Message) -> None:
        """Send a small message to every open page, from any thread; who has not read the last one goes without."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._push_to_all, message)

    def _push_to_all(self, message: Message) -> None:
        for room in list(self.rooms.values()):
            for crowd in list(room.crowds.values()):
                for socket in list(crowd):
                    socket.outlet.push(message)

    def _moved(self, stream: UUID, rev: int) -> None:
        self._pokes[stream] = max(rev, self._pokes.get(stream, 0))
        self._news.set()
        self._mark(stream)

    def _mark(self, stream: UUID) -> None:
        if room := self.rooms.get(stream):
            room.wake.set()

    async def _sweep(self) -> None:
        """Heal lost pokes; forget rooms that have emptied."""
        while True:
            await self._pause(REREAD)
            for room in list(self.rooms.values()):
                if room.size:
                    room.wake.set()
                else:
                    del self.rooms[room.stream]
                    assert room.task is not None
                    room.task.cancel()
                    self._joining.discard(room.stream)
                    self._leaving.add(room.stream)
                    self._news.set()

    async def _listen(self) -> None:
        """Hear the pokes of other processes."""
        while True:
            try:
                self._channel = await self._layer.new_channel()
                for stream in list(self.rooms):
                    await self._layer.group_add(_group(stream), self._channel)
                while True:
                    self._heard(await self._layer.receive(self._channel))
            except Exception:
                logger.exception("the channel layer does not answer; revisions are re-read meanwhile")
                self._channel = ""
                await self._pause(1.0)

    def _heard(self, message: Mapping[str, Any]) -> None:
        try:
            if message["from"] != self._name:
                self._mark(UUID(message["stream"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            logger.warning("an unknown message on the channel layer was ignored")

    async def _talk(self) -> None:
        """Join and leave groups, and poke other processes: what came together goes together."""
        while True:
            await self._news.wait()
            self._news.clear()
            leaving, self._leaving = self._leaving, set()
            joining, self._joining = self._joining, set()
            pokes, self._pokes = self._pokes, {}
            try:
                for stream in joining if self._channel else ():
                    await self._layer.group_add(_group(stream), self._channel)
                for stream in leaving if self._channel else ():
                    await self._layer.group_discard(_group(stream), self._channel)
                for stream, rev in pokes.items():
                    poke = {"type": "hub.poke", "stream": str(stream), "rev": rev, "from": self._name}
                    await self._layer.group_send(_group(stream), poke)
            except Exception:
                logger.exception("the channel layer does not answer; other processes re-read meanwhile")
                self._joining |= joining & self.rooms.keys()
                self._news.set()
                await self._pause(1.0)
            await self._pause(POKES)

    # --- ticks -----------------------------------------------------------------------------------------------
    async def _keep(self, room: Room) -> None:
        """At once when something moved, then at most one tick per `TICK`, and always a last one."""
        while True:
            await room.wake.wait()
            room.wake.clear()
            if not await self.tick(room):
                room.wake.set()
            await self._pause(TICK)

    def _look(self, stream: UUID) -> tuple[int, Sorting]:
        rev = self.pictures.frames.rev(stream)
        return rev, self.pictures.sorting(stream)

    async def tick(self, room: Room) -> bool:
        """Render what moved and send it; False if something is left for the next tick."""
        try:
            rev, sorting = await self._frames.run(self._look, room.stream)
        except Exception:
            self._failed(room, ("", ""))
            return False
        room.failing.discard(("", ""))
        if sorting is not room.sorting:
            room.sort(sorting)
        whole = True
        for look in room.looks():
            picture = await self._picture(room, look, rev)
            whole = whole and look not in room.failing
            if picture is not None:
                await room.show_all(room.crowds.get(look, ()), picture)
        if room.concerns is None or rev != room.rev:
            whole = await self._concern(room) and whole
        room.rev = rev
        owed, room.owed = room.owed, {}
        for socket in owed:
            self._spawn(self.personal(socket))
        return whole and not room.lagging

    async def _picture(self, room: Room, look: tuple[str, str], rev: int) -> Picture | None:
        held = room.pictures.get(look)
        if held is not None and held.rev == rev:
            return held
        try:
            held = room.pictures[look] = await self._frames.run(self.pictures.picture, room.stream, *look)
            room.failing.discard(look)
        except Exception:
            self._failed(room, look)
        return held

    async def _concern(self, room: Room) -> bool:
        try:
            fresh = await self._frames.run(self.pictures.frames.concerns, room.stream)
        except Exception:
            self._failed(room, ("me", ""))
            return False
        room.failing.discard(("me", ""))
        for socket in room.concerned(dict(fresh)):
            self._spawn(self.personal(socket))
        return True

    def _failed(self, room: Room, look: tuple[str, str]) -> None:
        """Say it once, not four times a second."""
        if look not in room.failing:
            room.failing.add(look)
            logger.exception("a frame could not be made (%s); the last one stands", " ".join(look) or "look")


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def of_loop() -> Hub:
    """The hub of the running event loop, started: in a server, the one of the process."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = Hub(of_process(), layer=get_channel_layer())
        hub.start()
    return hub
