"""``rotate_secret_key``: a new secret key (密钥) in front; the old ones stay valid, so printed slips still open."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from project.launch.folder import SECRET_KEY, new_secret_key, write_private


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Puts a new secret key in front of those in the data folder; restart the server afterwards."

    def handle(self, *_args: Any, **_options: Any) -> None:
        path = settings.DATA / SECRET_KEY
        if not path.exists():
            raise CommandError(_("The secret key is not kept in the data folder; change HALL_SECRET_KEY instead."))
        keys = path.read_text("ascii").split()
        write_private(path, "\n".join([new_secret_key(), *keys]) + "\n")
        self.stdout.write(_("A new secret key is in use after the next start; slips printed before still open."))
