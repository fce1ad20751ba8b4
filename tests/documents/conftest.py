from __future__ import annotations

from collections.abc import Iterator

import pytest

from sessions.documents.authority import Authority, new_authority
from sessions.documents.render import render
from sessions.documents.worker import Worker
from tests.documents import samples


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.stop()


@pytest.fixture(scope="session")
def minutes_pdf(worker: Worker) -> bytes:
    return render(samples.minutes(), record=samples.RECORD, worker=worker)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return new_authority("福苑里社区")


@pytest.fixture(scope="session")
def sealed(minutes_pdf: bytes, authority: Authority) -> bytes:
    """The minutes, sealed."""
    return samples.seal(minutes_pdf, authority)


@pytest.fixture(scope="session")
def unattached(worker: Worker) -> bytes:
    """The minutes without a record, unsealed."""
    return render(samples.minutes(), worker=worker)
