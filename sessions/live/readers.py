"""Readers: threads that read the database for the live room, each with a connection it keeps.

They stand apart from the one thread that Django shares among all consumers, so that a slow page delays no frame, and
from each other, so that two thousand phones coming back delay no tick.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, Protocol, TypeVar

from asgiref.sync import sync_to_async
from django.db import Error, connections

P = ParamSpec("P")
T = TypeVar("T")


class Readers(Protocol):
    """Runs a synchronous function that reads."""

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...

    async def stop(self) -> None: ...


def _read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return function(*args, **kwargs)
    except Error:
        connections.close_all()  # perhaps the line is broken; the next read opens a new one
        raise


class Threads:
    """`count` threads that take turns."""

    def __init__(self, count: int, name: str) -> None:
        self._threads = [ThreadPoolExecutor(1, thread_name_prefix=name) for _ in range(count)]
        self._turn = itertools.cycle(self._threads)

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(next(self._turn), lambda: _read(function, *args, **kwargs))

    async def stop(self) -> None:
        """Close the kept connections and end the threads."""
        loop = asyncio.get_running_loop()
        for thread in self._threads:
            await loop.run_in_executor(thread, connections.close_all)
            thread.shutdown()


class Inline:
    """Reads on the thread of the test, inside its transaction."""

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        call: Any = sync_to_async(function, thread_sensitive=True)
        result: T = await call(*args, **kwargs)
        return result

    async def stop(self) -> None:
        """Nothing is kept."""
