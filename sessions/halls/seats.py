"""Seats 席位 for a meeting: one for each resident of each household, and for named owners who live in none of them."""

from __future__ import annotations

from sessions.record.models import Stream

from .access import households_below, issue_code
from .cells import Door, door_order
from .models import Household, Node, Person, Seat, Tie


def _in_door_order(node: Node) -> list[Household]:
    return sorted(
        households_below(node).select_related("node"),
        key=lambda h: (h.node.path, door_order(Door(h.building, h.unit, h.room))),
    )


def make_seats(stream: Stream, node: Node) -> list[Seat]:
    """Make the residents' seats of a meeting, in door order, and return those made.

    One seat per resident tie of an active household at or below `node`; an owner with a name who is resident of none of
    them gets one too, in the first of their households. Seats that are there already are left as they are. Called
    inside the act that convenes the meeting.
    """
    households = _in_door_order(node)
    place = {household.pk: number for number, household in enumerate(households)}
    ties = sorted(
        Tie.objects.filter(household__in=households_below(node)).select_related("person"),
        key=lambda tie: (place[tie.household_id], tie.role == Tie.Role.OWNER, tie.pk),  # residents first
    )
    residents = {tie.person_id for tie in ties if tie.role == Tie.Role.RESIDENT}
    existing = Seat.objects.filter(stream=stream)
    have = set(existing.values_list("person_id", "household_id"))
    seated_owners = {person for person, _ in have if person not in residents}
    taken = set(existing.values_list("code", flat=True))
    seats: list[Seat] = []

    def add(person: Person, household_id: int) -> None:
        if (person.pk, household_id) in have:
            return
        have.add((person.pk, household_id))
        seat = Seat(
            stream=stream,
            standing=Seat.Standing.RESIDENT,
            person=person,
            household=households[place[household_id]],
            name=person.name,
        )
        issue_code(seat, taken)
        seats.append(seat)

    for tie in ties:
        if tie.role == Tie.Role.RESIDENT:
            add(tie.person, tie.household_id)
        elif tie.person.name and tie.person_id not in residents and tie.person_id not in seated_owners:
            seated_owners.add(tie.person_id)
            add(tie.person, tie.household_id)
    seats.sort(key=lambda seat: place[seat.household_id or 0])
    return Seat.objects.bulk_create(seats)
