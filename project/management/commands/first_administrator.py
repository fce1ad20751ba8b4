"""``first_administrator``: make the installation's first system administrator (系统管理员)."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

NONE_YET = 3


class Command(BaseCommand):
    help = "Makes the first administrator from {name, password}, one JSON object on standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say whether there is one (exit code 0 or 3)")

    def handle(self, *_args: Any, **options: Any) -> None:
        people = get_user_model()._default_manager
        there = people.filter(is_superuser=True, is_active=True).exists()
        if options["check"]:
            if not there:
                sys.exit(NONE_YET)
            return
        if there:
            raise CommandError(_("This hall already has an administrator."))
        given = json.loads(sys.stdin.read())
        person = get_user_model()(username=given["name"].strip(), is_staff=True, is_superuser=True)
        try:
            validate_password(given["password"], person)
            person.set_password(given["password"])
            person.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        person.save()
        self.stdout.write(_("The administrator %(name)s can sign in now.") % {"name": person.get_username()})
