"""Forms 表单 of the office pages, in plain words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from .models import Node
from .sheets import MOST_BYTES


class SignInForm(AuthenticationForm):
    """Name and password of the staff."""

    error_messages = {
        "invalid_login": _("Name and password do not belong together. Please type both once more."),
        "inactive": _("Name and password do not belong together. Please type both once more."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["password"].label = _("Password")
        for name in ("username", "password"):
            self.fields[name].error_messages["required"] = _("Please fill this in.")


class RosterForm(forms.Form):
    """A roster file and the estate it is of; the estate is asked only where the hall has several."""

    node = forms.ModelChoiceField(Node.objects.none(), label=_("Which estate?"), required=False, empty_label=None)
    file = forms.FileField(
        label=_("Roster file (.xlsx or .csv)"),
        allow_empty_file=True,  # read_sheets says it better
        error_messages={"required": _("Please choose a file first.")},
    )

    def __init__(self, *args: Any, estates: list[Node], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(estates) > 1:
            choice = self.fields["node"]
            assert isinstance(choice, forms.ModelChoiceField)
            choice.queryset = Node.objects.filter(pk__in=[estate.pk for estate in estates])
            choice.required = True
        else:
            del self.fields["node"]
        self.fields["file"].widget.attrs.update(accept=".xlsx,.csv")
        self.most_megabytes = MOST_BYTES // 1024 // 1024
