"""``prepare_hall``: all that must be there before a server starts (启动准备), in one process since each start costs."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

READY = "ready"
NO_ADMINISTRATOR = "no administrator"


class Command(BaseCommand):
    help = (
        "Migrates, makes the signing authority, loads the demo in a demo folder; says whether an administrator exists."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the demo hall (demo data folders only)")

    def handle(self, *_args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("authority_init", stdout=self.stderr)
        if options["demo"]:
            call_command("demo_load", stdout=self.stderr)
        there = get_user_model()._default_manager.filter(is_superuser=True, is_active=True).exists()
        self.stdout.write(READY if there or options["demo"] else NO_ADMINISTRATOR)
