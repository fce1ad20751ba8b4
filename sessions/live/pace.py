"""Pace 节奏: how fast one actor may do one act. Declared with the act; kept in memory, since it only stops floods.

What fairness demands (one waiting request per seat, a pause between remarks) is a rule of the meeting, not a pace.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from sessions.record.acts import Act, refusal

TOO_FAST = refusal("too_fast", _("That was very fast. Please wait a moment and press once more."))


class Bucket:
    """A burst of `burst`, then one each `seconds` seconds."""

    __slots__ = ("_at", "_clock", "_left", "burst", "seconds")

    def __init__(self, burst: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst, self.seconds, self._clock = burst, seconds, clock
        self._left, self._at = float(burst), clock()

    def _refill(self) -> None:
        now = self._clock()
        self._left = min(self.burst, self._left + (now - self._at) / self.seconds)
        self._at = now

    def take(self) -> bool:
        """Whether there was one to take."""
        self._refill()
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def full(self) -> bool:
        """Whether it holds its whole burst, so that a new one would be the same."""
        self._refill()
        return self._left >= self.burst


class Paces:
    """The buckets of all actors, for both doors of a process."""

    def __init__(self, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._lock = threading.Lock()

    def take(self, actor_key: str, act: Act) -> bool:
        """Whether the actor may do the act now, as far as pace goes."""
        with self._lock:
            if len(self._buckets) >= self._most:
                self._forget()
            bucket = self._buckets.get((actor_key, act.name))
            if bucket is None:
                bucket = self._buckets[actor_key, act.name] = Bucket(*act.pace, clock=self._clock)
            return bucket.take()

    def _forget(self) -> None:
        """Those that hold their whole burst, and of the others the older half at most: forgetting is kind."""
        held = [(key, bucket) for key, bucket in self._buckets.items() if not bucket.full()]
        self._buckets = dict(held[-(self._most // 2) :])


paces = Paces()
"""The paces of this process."""
