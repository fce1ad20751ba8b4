"""The hall's clock: the one `now()` of the whole product.

It follows the machine's monotonic clock, so that an NTP step in mid-speech moves no timer, and slews towards the
system time. Only a demo data folder has a clock that can be set (`step`), for the scripted player.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied

_SLEW_PER_SECOND = 0.05  # a wrong system clock is followed at most this fast, so no timer jumps


class _Clock:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_mono = time.monotonic()
        self._read_wall = time.time()
        self._stepped: tuple[datetime, float, int, datetime | None] | None = None

    def now(self) -> datetime:
        with self._lock:
            if self._stepped is not None:
                return self._stepped_now()
            mono, wall = time.monotonic(), time.time()
            elapsed = mono - self._read_mono
            drift = wall - (self._read_wall + elapsed)
            self._read_wall += elapsed + max(-_SLEW_PER_SECOND * elapsed, min(_SLEW_PER_SECOND * elapsed, drift))
            self._read_mono = mono
            moment = datetime.fromtimestamp(self._read_wall, UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def _stepped_now(self) -> datetime:
        assert self._stepped is not None
        start, since, rate, until = self._stepped
        milliseconds = int((time.monotonic() - since) * 1000) * rate
        moment = start + timedelta(milliseconds=milliseconds)
        return min(moment, until) if until is not None else moment

    def step(self, moment: datetime, rate: int, until: datetime | None) -> None:
        with self._lock:
            self._stepped = (moment.astimezone(UTC), time.monotonic(), rate, until and until.astimezone(UTC))


_clock = _Clock()


def now() -> datetime:
    """The present moment, aware, UTC, in whole milliseconds."""
    return _clock.now()


def step(moment: datetime, *, rate: int = 0, until: datetime | None = None) -> None:
    """Set the hall clock to `moment`; it then runs `rate` times as fast as real time, at the latest to `until`.

    rate 0 holds the clock still. Raises PermissionDenied outside a demo data folder.
    """
    if not settings.DEMO:
        raise PermissionDenied("Only a demo data folder has a clock that can be set.")
    _clock.step(moment, rate, until)


def rate() -> int:
    """How many seconds of hall time pass in a real second: 1, unless a demo's player has stepped the clock."""
    with _clock._lock:
        return 1 if _clock._stepped is None else _clock._stepped[2]
