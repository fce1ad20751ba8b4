"""`./hall manage authority_init`: make this installation's signing authority 签名机构, once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from sessions.documents.authority import (
    ensure_authority,
    installed_folder,
    installed_passphrase,
    retire_authority,
)
from sessions.documents.errors import DocumentError


class Command(BaseCommand):
    requires_system_checks = []
    help = "Make this installation's signing authority if there is none, and print its fingerprint."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default="", help="the hall's or office's name, put into the certificate")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="retire the present authority and make a new one; what it signed stays genuine",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = installed_folder()
        try:
            if options["replace"] and (folder / "ca.pem").exists():
                kept = retire_authority(folder)
                self.stdout.write(
                    _("The former authority is retired; its certificate is kept: %(file)s") % {"file": kept}
                )
            authority, made = ensure_authority(folder, installed_passphrase(), name=options["name"])
        except DocumentError as error:
            raise CommandError(str(error)) from error
        if made:
            self.stdout.write(_("A signing authority was made for this installation."))
        else:
            self.stdout.write(_("This installation has its signing authority already."))
        self.stdout.write(_("Certificate: %(file)s") % {"file": folder / "ca.pem"})
        self.stdout.write(_("Fingerprint (SHA-256): %(fingerprint)s") % {"fingerprint": authority.fingerprint})
