"""A small hall for the tests of votes: flats with owners and residents, one sitting meeting, people who act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.test import TestCase

from sessions.halls.access import StaffActor, seat_actor, staff_actor
from sessions.halls.models import Hall, Household, Node, Person, Role, Seat, Tie
from sessions.halls.seats import make_seats
from sessions.meetings.models import AgendaItem, Meeting
from sessions.record.acts import Answer
from sessions.record.chain import export, opened
from sessions.record.models import Stream
from sessions.record.scribe import perform
from voting.models import Ballot, Vote

_act_ids = count(1)

CASE_6 = ("87.85", "108.74", "67.13", "112.74", "100.92", "87.31")
"""Six flats of which the first four are exactly two thirds in heads and in area."""


def act_id() -> str:
    return f"act-{next(_act_ids):08d}"


@dataclass
class Flat:
    """A flat to be built; residents default to the owners. An owner "" is unnamed (业主,待核)."""

    door: str
    area_x100: int
    owners: tuple[str, ...]
    residents: tuple[str, ...] | None = None


def flats(areas: Iterable[str]) -> list[Flat]:
    """One flat per area in ㎡, each with an owner who lives there: 业主1, 业主2, …"""
    return [Flat(f"1-1-{no}01", int(area.replace(".", "")), (f"业主{no}",)) for no, area in enumerate(areas, 1)]


@dataclass
class Room:
    """A sitting meeting whose first item runs."""

    meeting: Meeting
    staff: StaffActor
    seats: dict[str, list[Seat]] = field(default_factory=dict)

    def seat(self, name: str, place: int = 0) -> Seat:
        found = self.seats[name][place]
        found.refresh_from_db()
        return found

    def by_staff(self, act: str, **data: Any) -> Answer:
        return perform(act, actor=self.staff, stream=self.meeting.pk, data=data, act_id=act_id())

    def by_phone(self, who: str | Seat, act: str, *, key: str = "", id_: str = "", **data: Any) -> Answer:
        """An act from the phone of a seat; `key` is another phone's device key."""
        seat = self.seat(who) if isinstance(who, str) else who
        actor = seat_actor(seat, device_key=key or f"key-of-{seat.pk}", proved=act.startswith("presence"))
        return perform(act, actor=actor, stream=self.meeting.pk, data=data, act_id=id_ or act_id())

    def arrive(self, *who: str) -> None:
        for each in who:
            assert self.by_phone(each, "presence.check_in", device=f"key-of-{self.seat(each).pk}").ok

    def arrive_at_desk(self, *who: str, channel: str = "desk") -> None:
        for each in who:
            assert self.by_staff("presence.arrive_for", seat=str(self.seat(each).pk), channel=channel).ok

    def leave(self, who: str) -> None:
        assert self.by_staff("presence.leave", seat=str(self.seat(who).pk)).ok

    def proxy(self, principal: str, holder: str) -> None:
        given = {"principal": str(self.seat(principal).pk), "holder": str(self.seat(holder).pk)}
        assert self.by_staff("proxy.register", **given).ok

    def open(self, preset: str = "owners_ordinary", no: str = "1-1") -> Vote:
        """Add a motion and open its vote."""
        added = self.by_staff("motion.add", item=1, no=no, text=f"同意事项{no}。", preset=preset)
        assert added.ok, added
        answer = self.by_staff("vote.open", motion=no)
        assert answer.ok, answer
        return Vote.objects.get(motion__meeting=self.meeting, motion__no=no)

    def mandate(self, who: str, vote: Vote | None = None) -> int:
        """The place on the roll of the ballot that `who` holds in person."""
        vote = vote or Vote.objects.get(meeting=self.meeting)
        return vote.mandates.get(holders__seat=self.seats[who][0], holders__by_proxy=False).no

    def cast(self, who: str, choice: str, *, base: int = 0, no: str = "1-1", mandate: int = 0, **more: Any) -> Answer:
        mandate = mandate or self.mandate(who, Vote.objects.get(meeting=self.meeting, motion__no=no))
        return self.by_phone(who, "vote.cast", vote=no, mandate=mandate, choice=choice, base=base, **more)

    def cast_for(self, mandate: int, choice: str, *, base: int = 0, channel: str = "desk") -> Answer:
        data = {"vote": "1-1", "mandate": mandate, "choice": choice, "base": base, "channel": channel}
        return self.by_staff("vote.cast_for", **data)

    def ballots(self) -> dict[int, tuple[str, str, bool, int]]:
        """Place on the roll → (choice, channel, by_proxy, revision), as counted."""
        rows = Ballot.objects.filter(vote__meeting=self.meeting).values_list(
            "mandate__no", "choice", "channel", "by_proxy", "revision"
        )
        return {no: (choice, channel, by_proxy, revision) for no, choice, channel, by_proxy, revision in rows}

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """The bodies of the record's entries of one kind, with every value opened."""
        record = export(Stream.objects.get(pk=self.meeting.pk), archive=True)
        return [opened(entry)["body"] for entry in record["entries"] if entry["kind"] == kind]


