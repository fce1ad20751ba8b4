"""``demo_play``: simulated residents live through agenda item one, on a running demo server."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from project.demo.browser import PlayError
from project.demo.play import play


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1000:
        raise argparse.ArgumentTypeError(_("a speed is a number above 0, at most 1000"))
    return speed


class Command(BaseCommand):
    help = "Plays agenda item one of the demo meeting through the public doors of a server on this data folder."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the server answers")
        parser.add_argument("--speed", type=_speed, default=1.0, help="so many times faster than in the hall")
        parser.add_argument("--quick", action="store_true", help="do not wait at all")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("This is no demo data folder; only the demo hall can be played."))

        def say(line: str) -> None:
            self.stdout.write(line)
            self.stdout.flush()

        try:
            play(options["url"], speed=options["speed"], quick=options["quick"], say=say)
        except PlayError as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write(self.style.SUCCESS(_("The play is over; everything was as in the script.")))
