"""Pacing 节奏 of a play: events at their instants, and the hall's clock in the player's hand."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from .browser import Browser, PlayError

UNPLAYED = timedelta(minutes=20)  # a longer gap is a part of the meeting that is not played: items two to four
PASSES = 10.0  # real seconds in which such a part passes, at most


@dataclass(frozen=True)
class Event:
    """Something of the script, at its instant."""

    at: datetime
    do: Callable[[], Awaitable[Any]]


class HallClock:
    """The hall's clock in the player's hand."""

    def __init__(self, base: str, key: str, speed: float, *, quick: bool) -> None:
        self._browser, self._key, self._speed, self._quick = Browser(base), key, speed, quick
        self._now: datetime | None = None
        self._due = 0.0  # when, by the machine's clock, the hall is to reach `_now`

    async def close(self) -> None:
        """Let the clock run on by itself."""
        if self._now is not None:
            await self._set(self._now, 1)
        await self._browser.close()

    async def to(self, moment: datetime) -> None:
        """Run to `moment` and stand still there."""
        loop = asyncio.get_running_loop()
        if self._now is None:
            self._due = loop.time()
        elif moment > self._now and not self._quick:
            gap = moment - self._now
            wait = gap.total_seconds() / self._speed
            self._due += min(wait, PASSES) if gap > UNPLAYED else wait
            if (left := self._due - loop.time()) > 0.05:
                await self._set(self._now, max(1, math.ceil(self._speed)), moment)
                await asyncio.sleep(left)
        if moment != self._now:
            await self._set(moment, 0)
            self._now = moment

    async def _set(self, moment: datetime, rate: int, until: datetime | None = None) -> None:
        given = {"moment": moment.isoformat(), "rate": str(rate), "until": until.isoformat() if until else ""}
        status = await self._browser.post("demo/clock", given, **{"X-Play-Key": self._key})
        if status == 403:
            raise PlayError(_("This server does not serve the data folder that the player was given."))
        if status != 204:
            raise PlayError(_("The hall's clock cannot be set to %(moment)s.") % {"moment": moment.isoformat()})
