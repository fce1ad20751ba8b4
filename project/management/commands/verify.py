"""`./hall manage verify FILE [--ca FILE]`: is this document genuine 验真?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sessions.documents.authority import installed_folder, known_certificates, load_certificate
from sessions.documents.errors import DocumentError
from sessions.documents.inspect import Inspection, Outcome, inspect
from sessions.record.chain import verify_export

EXIT = {Outcome.GENUINE: 0, Outcome.ALTERED: 2, Outcome.FOREIGN: 3}  # everything else: 1


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Say whether a PDF is genuine. Exit status: 0 genuine, 2 altered, 3 complete but of an unknown authority, "
        "1 anything else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the PDF")
        parser.add_argument("--ca", type=Path, help="a certificate (PEM or DER) of an authority to trust as well")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pdf = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(_("%(file)s cannot be read.") % {"file": options["file"]}) from error
        try:
            trusted = known_certificates(installed_folder())
            if options["ca"]:
                trusted.append(load_certificate(options["ca"]))
            found = inspect(pdf, trusted, check_record=verify_export)
        except DocumentError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(found.word))
        self.stdout.write(str(found.sentence))
        for label, value in facts(found):
            self.stdout.write(f"{label}: {value}")
        if status := EXIT.get(found.outcome, 1):
            sys.exit(status)


def facts(found: Inspection) -> Iterator[tuple[str, str]]:
    """What the file says, line by line; of an altered file these are claims, as the outcome above them says."""
    if found.number:
        yield _("Number"), found.number
    if found.check_code:
        yield _("Check code"), found.check_code
    if found.signer:
        yield _("Signed by"), " · ".join(part for part in (found.signer, found.role, found.organisation) if part)
    if found.signed_at:
        yield _("Signed at"), date_format(timezone.localtime(found.signed_at), "Y-m-d H:i:s")
    if found.issuer:
        yield _("Certified by"), found.issuer
    if found.authority:
        yield _("Authority's fingerprint"), found.authority
    yield _("SHA-256 of the file"), found.sha256
    if found.record_digest:
        yield _("Digest of the record"), found.record_digest
    if found.record is None:
        yield _("Attached record"), _("none")
    elif found.record_sound is not None:
        yield _("Attached record"), _("verified") if found.record_sound else _("does not verify")
