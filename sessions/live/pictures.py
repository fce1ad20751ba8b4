"""Pictures 画面: what an audience sees at a revision, rendered once and shared by all who look.

The same pictures serve the hub's sockets and the pages that poll; every method here is synchronous and may be called
from any thread. What stands in them comes from `Frames` (sessions/live/frames.py), a pure function of the state.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from django.utils.translation import override

from .wire import Wire, body

WALL, CONSOLE, DESK, BALLOT, PHONE = "wall", "console", "desk", "ballot", "phone"
AUDIENCES = (WALL, CONSOLE, DESK, BALLOT, PHONE)  # in this order each change goes out: the wall first
STAFF = (WALL, CONSOLE, DESK)
SEATED = (BALLOT, PHONE)  # a phone that has exactly one ballot in the open vote, and every other phone

_MOST_PICTURES = 512  # kept per process; a picture weighs a few KB
_serials = itertools.count(1)


class Frames(Protocol):
    """What the live room asks of the screens. All of it depends on the stored state alone, never on the time."""

    def rev(self, stream: UUID, /) -> int:
        """The revision of the stream now: one small query."""

    def parts(self, stream: UUID, audience: str, language: str, /) -> Mapping[str, str]:
        """{part id: html of the whole element} of an audience; `language` is active when this is called."""

    def me(self, seat: UUID, device: str, language: str, /) -> str:
        """The personal part of a seat, for the phone whose device digest is `device` ("" for none)."""

    def sorting(self, stream: UUID, /) -> str:
        """What `sort` depends on: the id of the open vote, "" without one. One small query."""

    def sort(self, stream: UUID, /) -> Mapping[UUID, str]:
        """{seat: BALLOT} for the seats with exactly one ballot in the open vote; asked once per `sorting`.

        A seat that is not named is a PHONE; so are the special ones (proxies, several mandates), whose ballots stand
        in their personal part.
        """

    def concerns(self, stream: UUID, /) -> Mapping[UUID, str]:
        """{seat: mark} for the few whose personal part says something that others change: their place, their turn,
        the phone that holds the seat, their several ballots. A seat whose mark came, changed or went is sent its
        personal part. Asked once per tick that found a new revision.
        """


@dataclass(frozen=True)
class Sorting:
    """Which phones have a ballot. `since`: from this revision on it is certainly so."""

    key: str
    since: int
    seats: Mapping[UUID, str]

    def audience(self, seat: UUID) -> str:
        return self.seats.get(seat, PHONE)


@dataclass(eq=False)
class Picture:
    """One content of an audience's screen in one language.

    `first` is the lowest label this content was sent under, `since` the revision from which on the content is
    certainly this one, `rev` the newest revision it was found unchanged at. A label may be older than the content and
    never newer: the revision is read before the state.
    """

    parts: Mapping[str, str]
    first: int
    since: int
    rev: int
    serial: int = field(default_factory=lambda: next(_serials))
    _full: tuple[int, Wire] | None = None
    _changes: dict[int, Wire | None] = field(default_factory=dict)

    def holds(self, have: int | None, since: int = 0) -> bool:
        """Whether a page at revision `have` shows just this; `since` is that of its sorting, for phones."""
        return have is not None and max(self.since, since) <= have <= self.rev

    def full(self) -> Wire:
        """The whole picture; fits every page."""
        if self._full is None or self._full[0] != self.rev:
            self._full = (self.rev, Wire(self.rev, 0, self.parts))
        return self._full[1]

    def change(self, before: Picture) -> Wire | None:
        """What changed since `before`; fits every page that shows it. A part that went is sent empty.

        None if nothing did.
        """
        if before.serial not in self._changes:
            parts = {name: html for name, html in self.parts.items() if before.parts.get(name) != html}
            parts.update((name, "") for name in before.parts if name not in self.parts)
            self._changes[before.serial] = Wire(self.rev, before.first, parts) if parts else None
        return self._changes[before.serial]


class Pictures:
    """All pictures of a process, newest per stream, audience and language."""

    def __init__(self, frames: Frames, most: int = _MOST_PICTURES) -> None:
        self.frames = frames
        self._most = most
        self._held: OrderedDict[tuple[UUID, str, str], Picture] = OrderedDict()
        self._sortings: OrderedDict[UUID, Sorting] = OrderedDict()
        self._lock = threading.Lock()  # for the two tables, never held while rendering
        self._rendering: dict[tuple[UUID, str, str], threading.Lock] = {}

    def sorting(self, stream: UUID) -> Sorting:
        """Which phones have a ballot now."""
        key = self.frames.sorting(stream)
        with self._lock:
            held = self._sortings.get(stream)
        if held is not None and held.key == key:
            return held
        seats = dict(self.frames.sort(stream))
        fresh = Sorting(key, self.frames.rev(stream), seats)
        with self._lock:
            self._sortings[stream] = fresh
            self._sortings.move_to_end(stream)
            while len(self._sortings) > self._most:
                self._sortings.popitem(last=False)
        return fresh

    def picture(self, stream: UUID, audience: str, language: str) -> Picture:
        """The picture at the revision of this moment; rendered only if the revision has moved."""
        key = (stream, audience, language)
        with self._lock:
            turn = self._rendering.setdefault(key, threading.Lock())
        with turn:
            before = self.frames.rev(stream)
            with self._lock:
                held = self._held.get(key)
            if held is not None and held.rev == before:
                return held
            with override(language):
                parts = dict(self.frames.parts(stream, audience, language))
            if held is not None and held.parts == parts:
                held.rev = before
                return held
            fresh = Picture(parts, first=before, since=self.frames.rev(stream), rev=before)
            with self._lock:
                self._keep(key, fresh)
            return fresh

    def _keep(self, key: tuple[UUID, str, str], picture: Picture) -> None:
        self._held[key] = picture
        self._held.move_to_end(key)
        while len(self._held) > self._most:
            old, _ = self._held.popitem(last=False)
            self._rendering.pop(old, None)

    def me(self, seat: UUID, device: str, language: str) -> str:
        """The personal part of one seat."""
        with override(language):
            return self.frames.me(seat, device, language)

    # --- for pages that poll ---------------------------------------------------------------------------------
    def frame(self, stream: UUID, audience: str, language: str, have: int | None) -> bytes | None:
        """The body of GET …/frame?have=N for wall, console and desk: a full frame, or None if the page shows it."""
        picture = self.picture(stream, audience, language)
        return None if picture.holds(have) else body(picture.rev, 0, picture.parts)

    def seat_frame(self, stream: UUID, seat: UUID, device: str, language: str, have: int | None) -> bytes | None:
        """The same for a seat's phone; with the personal part, since nothing else brings it to a page that polls."""
        sorting = self.sorting(stream)
        picture = self.picture(stream, sorting.audience(seat), language)
        shown = picture.holds(have, sorting.since)
        if shown and have == picture.rev:
            return None
        me = self.me(seat, device, language)
        return body(picture.rev, have or 0, {}, me=me) if shown else body(picture.rev, 0, picture.parts, me=me)


_of_process: Pictures | None = None


def of_process() -> Pictures:
    """The pictures of this process, made by sessions/live/frames.py."""
    global _of_process  # noqa: PLW0603  (one per process by design)
    if _of_process is None:
        from . import frames

        _of_process = Pictures(frames)
    return _of_process
