"""The pages of system administrators 系统管理员. What acts write is shown here and written through the same acts."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sessions.record import scribe
from sessions.record.acts import Answer, Refused

from .access import staff_actor
from .acts import found_hall
from .models import Hall, Household, Node, Person, Role, Tie, Venue
from .tree import add_node, kinds_below


class ReadOnly(admin.ModelAdmin):
    """To look at, not to change."""

    actions = None

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False


class ThroughActs(admin.ModelAdmin):
    """Adds and deletes through acts, which the scribe writes in a transaction of its own: so none around it."""

    actions = None

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        view = super()._changeform_view  # type: ignore[misc]  # what Django calls inside its transaction
        return self._spoken(request, lambda: view(request, object_id, form_url, extra_context))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        view = super()._delete_view  # type: ignore[misc]
        return self._spoken(request, lambda: view(request, object_id, extra_context))

    def has_change_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def _spoken(self, request: HttpRequest, do: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return do()
        except Refused as refused:
            words = Answer("", False, refused.code, refused.params).words(get_language() or "zh-hans")
            messages.error(request, words)
            return HttpResponseRedirect(request.get_full_path())


def _done(answer: Answer) -> Answer:
    if not answer.ok:
        raise Refused(answer.code, answer.params)
    return answer


class NodeForm(forms.ModelForm):
    """A node; its place and kind are chosen once."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.instance.pk is None and data.get("kind") and data["kind"] not in kinds_below(data.get("parent")):
            raise ValidationError(_("A node of this kind cannot stand there in the tree."))
        return data


@admin.register(Node)
class NodeAdmin(admin.ModelAdmin):
    """Nodes: added where they belong; later only the name changes."""

    form = NodeForm
    fields = ["parent", "kind", "name"]
    list_display = ["name", "kind", "parent"]
    list_filter = ["kind"]
    search_fields = ["name"]
    ordering = ["path"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["parent", "kind"] if obj else []

    def save_model(self, request: HttpRequest, obj: Node, form: forms.ModelForm, change: bool) -> None:
        if change:
            obj.save()
            return
        node = add_node(obj.parent, obj.kind, obj.name)
        obj.pk, obj.path = node.pk, node.path
        obj._state.adding = False


@admin.register(Hall)
class HallAdmin(ThroughActs):
    """Halls are founded, with their office stream; the record names them, so they are not renamed here."""

    fields = ["node", "name", "short", "slogan"]
    list_display = ["name", "node", "short"]
    search_fields = ["name"]

    def has_delete_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Hall, form: forms.ModelForm, change: bool) -> None:
        actor = staff_actor(request.user)  # type: ignore[arg-type]
        hall = found_hall(node=obj.node, name=obj.name, short=obj.short, slogan=obj.slogan, actor=actor)
        obj.pk, obj.office = hall.pk, hall.office


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):
    """Venues of a hall."""

    list_display = ["name", "hall", "place", "seats"]


def hall_near(node: Node) -> Hall | None:
    """The hall in whose office stream a role on `node` is written: the nearest at or above it, else the first below."""
    above = [int(part) for part in node.path.split("/") if part]
    halls = Hall.objects.select_related("node")
    nearest = sorted(halls.filter(node_id__in=above), key=lambda hall: (-len(hall.node.path), hall.pk))
    return nearest[0] if nearest else halls.filter(node__path__startswith=node.path).order_by("pk").first()


class RoleForm(forms.ModelForm):
    """A role; it is written in the account of a hall, so there must be one at, above or below its node."""

    def clean_node(self) -> Node:
        node: Node = self.cleaned_data["node"]
        if hall_near(node) is None:
            raise ValidationError(_("There is no hall at, above or below this place. Please found the hall first."))
        return node


@admin.register(Role)
class RoleAdmin(ThroughActs):
    """Roles: given and ended by the acts staff.appoint and staff.dismiss."""

    form = RoleForm
    fields = ["user", "node", "kind", "office"]
    list_display = ["user", "kind", "node", "office"]
    list_filter = ["kind"]

    def _perform(self, request: HttpRequest, name: str, node: Node, data: dict[str, Any]) -> Answer:
        hall = hall_near(node)
        assert hall is not None  # the form has looked
        actor = staff_actor(request.user)  # type: ignore[arg-type]
        return _done(scribe.perform(name, actor=actor, stream=hall.office_id, data=data, act_id=secrets.token_hex(16)))

    def save_model(self, request: HttpRequest, obj: Role, form: forms.ModelForm, change: bool) -> None:
        data = {"user": obj.user_id, "node": obj.node_id, "kind": obj.kind, "office": obj.office}
        obj.pk = self._perform(request, "staff.appoint", obj.node, data).params["role"]

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        assert isinstance(obj, Role)
        self._perform(request, "staff.dismiss", obj.node, {"role": obj.pk})


class TieInline(admin.TabularInline):
    """Who owns and who lives there."""

    model = Tie
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False


@admin.register(Household)
class HouseholdAdmin(ReadOnly):
    """Households: changed only by importing the roster."""

    list_display = ["door", "node", "area_x100", "active"]
    list_filter = ["active", "node"]
    search_fields = ["room"]
    inlines = [TieInline]


@admin.register(Person)
class PersonAdmin(ReadOnly):
    """People: changed only by importing the roster."""

    list_display = ["name", "organisation", "node"]
    search_fields = ["name", "organisation"]
    inlines = [TieInline]
