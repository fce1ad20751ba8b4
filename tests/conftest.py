"""The ground all tests stand on: settings of their own in a folder of their own, and servers on request.

It is read before Django loads, so what it puts into the environment is what ``project.settings`` sees. With
``HALL_TESTS_ON=postgres`` Django works on PostgreSQL: on ``HALL_TEST_DATABASE``, else on a private cluster.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
_ON_POSTGRES = os.environ.get("HALL_TESTS_ON") == "postgres"
_ROOM = 512 * 1024 * 1024  # bytes that must be free in memory before the databases go there


def _place() -> Path:
    """A folder for this run; in memory where there is room, since each commit waits for the disk."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM
    place = Path(tempfile.mkdtemp(prefix="hall-tests-", dir=memory if roomy else None))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def _set_up() -> None:
    """The environment of this run, then Django. A worker of pytest-xdist has its environment from the run already."""
    if not _WORKER:
        _set_environment()
    import django

    django.setup()


def _set_environment() -> None:
    wanted = {name: os.environ.get(name, "") for name in ("HALL_TEST_DATABASE", "HALL_TEST_REDIS", "HALL_TESTS_ON")}
    for name in [name for name in os.environ if name.startswith("HALL_")]:
        del os.environ[name]  # a real hall set up on this machine must not reach the tests
    os.environ.update({name: value for name, value in wanted.items() if value})
    os.environ.update(
        DJANGO_SETTINGS_MODULE="project.settings",
        HALL_DATA=str(_place()),
        HALL_TESTING="1",
        HALL_SCRIBE="inline",
        HALL_SECRET_KEY=secrets.token_urlsafe(49),
    )
    if _ON_POSTGRES:
        if not wanted["HALL_TEST_DATABASE"]:
            from project.launch import services

            held = ExitStack()
            atexit.register(held.close)
            os.environ["HALL_TEST_DATABASE"] = held.enter_context(services.postgres())
        os.environ["HALL_DATABASE"] = os.environ["HALL_TEST_DATABASE"]


_set_up()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the load and fault runs")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Each worker gets a data folder of its own, before it starts."""
    for number, spec in enumerate(specs):
        place = Path(os.environ["HALL_DATA"]) / f"worker{number}"
        place.mkdir()
        spec.env["HALL_DATA"] = str(place)


_WRITING_ROOMS = {"record", "halls", "meetings", "voting"}  # what they write must be right on both databases


def _on_both(item: pytest.Item) -> bool:
    from django.test import TransactionTestCase

    case = getattr(item, "cls", None)
    return item.path.parent.name in _WRITING_ROOMS and case is not None and issubclass(case, TransactionTestCase)


@pytest.hookimpl(tryfirst=True)  # before -m selects by marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run is not for (selection, never a skip)."""
    for item in items:
        if _on_both(item):
            item.add_marker(pytest.mark.databases)

    def left_out(item: pytest.Item) -> bool:
        if item.get_closest_marker("long") and not config.getoption("--long"):
            return True
        return bool(item.get_closest_marker("postgres")) and not _ON_POSTGRES

    out = [item for item in items if left_out(item)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a database on a PostgreSQL server for tests: the given one, else a private cluster."""
    from project.launch import services

    if given := os.environ.get("HALL_TEST_DATABASE"):
        yield given
    else:
        with services.postgres() as url:
            yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database of the test's own, dropped afterwards."""
    import psycopg

    name = f"hall_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(postgres_server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Redis server for tests: the given one, else a private one. Use a prefix of your own on it."""
    from project.launch import services

    if given := os.environ.get("HALL_TEST_REDIS"):
        yield given
    else:
        with services.redis() as url:
            yield url
