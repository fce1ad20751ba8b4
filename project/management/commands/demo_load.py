"""``demo_load``: the demo hall 福苑里, in a demo data folder alone. Safe to repeat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from project.demo.load import LoadError, load


class Command(BaseCommand):
    help = "Loads the demo hall into a demo data folder; what is there already stays as it is."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            meeting = load()
        except LoadError as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write(_("The demo hall is loaded: %(meeting)s") % {"meeting": meeting.title})
