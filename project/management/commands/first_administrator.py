"""``first_administrator``: make the installation's first system administrator (系统管理员)."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _


class Command(BaseCommand):
    help = "Makes the first administrator from {name, password}, one JSON object on standard input."

    def handle(self, *_args: Any, **_options: Any) -> None:
        people = get_user_model()._default_manager
        if people.filter(is_superuser=True, is_active=True).exists():
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
