"""Append-only for real: triggers in both databases, installed from this one place after every migrate.

A table rebuild on SQLite drops triggers silently, so they are installed anew each time, checked at start and by
`verify_record`. `recursive_triggers` is on, else ``INSERT OR REPLACE`` would slip by; PostgreSQL also guards TRUNCATE.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

_guarded: dict[str, None] = {}

_FUNCTION = """
CREATE OR REPLACE FUNCTION hall_append_only() RETURNS trigger AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % of % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$ LANGUAGE plpgsql
"""


def guard_table(table: str) -> None:
    """Declare `table` append-only: rows are inserted and never changed or deleted."""
    _guarded[table] = None


def _statements(vendor: str, table: str) -> Iterator[tuple[str, str]]:
    """(name, SQL) of each trigger of `table`."""
    for operation in ("update", "delete"):
        name = f"{table}_no_{operation}"
        if vendor == "sqlite":
            yield (
                name,
                f"CREATE TRIGGER {name} BEFORE {operation.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append-only: {operation} of {table} is refused'); END",
            )
        else:
            yield (
                name,
                f"CREATE TRIGGER {name} BEFORE {operation.upper()} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION hall_append_only()",
            )
    if vendor == "postgresql":
        name = f"{table}_no_truncate"
        yield (
            name,
            f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION hall_append_only()",
        )


def _existing(using: str) -> set[str]:
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        return {row[0] for row in cursor.fetchall()}


def _tables(using: str) -> list[str]:
    present = set(connections[using].introspection.table_names())
    return [table for table in _guarded if table in present]


def install(using: str = "default") -> None:
    """Put every missing trigger in place; runs after each migrate."""
    connection = connections[using]
    present = _existing(using)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for table in _tables(using):
            for name, statement in _statements(connection.vendor, table):
                if name not in present:
                    cursor.execute(statement)


def missing(using: str = "default") -> list[str]:
    """The triggers that should stand and do not."""
    vendor = connections[using].vendor
    present = _existing(using)
    return [name for table in _tables(using) for name, _ in _statements(vendor, table) if name not in present]


@contextmanager
def lifted(table: str, using: str = "default") -> Iterator[None]:
    """Without the triggers of `table`, inside one transaction; only `retention` may use it."""
    connection = connections[using]
    if not connection.in_atomic_block:
        raise RuntimeError("Triggers are lifted only inside a transaction.")
    with connection.cursor() as cursor:
        for name, _ in _statements(connection.vendor, table):
            cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
        yield
        for _, statement in _statements(connection.vendor, table):
            cursor.execute(statement)
