from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import DatabaseError, connections
from django.db.models.signals import post_migrate


class RecordConfig(AppConfig):
    """Puts the append-only triggers in place after every migrate and checks them at start."""

    name = "sessions.record"
    label = "record"
    verbose_name = "Record 会议记录"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .triggers import guard_table

        guard_table("record_entry")
        post_migrate.connect(_install, dispatch_uid="record.triggers")
        checks.register(_triggers_stand, str(checks.Tags.database))


def _install(using: str = "default", **_: Any) -> None:
    from .triggers import install

    install(using)


def _triggers_stand(*, databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    from .triggers import missing

    found: list[checks.CheckMessage] = []
    for using in databases or []:
        try:
            if names := missing(using):
                found.append(checks.Error(f"Append-only triggers are missing: {', '.join(names)}. Run migrate."))
        except DatabaseError:
            found.append(checks.Error(f"The database {using} cannot be read."))
        finally:
            connections[using].close_if_unusable_or_obsolete()
    return found
