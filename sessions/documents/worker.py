"""The worker process: rendering, and reading strangers' files, happen there and never inside the server.

One spawned process with a memory limit, replaced after a number of jobs, and killed when a job takes too long.
`ProcessPoolExecutor` can do neither the last nor, in Python 3.11, the one before without risking a deadlock
(cpython gh-115634), hence this small one.
"""

from __future__ import annotations

import atexit
import logging
import multiprocessing
import resource
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, TypeVar

from .errors import DocumentError

MEMORY = 1 << 30  # bytes of private memory (RLIMIT_DATA); 1,000 speeches take about 300 MB
JOBS = 200  # then a fresh process, so that whatever leaks is given back
QUEUE_SECONDS = 60  # how long a caller waits for the jobs before it

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class Worker:
    """A spawned process that runs one job at a time. Threads may share it; a job and its answer must be picklable."""

    def __init__(self, *, memory: int = MEMORY, jobs: int = JOBS, queue_seconds: float = QUEUE_SECONDS) -> None:
        self._memory = memory
        self._jobs = jobs
        self._queue_seconds = queue_seconds
        self._turn = Lock()
        self._done = 0
        self._process: multiprocessing.process.BaseProcess | None = None
        self._line: Connection | None = None
        self._folder: TemporaryDirectory[str] | None = None

    @property
    def folder(self) -> Path:
        """A private folder that outlives the process, for the font configuration and its cache."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="hall-documents-")
        return Path(self._folder.name)

    def call(self, job: Callable[..., Result], *args: Any, seconds: float) -> Result:
        """The result of ``job(*args)``, a function of a module, run in the worker.

        Raises `DocumentError`: what the job raised, worker_busy, took_too_long, needs_too_much_memory, worker_failed.
        """
        if not self._turn.acquire(timeout=self._queue_seconds):
            raise DocumentError("worker_busy")
        try:
            outcome, answer = self._ask(job, args, seconds)
        except BaseException:  # also Ctrl-C: a late answer must not be taken for the next job's
            self._end()
            raise
        finally:
            self._turn.release()
        if outcome == "refused":
            raise answer
        if outcome == "failed":
            logger.error("The document worker failed.\n%s", answer)
            raise DocumentError("worker_failed")
        return answer  # type: ignore[no-any-return]

    def _ask(self, job: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> tuple[str, Any]:
        line = self._ready()
        self._done += 1
        try:
            line.send((job, args))
            if line.poll(seconds):
                return line.recv()  # type: ignore[no-any-return]
        except (EOFError, ConnectionError) as lost:  # the process died: glib aborts when memory runs out
            logger.error("The document worker died in the middle of a job.")
            raise DocumentError("needs_too_much_memory") from lost
        raise DocumentError("took_too_long", seconds=round(seconds))

    def stop(self) -> None:
        """End the process and remove its folder; the next call starts anew."""
        with self._turn:
            self._end()
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    def _ready(self) -> Connection:
        if self._line is None or self._process is None or not self._process.is_alive() or self._done >= self._jobs:
            self._end()
            context = multiprocessing.get_context("spawn")  # never fork: the server has threads
            self._line, theirs = context.Pipe()
            self._process = context.Process(
                target=_serve, args=(theirs, self._memory), name="hall-documents", daemon=True
            )
            self._process.start()
            theirs.close()
            self._done = 0
        return self._line

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._process = None


def _serve(line: Connection, memory: int) -> None:
    """The worker's whole life: take a job, send ("done", result), ("refused", DocumentError) or ("failed", text)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the server ends us
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            job, args = line.recv()
        except EOFError:  # the server has gone
            return
        try:
            answer: tuple[str, Any] = ("done", job(*args))
        except DocumentError as refused:
            answer = ("refused", refused)
        except MemoryError:
            answer = ("refused", DocumentError("needs_too_much_memory"))
        except Exception:
            answer = ("failed", traceback.format_exc())
        line.send(answer)


shared = Worker()
atexit.register(shared.stop)
