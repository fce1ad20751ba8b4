"""Who may cast a mandate's ballot just now: its holders on the frozen roll, and what has changed about them since.

The roll keeps who may hold; whether a proxy 委托 still lives, who is in the hall and which phone holds a seat is read
anew each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from sessions.meetings.models import Proxy

from .models import Holder


@dataclass(frozen=True)
class Caster:
    """One holder of a mandate. `live` is false for a proxy that has ended; present = arrived and not left."""

    seat: UUID
    by_proxy: bool
    live: bool
    present: bool
    device: str

    @property
    def ready(self) -> bool:
        """Whether this holder could cast now."""
        return self.live and self.present


class _Row(NamedTuple):
    mandate: int
    seat: UUID
    person: int | None
    by_proxy: bool
    device: str
    arrived: object
    left: object

    @property
    def present(self) -> bool:
        return self.arrived is not None and self.left is None


def casters(meeting: UUID, holders: QuerySet[Holder]) -> Mapping[int, list[Caster]]:
    """The casters of each mandate (by its pk), those in person before proxies. Two queries."""
    found = holders.values_list(
        "mandate_id",
        "seat_id",
        "seat__person_id",
        "by_proxy",
        "seat__device",
        "seat__presence__arrived_at",
        "seat__presence__left_at",
    ).order_by("by_proxy", "pk")
    rows = [_Row(*row) for row in found]
    alive = _live_proxies(meeting) if any(row.by_proxy for row in rows) else frozenset()
    own: defaultdict[int, list[_Row]] = defaultdict(list)
    result: defaultdict[int, list[Caster]] = defaultdict(list)
    for row in rows:
        if not row.by_proxy:
            own[row.mandate].append(row)
        live = not row.by_proxy or _stands(row.seat, own[row.mandate], alive)
        result[row.mandate].append(Caster(row.seat, row.by_proxy, live, row.present, row.device))
    return result


def _stands(holder: UUID, own: list[_Row], alive: frozenset[tuple[UUID, UUID]]) -> bool:
    """Whether `holder` is the live proxy of someone who has come on none of their seats."""
    here = {row.person for row in own if row.present}
    return any((row.seat, holder) in alive and row.person not in here for row in own)


def _live_proxies(meeting: UUID) -> frozenset[tuple[UUID, UUID]]:
    return frozenset(Proxy.objects.filter(meeting=meeting, cancelled=False).values_list("principal_id", "holder_id"))


def ready(found: Mapping[int, Iterable[Caster]]) -> Collection[int]:
    """The mandates (by pk) with someone in the hall who may cast them: present 到会."""
    return {mandate for mandate, hands in found.items() if any(each.ready for each in hands)}
