"""The forms of this room's acts: what may be sent, with one plain sentence for each thing that may be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import rules, words
from .models import Meeting, Presence, Remark, SpeakRequest

_MOST_NO = 1_000_000
HELPED = [(channel.value, channel.label) for channel in (Presence.Channel.DESK, Presence.Channel.TABLET)]


class Line(forms.Field):
    """One line of plain text of at most `most` characters, cleaned by `rules.clean_text`."""

    widget = forms.TextInput
    default_error_messages = {
        "required": _("Please write something first."),
        "invalid": _("Please write plain text."),
        "long": _("At most %(most)s characters, please; this has %(has)s."),
    }

    def __init__(self, *, most: int, required: bool = True) -> None:
        super().__init__(required=required)
        self.most = most

    def to_python(self, value: Any) -> str:
        if value in self.empty_values:
            return ""
        if not isinstance(value, str):
            raise ValidationError(self.error_messages["invalid"], "invalid")
        return rules.clean_text(value)

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.most:
            raise ValidationError(self.error_messages["long"], "long", {"most": self.most, "has": len(value)})


class DeviceForm(forms.Form):
    """The key that the phone was given (not its digest); without it the actor's own is taken."""

    device = forms.CharField(min_length=16, max_length=64, required=False)


class GuestForm(forms.Form):
    device = forms.CharField(min_length=16, max_length=64)
    name = Line(most=20, required=False)


class SeatForm(forms.Form):
    seat = forms.UUIDField()


class ArriveForForm(SeatForm):
    channel = forms.ChoiceField(choices=HELPED)


class OfficialForm(forms.Form):
    name = Line(most=60)
    office = Line(most=80, required=False)


class ProxyForm(forms.Form):
    principal = forms.UUIDField()
    holder = forms.UUIDField()


class PrincipalForm(forms.Form):
    principal = forms.UUIDField()


class ItemForm(forms.Form):
    item = forms.IntegerField(min_value=1, max_value=_MOST_NO)


class WallForm(forms.Form):
    view = forms.ChoiceField(choices=list(words.WALL.items()))


