"""A room: the sockets of one meeting on this process, and what each of them shows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from .fast import Outlet, Sent
from .pictures import AUDIENCES, PHONE, SEATED, Picture, Sorting
from .wire import Message

Crowd = dict["Socket", None]  # in order of arrival
_AT_A_STRETCH = 250  # sends before the event loop may do something else


@dataclass(eq=False, slots=True)
class Socket:
    """One open page. `seat` and `device` are those of a resident's phone, None and "" on staff pages."""

    stream: UUID
    audience: str
    language: str
    outlet: Outlet
    seat: UUID | None = None
    device: str = ""
    have: int | None = None  # what the page said it shows
    greeted: bool = False  # it has said so
    shown: Picture | None = None
    open: bool = True
    wants_me: bool = False
    making_me: bool = False


@dataclass(eq=False)
class Room:
    """All of this is touched by the hub's event loop alone."""

    stream: UUID
    rev: int = -1  # of the last tick
    sorting: Sorting | None = None
    concerns: Mapping[UUID, str] | None = None
    crowds: dict[tuple[str, str], Crowd] = field(default_factory=dict)
    seats: dict[UUID, Crowd] = field(default_factory=dict)
    pictures: dict[tuple[str, str], Picture] = field(default_factory=dict)
    lagging: Crowd = field(default_factory=dict)  # have not read the last frame yet
    owed: Crowd = field(default_factory=dict)  # are to be offered their personal part once more
    failing: set[tuple[str, str]] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Any] | None = None

    @property
    def size(self) -> int:
        """How many sockets are here."""
        return sum(len(crowd) for crowd in self.crowds.values())

    def add(self, socket: Socket) -> None:
        if socket.seat is not None:
            socket.audience = self.sorting.audience(socket.seat) if self.sorting else PHONE
            self.seats.setdefault(socket.seat, {})[socket] = None
        self.crowds.setdefault((socket.audience, socket.language), {})[socket] = None

    def remove(self, socket: Socket) -> None:
        socket.open = False
        self.lagging.pop(socket, None)
        self.owed.pop(socket, None)
        self._take(self.crowds, (socket.audience, socket.language), socket)
        if socket.seat is not None:
            self._take(self.seats, socket.seat, socket)

    @staticmethod
    def _take(table: dict[Any, Crowd], key: Any, socket: Socket) -> None:
        crowd = table.get(key, {})
        crowd.pop(socket, None)
        if not crowd:
            table.pop(key, None)

    def sort(self, sorting: Sorting) -> None:
        """Move the phones to the audience that is theirs now; each keeps knowing what it shows."""
        self.sorting = sorting
        for (audience, language), crowd in list(self.crowds.items()):
            if audience not in SEATED:
                continue
            for socket in list(crowd):
                assert socket.seat is not None
                now = sorting.audience(socket.seat)
                if now != audience:
                    self._take(self.crowds, (audience, language), socket)
                    socket.audience = now
                    self.crowds.setdefault((now, language), {})[socket] = None

    def looks(self) -> list[tuple[str, str]]:
        """The (audience, language) pairs that someone looks at, the wall first."""
        return sorted(self.crowds, key=lambda look: (AUDIENCES.index(look[0]), look[1]))

    def concerned(self, fresh: Mapping[UUID, str]) -> list[Socket]:
        """The sockets of the seats whose mark came, changed or went; nobody at the first look."""
        before, self.concerns = self.concerns, fresh
        if before is None:
            return []
        changed = {seat for seat in {*before, *fresh} if before.get(seat) != fresh.get(seat)}
        return [socket for seat in changed for socket in self.seats.get(seat, ())]

    # --- sending ---------------------------------------------------------------------------------------------
    def _message(self, socket: Socket, picture: Picture) -> Message | None:
        """What `socket` needs to show `picture`; None if it shows it already."""
        if socket.shown is not None:
            return None if socket.shown is picture else picture.change(socket.shown)
        since = self.sorting.since if self.sorting and socket.seat is not None else 0
        return None if picture.holds(socket.have, since) else picture.full()

    def show(self, socket: Socket, picture: Picture) -> None:
        """Bring one socket to `picture`: newest wins, nothing waits in a queue."""
        if not socket.open or not socket.greeted:
            return
        message = self._message(socket, picture)
        sent = Sent.DONE if message is None else socket.outlet.push(message)
        if sent is Sent.DONE:
            socket.shown = picture
            self.lagging.pop(socket, None)
        elif sent is Sent.LATER:
            self.lagging[socket] = None
        else:
            self.remove(socket)

    async def show_all(self, sockets: Iterable[Socket], picture: Picture) -> None:
        """Bring a crowd to `picture`, leaving the event loop some air."""
        for count, socket in enumerate(list(sockets), 1):
            self.show(socket, picture)
            if count % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)
