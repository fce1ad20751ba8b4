"""Reads 查询: what pages and other rooms need to know of halls, as plain values ready for templates."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Q, Sum

from .access import OFFICE, households_below, staff_actor
from .cells import Door
from .models import Hall, Household, Node, Person, Role, Tie
from .register import Home, Register, Someone


@dataclass(frozen=True)
class HallCard:
    """A hall in a list; `roles` are the names of the reader's roles that reach it."""

    id: int
    name: str
    place: str
    slogan: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """The roster of a hall in figures. Owners are people or organisations, unnamed ones included; area in 0.01 ㎡."""

    households: int
    area_x100: int
    owners: int
    unnamed: int
    residents: int


@dataclass(frozen=True)
class StaffLine:
    """A role on a hall: who, as what, and on which node it is held."""

    role_id: int
    name: str
    kind: str
    office: str
    node: str


def square_metres(area_x100: int) -> str:
    """5677 → "56.77"."""
    return f"{area_x100 // 100}.{area_x100 % 100:02d}"


def place_of(node: Node) -> str:
    """The node with all above it: "桥西区 · 永兴街街道 · 福苑里社区"."""
    ids = [int(part) for part in node.path.split("/") if part]
    names = dict(Node.objects.filter(pk__in=ids).values_list("pk", "name"))
    return " · ".join(names[i] for i in ids if i in names)


def halls_of(user: AbstractBaseUser) -> list[HallCard]:
    """The halls that a role of `user` reaches, by name."""
    roles = list(Role.objects.filter(user_id=user.pk, user__is_active=True).select_related("node"))
    if not roles:
        return []
    reached = Q()
    for role in roles:
        reached |= Q(node__path__startswith=role.node.path)
    return [
        HallCard(
            hall.pk,
            hall.name,
            place_of(hall.node),
            hall.slogan,
            tuple(sorted({role.get_kind_display() for role in roles if hall.node.path.startswith(role.node.path)})),
        )
        for hall in Hall.objects.filter(reached).select_related("node").order_by("name", "pk")
    ]


def figures_of(node: Node) -> Figures:
    """The figures of the roster of a node and all below it."""
    homes = households_below(node)
    total = homes.aggregate(n=Count("pk"), area=Sum("area_x100"))
    ties = Tie.objects.filter(household__in=homes)
    owners = ties.filter(role=Tie.Role.OWNER).aggregate(
        n=Count("person", distinct=True),
        unnamed=Count("person", distinct=True, filter=Q(person__name="", person__organisation="")),
    )
    residents = ties.filter(role=Tie.Role.RESIDENT).aggregate(n=Count("person", distinct=True))["n"]
    return Figures(total["n"], total["area"] or 0, owners["n"], owners["unnamed"], residents)


def staff_of(hall: Hall) -> list[StaffLine]:
    """Everyone whose role reaches the hall, in the order of the kinds."""
    above = [int(part) for part in hall.node.path.split("/") if part]
    order = list(Role.Kind.values)
    roles = Role.objects.filter(node_id__in=above, user__is_active=True).select_related("user", "node")
    return [
        StaffLine(r.pk, r.user.get_full_name() or r.user.get_username(), r.get_kind_display(), r.office, r.node.name)
        for r in sorted(roles, key=lambda role: (order.index(role.kind), role.pk))
    ]


def may_import(user: AbstractBaseUser, hall: Hall) -> bool:
    """Whether `user` may import the hall's roster."""
    return bool(OFFICE(staff_actor(user), hall))


def estates_of(hall: Hall) -> list[Node]:
    """The nodes whose roster the hall may import: the estates at or below its node, else the node itself."""
    estates = Node.objects.filter(path__startswith=hall.node.path, kind=Node.Kind.ESTATE).order_by("path")
    return list(estates) or [hall.node]


def register_of(node: Node) -> Register:
    """The roster of exactly this node as it stands."""
    register = Register(
        people={p.pk: Someone(p.name, p.phone_last4, p.organisation) for p in Person.objects.filter(node=node)}
    )
    by_id: dict[int, Home] = {}
    for h in Household.objects.filter(node=node):
        home = Home(h.pk, Door(h.building, h.unit, h.room), h.area_x100, h.active)
        by_id[h.pk] = register.homes[home.door] = home
    ties = Tie.objects.filter(household__node=node).select_related("person")
    for tie in ties:
        home = by_id[tie.household_id]
        (home.owners if tie.role == Tie.Role.OWNER else home.residents).add(tie.person_id)
        if tie.person_id not in register.people:  # someone of another estate's roster
            register.people[tie.person_id] = Someone(tie.person.name, tie.person.phone_last4, tie.person.organisation)
    return register
