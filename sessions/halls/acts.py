"""Acts 行为 of a hall's office: found a hall, appoint and dismiss staff, import the roster."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sessions.record import scribe
from sessions.record.acts import NOT_ALLOWED, Actor, Office, Refused, Right, Scene, act, refusal
from sessions.record.chain import public
from sessions.record.models import Stream

from .access import OFFICE, StaffActor, staff
from .cells import MOST_AREA_X100, MOST_NAME, MOST_ORGANISATION
from .enrol import enrol
from .models import Hall, Node, Role
from .owners import Prepared, Resolved, resolve
from .reads import figures_of, register_of
from .register import compare
from .roster import read_roster
from .sheets import MOST_ROWS, read_sheets

HALL_EXISTS = refusal("hall.exists", _("There is a hall of this name at this place already."))
NODE_UNKNOWN = refusal("node.unknown", _("This place is not in the tree of the hall. Please choose another."))
USER_UNKNOWN = refusal("staff.unknown", _("This account does not exist or is closed. Please choose another."))
ROLE_UNKNOWN = refusal("staff.no_role", _("This role is not held any more."))


def system(actor: Any, _subject: Any = None) -> bool:
    """A right: the system itself (commands, the demo) or an active system administrator."""
    if isinstance(actor, Office):
        return True
    users = get_user_model().objects
    return isinstance(actor, StaffActor) and users.filter(pk=actor.user_id, is_active=True, is_superuser=True).exists()


def _or_system(right: Any) -> Right:
    def either(actor: Any, subject: Any) -> bool:
        return system(actor) or bool(right(actor, subject))

    either.roles = right.roles  # type: ignore[attr-defined]
    return either


APPOINT = _or_system(staff(Role.Kind.DIRECTOR))
IMPORT = _or_system(OFFICE)


def hall_of(stream_id: UUID) -> Hall:
    """The hall whose office stream this is; raises `Refused` (not_allowed)."""
    hall = Hall.objects.select_related("node", "office").filter(office_id=stream_id).first()
    if hall is None:
        raise NOT_ALLOWED()
    return hall


def _empty_office(stream_id: UUID) -> Stream:
    """The office stream of a hall that is not founded yet; raises `Refused`."""
    stream = Stream.objects.filter(pk=stream_id, purpose=Stream.Purpose.OFFICE, hall=None).first()
    if stream is None:
        raise NOT_ALLOWED()
    return stream


def _node(pk: int) -> Node:
    node = Node.objects.filter(pk=pk).first()
    if node is None:
        raise NODE_UNKNOWN()
    return node


# --- founding --------------------------------------------------------------------------------------------
class FoundForm(forms.Form):
    """A new hall; `short` stands in document numbers."""

    node = forms.IntegerField(min_value=1)
    name = forms.CharField(max_length=60)
    short = forms.CharField(max_length=30)
    slogan = forms.CharField(max_length=60, required=False)


@act("hall.found", form=FoundForm, right=system, locate=_empty_office, said=_("The hall is founded."))
def _found(*, scene: Scene[Stream], node: int, name: str, short: str, slogan: str) -> dict[str, Any]:
    place = _node(node)
    if Hall.objects.filter(node=place, name=name).exists():
        raise HALL_EXISTS()
    hall = Hall.objects.create(node=place, office=scene.subject, name=name, short=short, slogan=slogan)
    scene.write("hall.founded", {"hall": hall.pk, "name": name, "short": short, "slogan": slogan, "place": place.name})
    return {"hall": hall.pk}


def found_hall(
    *, node: Node, name: str, short: str, slogan: str = "", actor: Actor | None = None, act_id: str = ""
) -> Hall:
    """Found a hall on a new office stream; raises `Refused` (hall.exists, not_allowed, …). Not inside a transaction."""
    stream = Stream.objects.create(purpose=Stream.Purpose.OFFICE)
    answer = scribe.perform(
        "hall.found",
        actor=actor or Office(),
        stream=stream.pk,
        data={"node": node.pk, "name": name, "short": short, "slogan": slogan},
        act_id=act_id or secrets.token_hex(16),
    )
    if not answer.ok:
        stream.answers.all().delete()
        stream.delete()
        raise Refused(answer.code, answer.params)
    return hall_of(stream.pk)


# --- staff -----------------------------------------------------------------------------------------------
class AppointForm(forms.Form):
    """A role for a user on a node of the hall's tree."""

    user = forms.IntegerField(min_value=1)
    node = forms.IntegerField(min_value=1)
    kind = forms.ChoiceField(choices=Role.Kind.choices)
    office = forms.CharField(max_length=80, required=False)


def _within_reach(scene: Scene[Hall], node: Node) -> None:
    """Staff of a hall appoint on its node and below; the system also above, for streets and districts."""
    below = node.path.startswith(scene.subject.node.path)
    if not below and not (system(scene.actor) and scene.subject.node.path.startswith(node.path)):
        raise NODE_UNKNOWN()


def _name_of(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())


