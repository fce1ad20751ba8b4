"""Throttle 限速: slows guessing. A small counter in Django's cache, so that all processes on one Redis count together.

A window begins with the first try and ends `window_seconds` later. Names, digits and addresses are never kept: the key
in the cache is a hash.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Throttle:
    """At most `limit` tries for one key in `window_seconds`."""

    name: str
    limit: int
    window_seconds: int

    def _key(self, key: str) -> str:
        return f"throttle:{self.name}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"

    def allow(self, key: str) -> bool:
        """Count one try; whether it is still within the limit."""
        name = self._key(key)
        # The machine's clock, not the hall's: a demo that holds its clock still must not hold a door shut.
        cache.add(f"{name}:until", int(time.time()) + self.window_seconds, self.window_seconds)
        cache.add(name, 0, self.window_seconds)
        try:
            return cache.incr(name) <= self.limit
        except ValueError:  # the window ended between the two calls
            cache.add(name, 1, self.window_seconds)
            return True

    def full(self, key: str) -> bool:
        """Whether the next try would be refused; counts nothing."""
        return int(cache.get(self._key(key)) or 0) >= self.limit

    def retry_after(self, key: str) -> int:
        """Seconds until the window ends, at least 1 while it is full, else 0."""
        if not self.full(key):
            return 0
        until = int(cache.get(f"{self._key(key)}:until") or 0)
        return max(1, min(self.window_seconds, until - int(time.time())))

    def give_back(self, key: str) -> None:
        """Uncount one try that turned out right."""
        name = self._key(key)
        if cache.get(name):
            with suppress(ValueError):  # the window has just ended
                cache.decr(name)

    def clear(self, key: str) -> None:
        """Forget the tries of a key, after a right one."""
        cache.delete_many([self._key(key), f"{self._key(key)}:until"])


def address(request: HttpRequest) -> str:
    """Where a request comes from; behind a proxy the server has put the real address there."""
    return str(request.META.get("REMOTE_ADDR") or "unknown")


def wait_words(seconds: int) -> str:
    """How long to wait, in the reader's language; whole minutes, rounded up."""
    minutes = -(-seconds // 60)
    return ngettext(
        "Too many tries. Please wait %(n)s minute, then try again.",
        "Too many tries. Please wait %(n)s minutes, then try again.",
        minutes,
    ) % {"n": minutes}


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """The page "too many tries", with Retry-After."""
    response = render(request, "429.html", {"sentence": wait_words(seconds)}, status=429)
    response["Retry-After"] = str(seconds)
    return response
