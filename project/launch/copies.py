"""A consistent copy of the database (数据库副本), out of a running hall and back into an empty one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from project.launch.words import RefusalError, _

SQLITE = "hall.sqlite3"
POSTGRES = "database.pgdump"


def dump(data: Path, into: Path) -> Path:
    """Copy the hall's database into the folder ``into``: one moment of it, whatever is being written meanwhile."""
    if url := os.environ.get("HALL_DATABASE", ""):
        target = into / POSTGRES
        _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={target}")
        return target
    source = data / SQLITE
    if not source.exists():
        raise RefusalError(_("There is no database in {folder}.").format(folder=data))
    target = into / SQLITE
    with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(target)) as copy:
        try:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            (state,) = copy.execute("PRAGMA integrity_check").fetchone()
        except sqlite3.DatabaseError as error:
            state = str(error)
    if state != "ok":
        raise RefusalError(_("The database is damaged: {reason}").format(reason=state))
    return target


def load(name: str, stage: Path) -> None:
    """Bring the unpacked copy ``stage/name`` to where the hall looks: it stays a file, or fills PostgreSQL."""
    url = os.environ.get("HALL_DATABASE", "")
    if name == SQLITE:
        if url:
            raise RefusalError(_("This backup holds a SQLite database: start without HALL_DATABASE."))
        return
    if not url:
        raise RefusalError(_("This backup holds a PostgreSQL database: name an empty one in HALL_DATABASE."))
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute(
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise RefusalError(_("The database cannot be reached: {reason}").format(reason=str(error).strip())) from None
    if row is None or row[0]:
        raise RefusalError(_("The database in HALL_DATABASE is not empty."))
    _run(url, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-acl",
         f"--dbname={_name(url)}", str(stage / name))  # fmt: skip
    (stage / name).unlink()


def _name(url: str) -> str:
    return unquote(urlsplit(url).path.lstrip("/"))


def _run(url: str, name: str, *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise RefusalError(_("{name} is missing: install the package postgresql-client.").format(name=name))
    parts = urlsplit(url)
    given = {  # by environment: a command line can be read by everybody on the machine
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port) if parts.port else None,
        "PGUSER": unquote(parts.username or "") or None,
        "PGPASSWORD": unquote(parts.password or "") or None,
        "PGDATABASE": _name(url) or None,
    }
    done = subprocess.run(
        [program, *arguments],
        env=dict(os.environ) | {key: value for key, value in given.items() if value},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise RefusalError(_("{name} failed: {reason}").format(name=name, reason=done.stderr.strip()))