def build(plan: Iterable[Flat], *, notice: date | None = date(2026, 11, 3)) -> Room:
    """A hall of these flats, and a meeting of it that sits, on item one."""
    node = estate("小区")
    office = Stream.objects.create(purpose=Stream.Purpose.OFFICE)
    hall = Hall.objects.create(node=node, office=office, name="议事厅", short="议")
    people: dict[str, Person] = {}

    def person(name: str) -> Person:
        if not name:
            return Person.objects.create(node=node)
        if name not in people:
            people[name] = Person.objects.create(node=node, name=name)
        return people[name]

    for flat in plan:
        building, unit, room = flat.door.split("-")
        household = Household.objects.create(
            node=node, building=building, unit=unit, room=room, area_x100=flat.area_x100
        )
        for role, names in ((Tie.Role.OWNER, flat.owners), (Tie.Role.RESIDENT, flat.residents)):
            for name in flat.owners if names is None else names:
                Tie.objects.create(household=household, person=person(name), role=role)
    return sit(hall, member(node, Role.Kind.FACILITATOR), notice=notice)


def estate(name: str) -> Node:
    node = Node.objects.create(kind=Node.Kind.ESTATE, name=name)
    node.path = f"/{node.pk}/"
    node.save()
    return node


def member(node: Node, kind: str) -> StaffActor:
    """A member of the staff with one role on a node."""
    user = get_user_model().objects.create_user(f"{kind}-{node.pk}")
    Role.objects.create(user=user, node=node, kind=kind)
    return staff_actor(user)


def sit(hall: Hall, staff: StaffActor, *, notice: date | None = date(2026, 11, 3), ordinal: int = 1) -> Room:
    """A meeting of the hall that sits, with two items of which the first runs."""
    stream = Stream.objects.create(purpose=Stream.Purpose.MEETING)
    meeting = Meeting.objects.create(
        stream=stream,
        hall=hall,
        form=Meeting.Form.JOINT,
        year=2026,
        ordinal=ordinal,
        title="议事会",
        notice_on=notice,
        starts_at=datetime(2026, 11, 19, 7, tzinfo=UTC),
        join_code=f"{Meeting.objects.count():06d}",
        state=Meeting.State.SITTING,
    )
    item = AgendaItem.objects.create(meeting=meeting, no=1, title="议题一", kinds="定", state=AgendaItem.State.NOW)
    AgendaItem.objects.create(meeting=meeting, no=2, title="议题二", kinds="定")
    meeting.item = item
    meeting.save()
    room = Room(meeting, staff)
    for seat in make_seats(stream, hall.node):
        room.seats.setdefault(seat.name, []).append(seat)
    return room


class Case(TestCase):
    """Assertions about answers; each must have its words in both languages."""

    def assertTold(self, answer: Answer, code: str, **params: object) -> None:  # noqa: N802
        self.assertEqual((answer.code, answer.errors), (code, {}), answer)
        self.assertEqual({key: answer.params.get(key) for key in params}, params)
        for language in ("zh-hans", "en"):
            self.assertTrue(answer.words(language))

    def assertDone(self, answer: Answer, **params: object) -> None:  # noqa: N802
        self.assertTrue(answer.ok, answer)
        self.assertTold(answer, answer.code, **params)