@act("staff.appoint", form=AppointForm, right=APPOINT, locate=hall_of, said=_("The role is given."))
def _appoint(*, scene: Scene[Hall], user: int, node: int, kind: str, office: str) -> dict[str, Any]:
    place = _node(node)
    _within_reach(scene, place)
    person = get_user_model().objects.filter(pk=user, is_active=True).first()
    if person is None:
        raise USER_UNKNOWN()
    role, made = Role.objects.get_or_create(user=person, node=place, kind=kind, defaults={"office": office})
    if not made and role.office == office:
        return {"role": role.pk}  # held already: nothing to write twice
    role.office = office
    role.save(update_fields=["office"])
    scene.write(
        "staff.appointed",
        {"role": role.pk, "name": public(_name_of(person)), "kind": kind, "office": office, "place": place.name},
    )
    return {"role": role.pk}


class DismissForm(forms.Form):
    """The role that ends."""

    role = forms.IntegerField(min_value=1)


@act("staff.dismiss", form=DismissForm, right=APPOINT, locate=hall_of, said=_("The role has ended."))
def _dismiss(*, scene: Scene[Hall], role: int) -> dict[str, Any]:
    held = Role.objects.select_related("user", "node").filter(pk=role).first()
    if held is None:
        raise ROLE_UNKNOWN()
    _within_reach(scene, held.node)
    body = {"role": role, "name": public(_name_of(held.user)), "kind": held.kind, "place": held.node.name}
    held.delete()
    scene.write("staff.dismissed", body)
    return {"role": role}


# --- roster ----------------------------------------------------------------------------------------------
class RosterField(forms.JSONField):
    """A `Prepared` roster as plain JSON, checked in every part: it may have come through any door."""

    def clean(self, value: Any) -> dict[str, Any]:
        data = super().clean(value)
        try:
            prepared = Prepared.from_json(data)
            _check(prepared)
        except (KeyError, TypeError, ValueError):
            raise ValidationError(_("This is not a roster that was prepared here.")) from None
        return prepared.as_json()


def _text(value: Any, most: int) -> None:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(value)


def _check(prepared: Prepared) -> None:
    if not 0 < len(prepared.households) <= MOST_ROWS or len(prepared.people) > 11 * MOST_ROWS:
        raise ValueError("size")
    for person in prepared.people:
        _text(person.name, MOST_NAME)
        _text(person.last4, 4)
        _text(person.organisation, MOST_ORGANISATION)
        for door in person.doors:
            for part in door:
                _text(part, 10)
    places = set(range(len(prepared.people)))
    for household in prepared.households:
        for part in household.door:
            _text(part, 10)
        if not household.door.building or not household.door.room or not household.owners:
            raise ValueError("door or owners")
        if type(household.area_x100) is not int or not 0 < household.area_x100 <= MOST_AREA_X100:
            raise ValueError("area")
        if type(household.row) is not int or not places >= {*household.residents, *household.owners}:
            raise ValueError("row or people")
        if not all(prepared.people[place].name for place in household.residents):
            raise ValueError("resident without a name")
    if len({household.door for household in prepared.households}) != len(prepared.households):
        raise ValueError("a door stands twice")


class ImportForm(forms.Form):
    """The roster `rows` for `node`: the hall's own node or one below it; empty for the hall's own."""

    node = forms.IntegerField(min_value=1, required=False)
    rows = RosterField()


@act(
    "roster.import",
    form=ImportForm,
    right=IMPORT,
    locate=hall_of,
    said=_("The roster is in: %(created)s households are new, %(changed)s have changed, %(unchanged)s are as before."),
)
def _import(*, scene: Scene[Hall], node: int | None, rows: Mapping[str, Any]) -> dict[str, Any]:
    place = _node(node) if node else scene.subject.node
    if not place.path.startswith(scene.subject.node.path):
        raise NODE_UNKNOWN()
    prepared, register = Prepared.from_json(rows), register_of(place)
    comparison = compare(prepared, register)
    enrol(place, prepared, comparison)
    figures = figures_of(place)
    counts = {
        "created": comparison.count("new"),
        "changed": comparison.count("changed"),
        "unchanged": comparison.count("same"),
    }
    scene.write(
        "roster.imported",
        counts
        | {
            "place": place.name,
            "households": figures.households,
            "area_x100": figures.area_x100,
            "owners": figures.owners,
            "residents": figures.residents,
        },
    )
    return counts


def prepare_roster(data: bytes, node: Node) -> Resolved:
    """Read a roster file and put it together with what the roster of `node` knows; raises `FaultError`."""
    return resolve(read_roster(read_sheets(data)), register_of(node).owners())


def import_roster(
    hall: Hall, data: bytes, *, node: Node | None = None, actor: Actor | None = None, act_id: str = ""
) -> Resolved:
    """Import the right rows of a roster file, for commands and the demo; raises `FaultError` and `Refused`."""
    place = node or hall.node
    resolved = prepare_roster(data, place)
    answer = scribe.perform(
        "roster.import",
        actor=actor or Office(),
        stream=hall.office_id,
        data={"node": place.pk, "rows": resolved.prepared.as_json()},
        act_id=act_id or secrets.token_hex(16),
        timeout=120,
    )
    if not answer.ok:
        raise Refused(answer.code, answer.params)
    return resolved
