"""Recompute the chains of the record and check that the append-only triggers stand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions.record.chain import verify
from sessions.record.models import Stream
from sessions.record.triggers import missing


class Command(BaseCommand):
    help = "Verify the record: every chain from its first entry, and the triggers that guard it. Exit 1 if unsound."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("stream", nargs="*", help="ids of streams; all if none is given")
        parser.add_argument("--all", action="store_true", help="all streams (the default)")

    def handle(self, *args: Any, **options: Any) -> None:
        streams = Stream.objects.order_by("pk")
        if options["stream"]:
            try:
                streams = streams.filter(pk__in=options["stream"])
            except ValueError as error:
                raise CommandError(f"Not the id of a stream: {', '.join(options['stream'])}") from error
            if streams.count() != len(set(options["stream"])):
                raise CommandError("There is no such stream.")
        unsound = 0
        for stream in streams:
            found = verify(stream)
            unsound += not found.sound
            word = "sound" if found.sound else "UNSOUND"
            erased = f", {found.erased} values erased" if found.erased else ""
            self.stdout.write(f"{word}  {stream.purpose}  {stream.pk}  {found.entries} entries{erased}  {found.head}")
            for problem in found.problems:
                self.stdout.write(f"    {problem}")
        if names := missing():
            raise CommandError(f"Append-only triggers are missing: {', '.join(names)}")
        if unsound:
            raise CommandError(f"{unsound} of the chains are unsound.")
