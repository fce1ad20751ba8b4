"""The scribe 执笔: the one writer of a process.

Writing from many request threads loses to SQLite's locks. So one thread with a kept connection takes the acts that
wait, opens one transaction per stream, locks the stream's row, reads the head of the chain under that lock, does each
act under a savepoint, and answers after COMMIT. When the fate of a COMMIT is unknown, the answer is looked up by
act_id before anything is said.

Two drivers with one contract: `thread` (servers) and `inline` (Django's TestCase, commands).
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from . import acts, clock
from .acts import Act, Actor, Answer, Bulk, Refused, Scene
from .canonical import canonical
from .chain import Opened, head, link, seal_values, spell
from .models import Answer as StoredAnswer
from .models import Entry, Stream, Value

logger = logging.getLogger("hall.scribe")

MOST_IN_ONE_TRANSACTION = 200

Listener = Callable[[UUID, int], None]
_listeners: list[Listener] = []


def on_commit(listener: Listener) -> None:
    """Call ``listener(stream, rev)`` after each COMMIT, in the writing thread; it must be quick and never raise."""
    if listener not in _listeners:
        _listeners.append(listener)


@dataclass
class Job:
    """One act that waits to be written."""

    act: Act
    actor: Actor
    stream: UUID
    data: Mapping[str, Any]
    act_id: str
    content: str
    future: Future[Answer] = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.future.set_running_or_notify_cancel()  # a page that closes cannot cancel what is about to be written

    @property
    def key(self) -> tuple[str, str]:
        return self.actor.key, self.act_id

    def answer(self, answer: Answer) -> None:
        if not self.future.done():
            self.future.set_result(answer)

    def refused(self, code: str, params: Mapping[str, Any] | None = None, rev: int = 0) -> Answer:
        return Answer(self.act_id, False, code, params or {}, rev)


class Pen:
    """Holds the head of one chain under its lock and the rows to append before COMMIT."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.seq, self.digest = head(stream)
        self.entries: list[Entry] = []
        self.values: list[list[Opened]] = []
        self.answers: list[StoredAnswer] = []

    def write(self, *, kind: str, actor: Mapping[str, Any], at: datetime, body: Mapping[str, Any], act_id: str) -> int:
        if self.stream.sealed:
            raise acts.SEALED()
        opened: list[Opened] = []
        fields = {
            "stream": str(self.stream.id),
            "seq": self.seq + 1,
            "kind": kind,
            "actor": seal_values(actor, opened),
            "at": spell(at),
            "body": seal_values(body, opened),
            "act_id": act_id,
        }
        digest = link(self.digest, fields)
        self.entries.append(
            Entry(
                stream=self.stream,
                seq=self.seq + 1,
                kind=kind,
                actor=canonical(fields["actor"]).decode(),
                at=at,
                body=canonical(fields["body"]).decode(),
                act_id=act_id,
                prev=self.digest,
                digest=digest,
            )
        )
        self.values.append(opened)
        self.seq, self.digest = self.seq + 1, digest
        return self.seq

    def mark(self) -> tuple[int, int, str, bool, int]:
        return len(self.entries), self.seq, self.digest, self.stream.sealed, self.stream.rev

    def back_to(self, mark: tuple[int, int, str, bool, int]) -> None:
        count, self.seq, self.digest, self.stream.sealed, self.stream.rev = mark
        del self.entries[count:], self.values[count:]

    def flush(self) -> None:
        Entry.objects.bulk_create(self.entries)
        Value.objects.bulk_create(
            Value(entry=entry, digest=v.digest, salt=v.salt, value=v.value, public=v.public)
            for entry, opened in zip(self.entries, self.values, strict=True)
            for v in opened
        )
        StoredAnswer.objects.bulk_create(self.answers)
        self.stream.save(update_fields=["rev", "sealed"])


def _given_before(jobs: Sequence[Job]) -> dict[tuple[str, str], StoredAnswer]:
    rows = StoredAnswer.objects.filter(stream=jobs[0].stream, act_id__in={job.act_id for job in jobs})
    return {(row.actor_key, row.act_id): row for row in rows}


def _repeat(job: Job, row: StoredAnswer) -> Answer:
    if row.content != job.content:
        return job.refused(acts.CONTENT_DIFFERS.code, rev=row.rev)
    return Answer(job.act_id, row.ok, row.code, json.loads(row.params), row.rev, again=True)


