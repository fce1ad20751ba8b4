"""The worker process: whatever a job does, the server gets an answer in time and the next job a working process."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sessions.documents.errors import DocumentError
from sessions.documents.worker import Worker


@pytest.fixture
def small() -> Iterator[Worker]:
    worker = Worker(memory=256 << 20, jobs=2, queue_seconds=0.2)
    yield worker
    worker.stop()


def test_a_job_runs_elsewhere_and_the_process_is_kept_and_replaced_in_time(small: Worker) -> None:
    first, second, third = (small.call(os.getpid, seconds=10) for _ in range(3))
    assert os.getpid() != first == second
    assert third not in {first, os.getpid()}


def test_a_job_that_takes_too_long_is_stopped(small: Worker) -> None:
    before = small.call(os.getpid, seconds=10)
    with pytest.raises(DocumentError) as refused:
        small.call(time.sleep, 600, seconds=0.2)
    assert refused.value.code == "took_too_long"
    assert small.call(os.getpid, seconds=10) != before
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)


def test_a_job_that_wants_too_much_memory_is_refused(small: Worker) -> None:
    with pytest.raises(DocumentError) as refused:
        small.call(bytearray, 1 << 30, seconds=10)
    assert refused.value.code == "needs_too_much_memory"
    assert small.call(len, "abc", seconds=10) == 3


def test_a_worker_that_dies_is_replaced(small: Worker, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(DocumentError):
        small.call(os.abort, seconds=10)
    assert "died" in caplog.text
    assert small.call(len, "abc", seconds=10) == 3


def test_a_job_that_fails_is_logged_and_told_in_a_sentence(small: Worker, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(DocumentError) as refused:
        small.call(int, "twelve", seconds=10)
    assert refused.value.code == "worker_failed"
    assert "invalid literal" in caplog.text
    assert "invalid literal" not in str(refused.value)


def test_who_waits_too_long_for_a_turn_is_told_to_try_again(small: Worker) -> None:
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(small.call, time.sleep, 1.5, seconds=10) for _ in range(4)]
        outcomes = [getattr(job.exception(), "code", "done") for job in waiting]
    assert outcomes.count("done") == 1
    assert outcomes.count("worker_busy") == 3


def test_its_folder_is_private_and_goes_with_it(small: Worker) -> None:
    folder = small.folder
    assert folder.stat().st_mode & 0o077 == 0
    small.stop()
    assert not folder.exists()
    assert small.call(len, "abc", seconds=10) == 3
