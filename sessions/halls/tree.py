"""The organisation tree 组织树: where nodes come from, and that `Node.path` is always right.

`path` decides which roles reach a hall, so no caller ever writes it: it is set once when a node is made, and a node
never moves afterwards.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save, pre_save
from django.utils.translation import gettext_lazy as _

from sessions.record.acts import refusal

from .models import Node

K = Node.Kind
_BELOW: dict[str, tuple[str, ...]] = {
    "": (K.DISTRICT, K.STREET, K.COMMUNITY, K.ESTATE),
    K.DISTRICT: (K.STREET, K.COMMUNITY),
    K.STREET: (K.COMMUNITY, K.ESTATE),
    K.COMMUNITY: (K.GRID, K.ESTATE, K.BUILDING),
    K.GRID: (K.ESTATE, K.BUILDING),
    K.ESTATE: (K.GRID, K.BUILDING),
    K.BUILDING: (K.UNIT,),
    K.UNIT: (),
}

MISPLACED = refusal("node.misplaced", _("A node of this kind cannot stand there in the tree."))
NAMELESS = refusal("node.nameless", _("Please give the node a name of at most 80 characters."))


def kinds_below(parent: Node | None) -> tuple[str, ...]:
    """The kinds of node that may hang on `parent` (None: at the top)."""
    return _BELOW[parent.kind if parent else ""]


def add_node(parent: Node | None, kind: str, name: str) -> Node:
    """The node `name` of `kind` below `parent`, made if it is not there; raises `Refused` (misplaced, nameless)."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 80:
        raise NAMELESS()
    if kind not in kinds_below(parent):
        raise MISPLACED()
    return Node.objects.get_or_create(parent=parent, kind=kind, name=name)[0]


def _refuse_moves(instance: Node, raw: bool = False, **_: Any) -> None:
    if raw or instance._state.adding:
        return
    before = Node.objects.filter(pk=instance.pk).values_list("parent_id", "path").first()
    if before is not None and before != (instance.parent_id, instance.path):
        raise TypeError("A node never moves: roles and households hang on its place. Make a new node instead.")


def _set_path(instance: Node, created: bool, raw: bool = False, **_: Any) -> None:
    if not created or raw:
        return
    above = instance.parent.path if instance.parent else "/"
    instance.path = f"{above}{instance.pk}/"
    Node.objects.filter(pk=instance.pk).update(path=instance.path)


def keep_paths() -> None:
    """Called once when the app is ready."""
    pre_save.connect(_refuse_moves, sender=Node, dispatch_uid="halls.tree.moves")
    post_save.connect(_set_path, sender=Node, dispatch_uid="halls.tree.path")