class _Batch:
    """All waiting acts of one stream, in one transaction."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = jobs
        self.answers: list[tuple[Job, Answer]] = []

    def run(self) -> int | None:
        """Do all acts and COMMIT; returns the new rev if something was written. Answers are given by the caller."""
        with transaction.atomic():
            stream = Stream.objects.select_for_update().filter(pk=self.jobs[0].stream).first()
            if stream is None:
                self.answers = [(job, job.refused(acts.NOT_ALLOWED.code)) for job in self.jobs]
                return None
            pen, rev = Pen(stream), stream.rev
            self.before = _given_before(self.jobs)
            for _, run in groupby(self.jobs, key=lambda job: id(job.act) if job.act.bulk else id(job)):
                waiting = list(run)
                if waiting[0].act.bulk and not acts.has_company(waiting[0].act.name):
                    self._many(pen, waiting)
                else:
                    self._one(pen, waiting[0])
            if pen.answers:
                pen.flush()
            return stream.rev if stream.rev != rev else None

    def _settle(self, pen: Pen, job: Job, outcome: Mapping[str, Any] | Refused | None) -> None:
        refused = isinstance(outcome, Refused)
        if not refused:
            pen.stream.rev += 1
        code = outcome.code if isinstance(outcome, Refused) else job.act.code
        params = outcome.params if isinstance(outcome, Refused) else dict(outcome or {})
        answer = Answer(job.act_id, not refused, code, params, pen.stream.rev)
        row = StoredAnswer(
            stream=pen.stream,
            actor_key=job.actor.key,
            act_id=job.act_id,
            content=job.content,
            ok=answer.ok,
            code=code,
            params=canonical(params).decode(),
            rev=answer.rev,
        )
        pen.answers.append(row)
        self.before[job.key] = row
        self.answers.append((job, answer))

    def _scene(self, pen: Pen, job: Job, subject: Any) -> Scene[Any]:
        return Scene(subject, job.actor, clock.now(), job.act_id, pen.stream, pen.write)

    def _one(self, pen: Pen, job: Job) -> None:
        if job.key in self.before:
            self.answers.append((job, _repeat(job, self.before[job.key])))
            return
        mark = pen.mark()
        try:
            with transaction.atomic():
                scene = self._scene(pen, job, job.act.locate(job.stream))
                outcome: Mapping[str, Any] | Refused = acts.do(job.act, scene, job.data)
        except Refused as refused:
            pen.back_to(mark)
            outcome = refused
        except DatabaseError:
            raise  # the whole batch is tried again, one act at a time
        except Exception:
            logger.exception("act %s failed", job.act.name)
            pen.back_to(mark)
            self.answers.append((job, job.refused(acts.FAULT.code)))
            return
        self._settle(pen, job, outcome)

    def _many(self, pen: Pen, jobs: list[Job]) -> None:
        """Acts of one kind that arrived together: subject and right are read once, rows are written in bulk."""
        bulk = jobs[0].act.bulk
        assert bulk is not None
        fresh: dict[tuple[str, str], Job] = {}
        repeats: list[Job] = []
        for job in jobs:
            if job.key in self.before or job.key in fresh:
                repeats.append(job)
            else:
                fresh[job.key] = job
        if fresh:
            mark = pen.mark()
            try:
                with transaction.atomic():
                    outcomes = self._outcomes(pen, bulk, list(fresh.values()))
            except DatabaseError:
                raise
            except Exception:
                logger.exception("act %s failed in bulk", jobs[0].act.name)
                pen.back_to(mark)
                for job in jobs:
                    self._one(pen, job)
                return
            for job, outcome in zip(fresh.values(), outcomes, strict=True):
                self._settle(pen, job, outcome)
        for job in repeats:
            self.answers.append((job, _repeat(job, self.before[job.key])))

    def _outcomes(self, pen: Pen, bulk: Bulk, jobs: list[Job]) -> list[Mapping[str, Any] | Refused | None]:
        """What becomes of each, in order: the subject is read once, and who has no right is told so."""
        try:
            subject = jobs[0].act.locate(jobs[0].stream)
        except Refused as refused:
            return [refused] * len(jobs)
        may = [job.act.right(job.actor, subject) for job in jobs]
        allowed = [job for job, right in zip(jobs, may, strict=True) if right]
        scenes = [self._scene(pen, job, subject) for job in allowed]
        done = iter(bulk(scenes=scenes, data=[job.data for job in allowed]) if allowed else [])
        return [next(done) if right else acts.NOT_ALLOWED() for right in may]


def write(jobs: Sequence[Job]) -> None:
    """Write the waiting acts of one stream and answer each; every future is answered when this returns."""
    batch = _Batch(jobs)
    try:
        rev = batch.run()
    except Exception:
        logger.exception("a batch of %d acts did not commit", len(jobs))
        _look_up_or_retry(jobs)
        return
    except BaseException:
        for job in jobs:
            job.answer(job.refused(acts.FAULT.code))
        raise
    for job, answer in batch.answers:
        job.answer(answer)
    if rev is not None:
        for listener in _listeners:
            listener(jobs[0].stream, rev)


def _look_up_or_retry(jobs: Sequence[Job]) -> None:
    """The fate of a COMMIT is unknown or the batch failed: ask by act_id, then write what is missing one by one."""
    reached = True
    for job in jobs:
        if not reached:  # each try would wait for the lock or the server anew
            job.answer(job.refused(acts.BUSY.code))
            continue
        try:
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            batch = _Batch([job])
            batch.run()  # an act that was committed after all is found in the answers and only repeated
        except Exception as error:
            logger.exception("act %s did not commit", job.act.name)
            reached = not isinstance(error, OperationalError | InterfaceError)
            job.answer(job.refused((acts.FAULT if reached else acts.BUSY).code))
            continue
        for done, answer in batch.answers:
            done.answer(answer)
            for listener in _listeners:
                listener(job.stream, answer.rev)


class Thread:
    """The driver of a server: one thread, a bounded queue. A dead scribe ends the process; `serve` starts it anew."""

    def __init__(self, limit: int, on_death: Callable[[], None] = lambda: os._exit(70)) -> None:
        self._limit = limit
        self._on_death = on_death
        self._queues: dict[UUID, deque[Job]] = {}  # by stream, whose turn is next first
        self._waiting = 0
        self._ready = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        with self._ready:
            if self._stopping or self._waiting >= self._limit:
                job.answer(job.refused(acts.BUSY.code))
                return
            self._queues.setdefault(job.stream, deque()).append(job)
            self._waiting += 1
            self._ready.notify()

    def stop(self) -> None:
        """Write what waits, then end."""
        with self._ready:
            self._stopping = True
            self._ready.notify()
        self._thread.join()

    def _take(self) -> list[Job]:
        """What waits of the next stream, at most so many, in order of arrival; none when it is time to end.

        Streams take turns, so that none can starve another.
        """
        with self._ready:
            while not self._queues and not self._stopping:
                self._ready.wait()
            if not self._queues:
                return []
            stream = next(iter(self._queues))
            queue = self._queues.pop(stream)
            taken = [queue.popleft() for _ in range(min(len(queue), MOST_IN_ONE_TRANSACTION))]
            if queue:
                self._queues[stream] = queue  # behind all others
            self._waiting -= len(taken)
            return taken

    def _run(self) -> None:
        try:
            while jobs := self._take():
                write(jobs)
        except BaseException:
            logger.critical("the scribe has died", exc_info=True)
            self._on_death()
        finally:
            connection.close()


class Inline:
    """The driver of tests and commands: written at once, in the caller's thread."""

    def submit(self, job: Job) -> None:
        write([job])

    def stop(self) -> None:
        """Nothing waits."""