class RequestForm(forms.Form):
    """A request to speak; who debates says first on which side."""

    kind = forms.ChoiceField(choices=SpeakRequest.Kind.choices)
    stance = forms.ChoiceField(choices=[choice for choice in SpeakRequest.Stance.choices if choice[0]], required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") != rules.DEBATE:
            data["stance"] = ""
        elif not data.get("stance") and "stance" not in self.errors:
            self.add_error("stance", _("Please say first: for, against, or to add something."))
        return data


class RequestForForm(RequestForm, ArriveForForm):
    """The same, entered for someone without a phone."""


class RequestNoForm(forms.Form):
    request = forms.IntegerField(min_value=1, max_value=_MOST_NO)


class CallForm(forms.Form):
    """Whom to call (else the first who waits), and whose speech the caller saw running (0: nobody's)."""

    request = forms.IntegerField(min_value=1, max_value=_MOST_NO, required=False)
    seen = forms.IntegerField(min_value=0, max_value=_MOST_NO, required=False)


class SpeechForm(forms.Form):
    """The request number of the speech that is meant; else the one that runs."""

    speech = forms.IntegerField(min_value=1, max_value=_MOST_NO, required=False)


class RemarkForm(forms.Form):
    kind = forms.ChoiceField(choices=Remark.Kind.choices)
    text = Line(most=rules.LONGEST_REMARK)
    signed = forms.BooleanField(required=False)


class RemarkForForm(RemarkForm, ArriveForForm):
    """The same, entered for someone without a phone."""


class RemarkNoForm(forms.Form):
    remark = forms.IntegerField(min_value=1, max_value=_MOST_NO)


class HideForm(RemarkNoForm):
    reason = forms.ChoiceField(choices=list(words.REASONS.items()))


# --- convening -------------------------------------------------------------------------------------------
def _row(number: int, row: Any, fields: Mapping[str, forms.Field], where: Any) -> dict[str, Any]:
    """The cleaned fields of one row of a list; raises ValidationError with the row's number before the sentence."""
    if not isinstance(row, dict):
        raise ValidationError(
            _("%(where)s %(number)s is not written as fields."), params={"where": where, "number": number}
        )
    cleaned = {}
    for name, field in fields.items():
        try:
            cleaned[name] = field.clean(row.get(name))
        except ValidationError as error:
            raise ValidationError(
                _("%(where)s %(number)s, %(field)s: %(sentence)s"),
                params={
                    "where": where,
                    "number": number,
                    "field": words.FIELDS[name],
                    "sentence": " ".join(error.messages),
                },
            ) from None
    return cleaned


class Kinds(forms.Field):
    """评 rate, 议 deliberate, 定 decide: a string or list of them, at least one."""

    def to_python(self, value: Any) -> str:
        signs = "".join(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value
        if not isinstance(signs, str) or not signs or set(signs) - set(rules.ITEM_KINDS):
            raise ValidationError(_("Choose from 评, 议 and 定."))
        return "".join(kind for kind in rules.ITEM_KINDS if kind in signs)


class Lines(forms.Field):
    """At most three short lines: a list, or a text with line breaks."""

    def to_python(self, value: Any) -> list[str]:
        parts = value.splitlines() if isinstance(value, str) else value or []
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValidationError(_("Please write plain text."))
        cleaned = [line for part in parts if (line := rules.clean_text(part))]
        if len(cleaned) > 3 or any(len(line) > 60 for line in cleaned):
            raise ValidationError(_("At most three lines of 60 characters each fit on the wall."))
        return cleaned


class ConveneForm(forms.Form):
    """A meeting to be convened.

    items      JSON list of {title, kinds, minutes, proposed_by, background}
    officials  JSON list of {name, office}
    """

    title = Line(most=120)
    form = forms.ChoiceField(choices=Meeting.Form.choices)
    year = forms.IntegerField(min_value=2000, max_value=2999)
    ordinal = forms.IntegerField(min_value=1, max_value=9999)
    starts_at = forms.DateTimeField()
    venue = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    join_code = forms.RegexField(
        r"^[0-9]{6}$", required=False, error_messages={"invalid": _("The code is six digits, e.g. 473819.")}
    )
    notice_on = forms.DateField(required=False)
    also = Line(most=200, required=False)
    chair = Line(most=60, required=False)
    secretary = Line(most=60, required=False)
    rules_version = Line(most=120, required=False)
    speech_seconds = forms.IntegerField(min_value=30, max_value=3600, required=False)
    presenter_seconds = forms.IntegerField(min_value=30, max_value=3600, required=False)
    speeches_per_item = forms.IntegerField(min_value=1, max_value=20, required=False)
    comment_pause_seconds = forms.IntegerField(min_value=0, max_value=600, required=False)
    items = forms.JSONField(error_messages={"required": _("The agenda needs at least one item.")})
    officials = forms.JSONField(required=False)

    _item = {
        "title": Line(most=60),
        "kinds": Kinds(),
        "minutes": forms.IntegerField(min_value=1, max_value=240),
        "proposed_by": Line(most=120, required=False),
        "background": Lines(required=False),
    }
    _official = {"name": Line(most=60), "office": Line(most=80, required=False)}

    def clean_items(self) -> list[dict[str, Any]]:
        rows = self.cleaned_data["items"]
        if not isinstance(rows, list) or not 1 <= len(rows) <= rules.MOST_ITEMS:
            raise ValidationError(_("The agenda is a list of 1 to %(most)s items."), params={"most": rules.MOST_ITEMS})
        cleaned = []
        for number, row in enumerate(rows, 1):
            if isinstance(row, dict) and row.get("no", number) != number:
                raise ValidationError(_("The items are numbered 1, 2, 3 … in their order."))
            cleaned.append(_row(number, row, self._item, _("Item")) | {"no": number})
        return cleaned

    def clean_officials(self) -> list[dict[str, Any]]:
        rows = self.cleaned_data["officials"] or []
        if not isinstance(rows, list) or len(rows) > rules.MOST_OFFICIALS:
            raise ValidationError(
                _("Those in attendance are a list of at most %(most)s names."), params={"most": rules.MOST_OFFICIALS}
            )
        return [_row(number, row, self._official, _("In attendance")) for number, row in enumerate(rows, 1)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        notice, starts = data.get("notice_on"), data.get("starts_at")
        if notice and starts and notice > timezone.localtime(starts).date():
            self.add_error("notice_on", _("The notice cannot be later than the meeting."))
        return data
