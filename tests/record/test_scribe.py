"""The scribe's contract: inline inside a test's transaction, and by its real thread on a database that commits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TestCase

from project.launch import BASE
from sessions.record import acts, chain, scribe
from sessions.record.acts import Answer, Office, Scene
from sessions.record.models import Answer as StoredAnswer
from sessions.record.models import Entry, Stream
from tests import fresh
from tests.fresh import fresh_database, migrated_template

from .deeds import DEEDS, NOT_NOW, TOGETHER

__all__ = ["fresh_database", "migrated_template"]  # fixtures

ANNA = Office("Anna")
PATIENCE = 30  # seconds
_numbers = count(1)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    DEEDS.clear()
    TOGETHER.clear()


def submit(
    stream: Stream, deed: str = "write", *, act_id: str = "", together: bool = False, who: Office = ANNA
) -> Future[Answer]:
    return scribe.submit(
        "deed.together" if together else "deed.do",
        actor=who,
        stream=stream.pk,
        data={"deed": deed},
        act_id=act_id or f"auto-{next(_numbers):06d}",
    )


def done(waiting: Future[Answer]) -> Answer:
    return waiting.result(PATIENCE)


def new_stream() -> Stream:
    return Stream.objects.create(purpose="meeting")


def rev(stream: Stream) -> int:
    return Stream.objects.get(pk=stream.pk).rev


def sound(stream: Stream) -> int:
    """How many entries stand in a sound chain without gaps."""
    found = chain.verify(Stream.objects.get(pk=stream.pk))
    assert found.sound, found.problems
    return found.entries


@contextmanager
def listening(listener: Callable[[UUID, int], None]) -> Iterator[None]:
    scribe.on_commit(listener)
    try:
        yield
    finally:
        scribe._listeners.remove(listener)


def fail(error: BaseException) -> Callable[[Scene[Stream]], None]:
    def deed(_: Scene[Stream]) -> None:
        raise error

    return deed


class Contract:
    """What both drivers keep."""

    def test_who_is_answered_finds_it_written(self) -> None:
        stream = new_stream()
        answer = done(submit(stream, act_id="deed-first"))
        assert (answer.ok, answer.params, answer.rev, answer.again) == (True, {"seq": 1}, 1, False)
        assert Entry.objects.get().act_id == StoredAnswer.objects.get().act_id == "deed-first"
        assert (rev(stream), sound(stream)) == (1, 1)

    def test_the_same_act_again_is_answered_and_not_done(self) -> None:
        stream = new_stream()
        for together in (False, True):
            name = f"deed-again-{together}"
            first, second = (done(submit(stream, act_id=name, together=together)) for _ in range(2))
            assert (second.ok, second.params, second.rev, second.again) == (True, first.params, first.rev, True)
            assert done(submit(stream, "else", act_id=name, together=together)).code == "content_differs"
        assert rev(stream) == sound(stream) == 2

    def test_a_refusal_stands_though_the_times_have_changed(self) -> None:
        stream = new_stream()
        DEEDS["wish"] = fail(NOT_NOW())
        assert done(submit(stream, "wish", act_id="deed-wish")).code == "deed.not_now"
        DEEDS.clear()
        repeated = done(submit(stream, "wish", act_id="deed-wish"))
        assert (repeated.ok, repeated.code, repeated.again) == (False, "deed.not_now", True)
        assert done(submit(stream, "wish")).params == {"seq": 1}

    def test_what_a_refused_act_has_touched_is_as_before(self) -> None:
        stream = new_stream()

        def touch(scene: Scene[Stream]) -> None:
            scene.write("deed.more", {})
            scene.stream.rev += 10
            scene.seal()
            Stream.objects.create(purpose="office")
            raise NOT_NOW()

        DEEDS["touch"] = touch
        assert done(submit(stream, "touch")).rev == 0
        assert (rev(stream), Entry.objects.count(), Stream.objects.count()) == (0, 0, 1)
        assert done(submit(stream)).rev == 1

    def test_a_refusal_that_is_kept_may_move_the_revision(self) -> None:
        stream, told = new_stream(), []

        def late(scene: Scene[Stream]) -> Any:
            scene.stream.rev += 1
            return NOT_NOW()

        DEEDS["late"] = late
        with listening(lambda at, now: told.append((at, now))):
            answer = done(submit(stream, "late"))
            done(submit(stream, "late"))
        assert (answer.ok, answer.rev, rev(stream)) == (False, 1, 2)
        assert told[0] == (stream.pk, 1)

    def test_a_defect_is_answered_as_one_and_may_be_tried_again(self) -> None:
        for error in (ZeroDivisionError(), IntegrityError("twice"), StopIteration()):
            stream = new_stream()
            DEEDS["broken"] = fail(error)
            assert done(submit(stream, "broken", act_id="deed-broken")).code == "fault"
            assert rev(stream) == sound(stream) == 0
            DEEDS.clear()
            assert done(submit(stream, "broken", act_id="deed-broken")).ok

    def test_an_answer_that_cannot_be_kept_undoes_the_act(self) -> None:
        stream = new_stream()
        DEEDS["odd"] = lambda _: {"seq": object()}
        assert done(submit(stream, "odd")).code == "fault"
        assert rev(stream) == sound(stream) == 0
        assert done(submit(stream)).ok

    def test_bulk_refuses_each_for_itself_and_falls_back_when_it_fails(self) -> None:
        stream = new_stream()
        assert done(submit(stream, "no", together=True)).code == "deed.not_now"
        assert done(submit(stream, together=True, who=Office("stranger"))).code == "not_allowed"
        DEEDS["in bulk"] = fail(ZeroDivisionError())
        assert done(submit(stream, together=True)).params == {"seq": 1}
        assert rev(stream) == sound(stream) == 1

    def test_after_the_seal_nothing_follows(self) -> None:
        stream = new_stream()
        DEEDS["seal"] = lambda scene: scene.seal()  # type: ignore[func-returns-value]
        assert done(submit(stream, "seal")).ok
        assert done(submit(stream)).code == done(submit(stream, together=True)).code == "sealed"
        assert sound(stream) == 1

    def test_an_act_id_no_database_takes_is_refused_before(self) -> None:
        for act_id in ("deed\x00\x00\x00\x00", "deed-\n-line", "short", "x" * 65, "号" * 9):
            answer = done(submit(Stream(), act_id=act_id))
            assert (answer.code, list(answer.errors)) == ("invalid", ["act_id"])

    def test_nobody_can_take_back_what_is_being_written(self) -> None:
        stream = new_stream()
        waiting = submit(stream)
        assert not waiting.cancel()
        assert done(waiting).ok


class TestInline(Contract, TestCase):
    """Inside the transaction of a test."""


@pytest.mark.databases
class TestThread(Contract):
    """The real thread, which commits."""

    @pytest.fixture(autouse=True)
    def _writing(self, fresh_database: None) -> Iterator[None]:
        with fresh.scribe():
            yield

    @contextmanager
    def held(self) -> Iterator[None]:
        """The scribe is busy with another meeting while the block runs; what arrives meanwhile waits."""
        busy, go_on = threading.Event(), threading.Event()

        def hold(_: Scene[Stream]) -> None:
            busy.set()
            assert go_on.wait(PATIENCE)

        DEEDS["hold"] = hold
        elsewhere = Stream.objects.create(purpose="office")
        waiting = submit(elsewhere, "hold")
        assert busy.wait(PATIENCE)
        try:
            yield
        finally:
            go_on.set()
        assert done(waiting).ok

    def test_listeners_are_told_after_the_commit(self) -> None:
        stream, seen = new_stream(), []
        told = threading.Event()

        def look(at: UUID, now: int) -> None:
            def read() -> None:
                seen.append((at, now, rev(stream)))
                connection.close()

            reader = threading.Thread(target=read)  # with a connection of its own
            reader.start()
            reader.join(PATIENCE)
            told.set()

        with listening(look):
            assert done(submit(stream)).ok
            assert told.wait(PATIENCE)
            DEEDS["no"] = fail(NOT_NOW())
            done(submit(stream, "no"))
            done(submit(new_stream()))
        assert seen[0] == (stream.pk, 1, 1)
        assert [at for at, *_ in seen].count(stream.pk) == 1

    def test_what_arrived_together_is_one_step_with_one_answer_each(self) -> None:
        stream = new_stream()
        with self.held():
            waiting = [submit(stream, act_id=f"deed-{no // 2:06d}", together=True) for no in range(120)]
            refused = submit(stream, "no", together=True)
            stranger = submit(stream, together=True, who=Office("stranger"))
            other = submit(stream, "other", act_id="deed-000007", together=True)
        answers = [done(each) for each in waiting]
        assert [answer.params for answer in answers] == [{"seq": no // 2 + 1} for no in range(120)]
        assert [answer.again for answer in answers] == [False, True] * 60
        assert TOGETHER == [61]
        assert [done(each).code for each in (refused, stranger, other)] == [
            "deed.not_now", "not_allowed", "content_differs",
        ]  # fmt: skip
        assert rev(stream) == sound(stream) == 60

    def test_a_bulk_that_fails_is_done_one_by_one(self) -> None:
        stream = new_stream()

        def fail_late(scene: Scene[Stream]) -> None:
            scene.write("deed.lost", {})
            raise ZeroDivisionError

        DEEDS["in bulk"] = fail_late
        with self.held():
            waiting = [submit(stream, act_id=f"deed-{no // 2:06d}", together=True) for no in range(10)]
        assert [done(each).params["seq"] for each in waiting] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        assert rev(stream) == sound(stream) == 5

    def test_a_seal_between_acts_that_wait_lets_none_through(self) -> None:
        stream = new_stream()
        DEEDS["seal"] = lambda scene: scene.seal()  # type: ignore[func-returns-value]
        with self.held():
            waiting = [submit(stream, together=no % 2 == 1) for no in range(6)]
            waiting.append(submit(stream, "seal"))
            waiting += [submit(stream, together=no % 2 == 1) for no in range(6)]
        answers = [done(each) for each in waiting]
        assert [answer.code for answer in answers[7:]] == ["sealed"] * 6
        assert all(answer.ok for answer in answers[:7])
        assert (rev(stream), sound(stream)) == (7, 7)

    def test_one_broken_act_spoils_none_of_those_it_waits_with(self) -> None:
        stream = new_stream()
        DEEDS["broken"] = fail(IntegrityError("twice"))
        DEEDS["odd"] = lambda _: {"seq": object()}
        with self.held():
            waiting = [submit(stream, deed) for deed in ("write", "broken", "write", "odd", "write")]
        assert [done(each).code for each in waiting] == [
            "deed.do.done", "fault", "deed.do.done", "fault", "deed.do.done",
        ]  # fmt: skip
        assert rev(stream) == sound(stream) == 3

    def test_a_full_queue_says_busy_at_once(self) -> None:
        stream = new_stream()
        scribe._driver._limit = 3  # type: ignore[union-attr]
        with self.held():
            waiting = [submit(stream) for _ in range(5)]
            assert [each.done() and done(each).code for each in waiting] == [False] * 3 + ["busy"] * 2
        assert [done(each).ok for each in waiting] == [True] * 3 + [False] * 2
        assert done(submit(stream)).ok
        assert sound(stream) == 4

    def test_meetings_take_turns(self) -> None:
        flood, quiet = new_stream(), new_stream()
        turns: list[UUID] = []
        with listening(lambda at, _: turns.append(at)):
            with self.held():
                many = [submit(flood, together=True) for _ in range(3 * scribe.MOST_IN_ONE_TRANSACTION)]
                one = submit(quiet)
            assert done(one).ok
            assert all(done(each).ok for each in many)
            scribe.stop()
        assert turns[1:] == [flood.pk, quiet.pk, flood.pk, flood.pk]
        assert sound(flood) == 3 * scribe.MOST_IN_ONE_TRANSACTION

    def test_stop_writes_what_waits_and_takes_nothing_more(self) -> None:
        stream, driver = new_stream(), scribe.driver()
        with self.held():
            waiting = [submit(stream) for _ in range(50)]
            stopping = threading.Thread(target=scribe.stop)
            stopping.start()
        stopping.join(PATIENCE)
        assert not stopping.is_alive()
        assert [each.done() and done(each).ok for each in waiting] == [True] * 50
        late = scribe.Job(acts.find("deed.do"), ANNA, stream.pk, {"deed": "write"}, "deed-late", "content")
        driver.submit(late)
        assert late.future.result(0).code == "busy"
        assert sound(stream) == 50

    def test_a_dead_scribe_says_so(self) -> None:
        stream, dead = new_stream(), threading.Event()
        driver = scribe.Thread(10, dead.set)
        DEEDS["die"] = fail(SystemExit())
        job = scribe.Job(acts.find("deed.do"), ANNA, stream.pk, {"deed": "die"}, "deed-die", "content")
        driver.submit(job)
        assert done(job.future).code == "fault"
        assert dead.wait(PATIENCE)
        driver._thread.join(PATIENCE)
        assert sound(stream) == 0

    # --- the fate of a COMMIT ------------------------------------------------------------------------------
    def _commit_that(self, really: bool) -> Any:
        """The scribe's next COMMIT raises, after it was done or instead of it."""
        commit, times = BaseDatabaseWrapper._commit, count()

        def once(wrapper: BaseDatabaseWrapper) -> Any:
            if threading.current_thread().name != "scribe" or next(times):
                return commit(wrapper)
            if really:
                commit(wrapper)
            raise OperationalError("the answer to COMMIT was lost")

        return mock.patch.object(BaseDatabaseWrapper, "_commit", once)

    @pytest.mark.parametrize("really", [True, False], ids=["done", "undone"])
    def test_an_unknown_commit_is_looked_up_before_anything_is_said(self, really: bool) -> None:
        stream, told = new_stream(), []
        with listening(lambda at, now: told.append((at, now))):
            with self.held():
                waiting = [submit(stream, act_id=f"deed-{no // 2:06d}", together=True) for no in range(10)]
                waiting.append(submit(stream, "no", together=True))
                lost = self._commit_that(really)
                lost.start()  # the scribe is held before its own COMMIT: that one is lost
            answers = [done(each) for each in waiting]
            lost.stop()
            scribe.stop()
        assert [answer.params for answer in answers[:10]] == [{"seq": no // 2 + 1} for no in range(10)]
        assert answers[10].code == "deed.not_now"
        assert rev(stream) == sound(stream) == 5
        assert max(told)[1] >= 1
        assert (stream.pk, 5) in told

    def test_a_database_locked_by_another_is_said_at_once_and_heals(self) -> None:
        stream = new_stream()
        locked, free = threading.Event(), threading.Event()

        options = connection.settings_dict["OPTIONS"]  # of this test's database alone
        options |= {"options": "-c lock_timeout=100"} if connection.vendor == "postgresql" else {"timeout": 0.1}
        scribe.stop()  # the next one opens a connection with them

        def lock() -> None:
            with transaction.atomic():
                Stream.objects.select_for_update().get(pk=stream.pk)
                locked.set()
                assert free.wait(PATIENCE)
            connection.close()

        assert done(submit(stream)).ok
        other = threading.Thread(target=lock)
        other.start()
        try:
            assert locked.wait(PATIENCE)
            waiting = [submit(stream, act_id=f"deed-{no:06d}") for no in range(100)]
            assert {done(each).code for each in waiting} == {"busy"}
        finally:
            free.set()
            other.join(PATIENCE)
        assert sound(stream) == 1
        again = [submit(stream, act_id=f"deed-{no:06d}") for no in range(100)]
        assert all(done(each).ok for each in again)
        assert sound(stream) == 101

    @pytest.mark.postgres
    def test_a_line_to_the_database_that_breaks_is_opened_anew(self) -> None:
        stream, times = new_stream(), count()
        told: list[int] = []

        def break_line(pid: int) -> None:
            def end() -> None:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
                connection.close()

            ender = threading.Thread(target=end)
            ender.start()
            ender.join(PATIENCE)

        def in_the_middle(scene: Scene[Stream]) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                told.append(cursor.fetchone()[0])
            if not next(times):
                break_line(told[0])

        DEEDS["cut"] = in_the_middle
        with self.held():
            waiting = [submit(stream), submit(stream, "cut"), submit(stream, together=True)]
        assert [done(each).params["seq"] for each in waiting] == [1, 2, 3]
        break_line(told[-1])  # while nothing is written
        assert done(submit(stream)).params == {"seq": 4}
        assert rev(stream) == sound(stream) == 4

    # --- several scribes ------------------------------------------------------------------------------------
    def test_two_scribes_keep_one_chain(self) -> None:
        streams = [new_stream(), new_stream()]
        drivers = [scribe.Thread(1000) for _ in range(2)]
        jobs = []
        for number in range(240):
            job = scribe.Job(
                acts.find("deed.together" if number % 3 else "deed.do"),
                Office(f"scribe {number % 2}"),
                streams[number // 2 % 2].pk,
                {"deed": "write"},
                f"deed-{number:06d}",
                "content",
            )
            drivers[number % 2].submit(job)
            jobs.append(job)
        assert all(done(job.future).ok for job in jobs)
        for driver in drivers:
            driver.stop()
        for stream in streams:
            assert rev(stream) == sound(stream) == 120

    def test_two_processes_keep_one_chain_and_one_killed_loses_nothing_it_has_acknowledged(self) -> None:
        stream = new_stream()
        name = str(connection.settings_dict["NAME"])
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.record.deeds", name, str(stream.pk), who, "4000"],
                cwd=BASE,
                env={**os.environ, "HALL_SCRIBE": "thread", "HALL_DATABASE_POOL": "2"},
                stdout=subprocess.PIPE,
                text=True,
            )
            for who in ("one", "two")
        ]
        acknowledged: list[str] = []
        try:
            for process in processes:  # both are in the middle of their writing
                assert process.stdout is not None
                acknowledged += [process.stdout.readline().strip() for _ in range(40)]
            assert done(submit(stream)).ok  # and this process is a third
            for process in processes:
                process.send_signal(signal.SIGKILL)
        finally:
            for process in processes:
                process.kill()
                assert process.stdout is not None
                with process.stdout as rest:  # by the same reader: `communicate` would drop what it holds of a line
                    acknowledged += [line.strip() for line in rest]
                process.wait(PATIENCE)
        assert [process.returncode for process in processes] == [-signal.SIGKILL] * 2
        written = set(Entry.objects.values_list("act_id", flat=True))
        assert set(filter(None, acknowledged)) <= written
        assert set(StoredAnswer.objects.values_list("act_id", flat=True)) == written
        assert done(submit(stream)).ok
        assert sound(stream) == rev(stream) == len(written) + 1