_driver: Thread | Inline | None = None
_starting = threading.Lock()


def driver() -> Thread | Inline:
    """The scribe of this process, started at its first use."""
    global _driver  # noqa: PLW0603  (one per process by design)
    with _starting:
        if _driver is None:
            _driver = Thread(settings.SCRIBE_QUEUE) if settings.SCRIBE == "thread" else Inline()
        return _driver


def stop() -> None:
    """Drain and end the scribe of this process."""
    global _driver
    with _starting:
        current, _driver = _driver, None
    if current is not None:
        current.stop()


def submit(name: str, *, actor: Actor, stream: UUID, data: Mapping[str, Any], act_id: str) -> Future[Answer]:
    """Hand an act to the scribe; the future is answered after COMMIT and never raises for a refusal."""
    future: Future[Answer] = Future()
    try:
        declaration = acts.find(name)
    except Refused as refused:
        future.set_result(Answer(act_id, False, refused.code))
        return future
    if not (8 <= len(act_id) <= 64 and act_id.isascii() and act_id.isprintable()):  # no NUL reaches PostgreSQL
        future.set_result(Answer(act_id[:64], False, acts.INVALID.code, errors={"act_id": ["8–64 ASCII characters"]}))
        return future
    cleaned, errors = acts.read_form(declaration, data)
    if errors:
        future.set_result(Answer(act_id, False, acts.INVALID.code, errors=errors))
        return future
    job = Job(declaration, actor, stream, cleaned, act_id, acts.content_of(name, cleaned), future)
    scribe = driver()
    if isinstance(scribe, Thread) and connection.in_atomic_block:
        raise RuntimeError("An act is never performed inside a caller's transaction.")
    scribe.submit(job)
    return future


def perform(
    name: str, *, actor: Actor, stream: UUID, data: Mapping[str, Any], act_id: str, timeout: float = 30
) -> Answer:
    """Do an act and wait for its answer; raises TimeoutError when the scribe does not answer in `timeout` seconds."""
    waiting = submit(name, actor=actor, stream=stream, data=data, act_id=act_id)
    if not waiting.done() and "pool" in connection.settings_dict.get("OPTIONS", {}):
        connection.close()  # back into the pool: those who wait for the scribe must not leave it without a line
    return waiting.result(timeout)
