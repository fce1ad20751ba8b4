"""The check-in desk 签到台: every door with its people and where they are. Staff only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sessions.halls.access import households_below, seat_label
from sessions.halls.cells import Door, door_order
from sessions.halls.models import Household, Seat, Tie

from ..access import is_present, presence_of
from ..models import Meeting, Proxy, SpeakRequest


@dataclass(frozen=True)
class DeskSeat:
    """A seat at the desk. `waiting` is the number of its request to speak, 0 if it does not wait."""

    id: UUID
    standing: str
    name: str  # empty for an owner who is not yet known by name
    office: str
    label: str
    owner: bool
    present: bool
    left: bool
    channel: str
    arrived_at: datetime | None
    on_phone: bool
    proxy_to: str
    proxies_from: tuple[str, ...]
    waiting: int


@dataclass(frozen=True)
class DeskDoor:
    """A door with its seats; none where the roster knows nobody by name. Present if one of them is."""

    household: int
    building: str
    unit: str
    room: str
    door: str
    seats: tuple[DeskSeat, ...]

    @property
    def present(self) -> bool:
        return any(seat.present for seat in self.seats)


class _Around:
    """What stands around the seats of a meeting, read at once: owners, proxies, who waits."""

    def __init__(self, meeting: Meeting) -> None:
        self.owners = set(
            Tie.objects.filter(role=Tie.Role.OWNER, person__seats__stream=meeting.stream_id).values_list(
                "person_id", flat=True
            )
        )
        self.waiting: dict[UUID, int] = dict(
            SpeakRequest.objects.filter(meeting=meeting, state=SpeakRequest.State.WAITING).values_list("seat_id", "no")
        )
        self.proxy_to: dict[UUID, str] = {}
        self.proxies_from: dict[UUID, list[str]] = defaultdict(list)
        proxies = Proxy.objects.select_related(
            "principal__person", "principal__household", "holder__person", "holder__household"
        )
        for proxy in proxies.filter(meeting=meeting, cancelled=False).order_by("pk"):
            self.proxy_to[proxy.principal_id] = seat_label(proxy.holder)
            self.proxies_from[proxy.holder_id].append(seat_label(proxy.principal))

    def row(self, seat: Seat) -> DeskSeat:
        presence = presence_of(seat)
        return DeskSeat(
            id=seat.id,
            standing=seat.standing,
            name=seat.name or (seat.person.name if seat.person else ""),
            office=seat.office,
            label=seat_label(seat),
            owner=seat.person_id in self.owners,
            present=is_present(seat),
            left=presence is not None and presence.left_at is not None,
            channel=presence.channel if presence else "",
            arrived_at=presence.arrived_at if presence else None,
            on_phone=bool(seat.device),
            proxy_to=self.proxy_to.get(seat.id, ""),
            proxies_from=tuple(self.proxies_from.get(seat.id, ())),
            waiting=self.waiting.get(seat.id, 0),
        )


def _seats(meeting: Meeting) -> Any:
    return Seat.objects.select_related("person", "household", "presence").filter(stream=meeting.stream_id)


def _in_door_order(households: Iterable[Household]) -> list[Household]:
    return sorted(households, key=lambda h: (h.node.path, door_order(Door(h.building, h.unit, h.room))))


def _owners_first(seat: DeskSeat) -> tuple[bool, str]:
    return not seat.owner, seat.name


def desk_doors(meeting: Meeting, search: str = "") -> tuple[DeskDoor, ...]:
    """Every door of the hall in door order with its seats; `search` narrows by door ("1-2") or by part of a name.

    Five queries, however many doors. Doors that were taken off the roster stay while somebody is seated there.
    """
    around, rows = _Around(meeting), defaultdict(list)
    households = {h.pk: h for h in households_below(meeting.hall.node).select_related("node")}
    for seat in _seats(meeting).select_related("household__node").exclude(household=None).order_by("pk"):
        rows[seat.household_id].append(around.row(seat))
        households.setdefault(seat.household_id, seat.household)
    wanted = search.strip()
    return tuple(
        DeskDoor(h.pk, h.building, h.unit, h.room, h.door, tuple(sorted(rows[h.pk], key=_owners_first)))
        for h in _in_door_order(households.values())
        if not wanted or h.door.startswith(wanted) or any(wanted in seat.name for seat in rows[h.pk])
    )


def desk_others(meeting: Meeting) -> tuple[DeskSeat, ...]:
    """Those in attendance and the guests: officials first, each by name."""
    around = _Around(meeting)
    seats = [around.row(seat) for seat in _seats(meeting).filter(household=None)]
    return tuple(sorted(seats, key=lambda seat: (seat.standing != Seat.Standing.OFFICIAL, seat.office, seat.name)))
