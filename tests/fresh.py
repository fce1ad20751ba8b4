"""A freshly migrated, throw-away database for tests that run threads.

Such tests must COMMIT, and what is committed cannot be flushed away again: the triggers of the record refuse DELETE
and TRUNCATE. So each of them gets a database of its own, copied from a template that is migrated once, of the kind
Django is set up with (SQLite file or PostgreSQL):

    @pytest.mark.databases
    def test_something(fresh_database):     # from tests.fresh import fresh_database
        with fresh.scribe():
            ...                             # threads may come and go; all see the same database
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from sessions.record import scribe as the_scribe

ALIAS = "default"


def _lift(settings: dict[str, Any]) -> None:
    """Make `settings` those of every connection opened from now on, in any thread."""
    connections.settings[ALIAS] = settings
    del connections[ALIAS]  # this thread opens a new one; other threads have none of their own yet


@contextmanager
def _instead(settings: dict[str, Any]) -> Iterator[None]:
    """Django works on another database inside this block. Threads started in it have ended when it is left."""
    before = connections.settings[ALIAS]
    kept = connections[ALIAS]  # and kept open: an SQLite database in memory lives by it
    _lift(settings)
    try:
        yield
    finally:
        connections[ALIAS].close()
        _lift(before)
        connections[ALIAS] = kept


def _settings(name: str) -> dict[str, Any]:
    """The settings of this run with another database name. PostgreSQL goes without a pool, which is kept by alias."""
    now = connections.settings[ALIAS]
    options = {key: value for key, value in now["OPTIONS"].items() if key != "pool"}
    return now | {"NAME": name, "OPTIONS": options}


def _run_on_server(*statements: str) -> None:
    settings = connections.settings[ALIAS]
    given = {
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
    }
    told = {key: value for key, value in given.items() if value}
    with psycopg.connect(dbname="postgres", autocommit=True, **told) as connection:
        for statement in statements:
            connection.execute(statement)


def _on_postgres() -> bool:
    return connections[ALIAS].vendor == "postgresql"


def _migrate() -> None:
    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    connections[ALIAS].close()


@contextmanager
def template(folder: Path) -> Iterator[str]:
    """A migrated database to copy: its file, or its name on the server."""
    if not _on_postgres():
        path = folder / "template.sqlite3"
        with _instead(_settings(str(path))):
            _migrate()
            with connections[ALIAS].cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield str(path)
        return
    name = f"hall_template_{secrets.token_hex(6)}"
    _run_on_server(f'CREATE DATABASE "{name}"')
    try:
        with _instead(_settings(name)):
            _migrate()
        yield name
    finally:
        _run_on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def copy_of(source: str, folder: Path) -> Iterator[None]:
    """Django works on a copy of the template `source`; it is gone afterwards."""
    name = f"hall_{secrets.token_hex(6)}"
    if _on_postgres():
        _run_on_server(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        try:
            with _instead(_settings(name)):
                yield
        finally:
            _run_on_server(f'DROP DATABASE "{name}" WITH (FORCE)')
        return
    path = folder / f"{name}.sqlite3"
    shutil.copyfile(source, path)
    try:
        with _instead(_settings(str(path))):
            yield
    finally:
        for left in folder.glob(f"{name}.sqlite3*"):
            left.unlink()


@contextmanager
def scribe() -> Iterator[None]:
    """The thread driver of the scribe, as in a server, started and drained inside this block."""
    the_scribe.stop()
    with override_settings(SCRIBE="thread"):
        the_scribe.driver()
        try:
            yield
        finally:
            the_scribe.stop()


@pytest.fixture(scope="session")
def migrated_template(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The template of this run; migrated at first use."""
    with django_db_blocker.unblock(), template(tmp_path_factory.mktemp("template")) as source:
        yield source


@pytest.fixture
def fresh_database(migrated_template: str, django_db_blocker: Any, tmp_path: Path) -> Iterator[None]:
    """A database of the test's own, with every table and trigger, empty; commits and threads are welcome."""
    with django_db_blocker.unblock(), copy_of(migrated_template, tmp_path):
        yield
