"""A small hall for the tests of all rooms, built through the acts: eight flats, nine people with seats, two officials.

    meeting = build.meeting()                       # sits, item 1 is open; everybody still outside
    xia = build.seated(build.seat(meeting, "夏玉珍"))   # checked in by phone
    build.ok("floor.request", xia, meeting, kind="question")
    build.do("floor.call", build.staff("operator", meeting), meeting)

The estate: 张秀英 1-1-101, 李国庆 1-1-102, 韩建国 owns 1-1-201 (lives there) and 1-1-202 (tenant 唐丽), the owner of
1-2-101 is not known by name (tenant 林小雨), 陈玉梅 and her husband 赵大勇 live in her 1-2-102, 夏玉珍 2-1-101,
and 孙晓燕 owns 2-1-102 and lives elsewhere. Seven owners, eight households. In attendance: 雷宏 and 龚建业.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

from django.contrib.auth import get_user_model
from django.test import TestCase
from django.utils import timezone

from sessions.halls.access import SeatActor, StaffActor, Visitor, seat_actor, staff_actor
from sessions.halls.acts import found_hall
from sessions.halls.models import Hall, Household, Node, Person, Role, Seat, Tie, Venue
from sessions.halls.tree import add_node
from sessions.meetings.access import meeting_of
from sessions.meetings.models import Meeting
from sessions.record import clock
from sessions.record.acts import Actor, Answer, Office
from sessions.record.chain import export, opened
from sessions.record.models import Entry, Stream
from sessions.record.scribe import perform

# door (building, unit, room), area in 0.01 ㎡, owner ("" is not known by name), residents
FLATS: tuple[tuple[tuple[str, str, str], int, str, tuple[str, ...]], ...] = (
    (("1", "1", "101"), 74_50, "张秀英", ("张秀英",)),
    (("1", "1", "102"), 56_77, "李国庆", ("李国庆",)),
    (("1", "1", "201"), 67_92, "韩建国", ("韩建国",)),
    (("1", "1", "202"), 76_35, "韩建国", ("唐丽",)),
    (("1", "2", "101"), 58_62, "", ("林小雨",)),
    (("1", "2", "102"), 76_35, "陈玉梅", ("陈玉梅", "赵大勇")),
    (("2", "1", "101"), 105_60, "夏玉珍", ("夏玉珍",)),
    (("2", "1", "102"), 72_14, "孙晓燕", ()),
)
PEOPLE = ("张秀英", "李国庆", "韩建国", "唐丽", "林小雨", "陈玉梅", "赵大勇", "夏玉珍", "孙晓燕")
OFFICIALS = ({"name": "雷宏", "office": "安居乐物业"}, {"name": "龚建业", "office": "永兴街街道物业科"})
ITEMS: tuple[dict[str, Any], ...] = (
    {
        "title": "引进物业服务与收费标准",
        "kinds": "定",
        "minutes": 40,
        "proposed_by": "1 号楼 11 户联名",
        "background": ["三年没有物业", "两家报价", "费用要算得清"],
    },
    {"title": "3 号楼后环境卫生死角整治", "kinds": "议定", "minutes": 15},
)

_numbers = itertools.count(1)


# --- doing -----------------------------------------------------------------------------------------------
def do(name: str, actor: Actor, where: Meeting | Hall | Stream | UUID, /, *, act_id: str = "", **data: Any) -> Answer:
    """Do an act through the scribe; every call is a new act unless `act_id` is given."""
    return perform(name, actor=actor, stream=stream_of(where), data=data, act_id=act_id or f"test-{next(_numbers):06d}")


def ok(name: str, actor: Actor, where: Meeting | Hall | Stream | UUID, /, **data: Any) -> Mapping[str, Any]:
    """Do an act that must succeed; returns the parameters of its answer."""
    answer = do(name, actor, where, **data)
    assert answer.ok, f"{name}: {answer.code} {answer.params} {answer.errors}"
    return answer.params


def stream_of(where: Meeting | Hall | Stream | UUID) -> UUID:
    """The stream of a meeting, the office stream of a hall."""
    if isinstance(where, Meeting):
        return where.stream_id
    if isinstance(where, Hall):
        return where.office_id
    return where.pk if isinstance(where, Stream) else where


# --- place and people ------------------------------------------------------------------------------------
def hall(name: str = "楼门议事厅", estate: str = "福苑里小区") -> Hall:
    """A founded hall with its estate, households, people and one venue; a second `estate` is a neighbour."""
    district = add_node(None, Node.Kind.DISTRICT, "青垣市桥西区")
    street = add_node(district, Node.Kind.STREET, "永兴街街道")
    community = add_node(street, Node.Kind.COMMUNITY, "福苑里社区")
    node = add_node(community, Node.Kind.ESTATE, estate)
    founded = found_hall(node=node, name=name, short="福苑里", slogan="楼门口坐一坐,烦心事说一说")
    Venue.objects.create(hall=founded, name=name, place=f"{estate} 3 号楼一层活动室", seats=36)
    people: dict[str, Person] = {}

    def person(called: str) -> Person:
        if not called:
            return Person.objects.create(node=node)
        if called not in people:
            people[called] = Person.objects.create(node=node, name=called, phone_last4=f"{5000 + len(people)}")
        return people[called]

    for (building, unit, room), area, owner, residents in FLATS:
        flat = Household.objects.create(node=node, building=building, unit=unit, room=room, area_x100=area)
        Tie.objects.create(household=flat, person=person(owner), role=Tie.Role.OWNER)
        for resident in residents:
            Tie.objects.create(household=flat, person=person(resident), role=Tie.Role.RESIDENT)
    return founded


def user(role: str, at: Hall | Meeting | Node, username: str = "") -> Any:
    """The signed-in user who holds `role` (a `Role.Kind`, or "" for none) at a hall; made at first use."""
    node = at if isinstance(at, Node) else (at if isinstance(at, Hall) else at.hall).node
    account, made = get_user_model().objects.get_or_create(
        username=username or f"{role or 'nobody'}-{node.pk}", defaults={"first_name": "秦朗"}
    )
    if made and role:
        Role.objects.create(user=account, node=node, kind=Role.Kind(role), office="第三网格网格员")
    return account


def staff(role: str, at: Hall | Meeting | Node, username: str = "") -> StaffActor:
    """The staff of a hall in `role`, as an actor; roles: director, facilitator, operator, secretary, desk, …"""
    return staff_actor(user(role, at, username))


# --- meetings --------------------------------------------------------------------------------------------
def convening(at: Hall, **fields: Any) -> dict[str, Any]:
    """The data of meeting.convene for a hall; `fields` replace or add."""
    return {
        "title": "2026 年第 47 次居民议事会",
        "form": "joint",
        "year": 2026,
        "ordinal": 47,
        "starts_at": "2026-11-19T15:00:00+08:00",
        "venue": at.venues.get().pk,
        "notice_on": "2026-11-03",
        "also": "议题一同时作为业主大会会议",
        "chair": "汪学勤",
        "secretary": "白雪",
        "rules_version": "示范文本第 3 版",
        "items": list(ITEMS),
        "officials": list(OFFICIALS),
    } | fields


def meeting(at: Hall | None = None, *, state: str = "sitting", item: int = 1, **fields: Any) -> Meeting:
    """A meeting in `state` (convened, check_in, sitting) of `at` or of a new hall; sitting, `item` runs (0: none)."""
    at = at or hall()
    convened = UUID(ok("meeting.convene", Office(), at, **convening(at, **fields))["meeting"])
    chair = staff(Role.Kind.FACILITATOR, at)
    if state != "convened":
        ok("meeting.open_check_in", chair, convened)
    if state == "sitting":
        ok("meeting.begin", chair, convened)
        if item:
            ok("item.start", chair, convened, item=item)
    return meeting_of(convened)


def fresh(of: Meeting) -> Meeting:
    """The meeting as it is now."""
    return meeting_of(of.stream_id)


# --- seats -----------------------------------------------------------------------------------------------
def seat(of: Meeting, name: str) -> Seat:
    """The seat of a person, or of an official, by full name."""
    return Seat.objects.select_related("person", "household", "presence").get(stream=of.stream_id, name=name)


def device_key(of: Seat, phone: int = 1) -> str:
    """The key of the first, second … phone of a seat."""
    return f"phone-{phone}-{of.pk.hex[:16]}"


def shown_slip(of: Seat, phone: int = 1) -> SeatActor:
    """A seat whose slip was just shown by its phone: it may check in and take over."""
    return seat_actor(of, device_key=device_key(of, phone), proved=True)


def by_link(of: Seat, phone: int = 1) -> SeatActor:
    """A seat reached by its link, with the key of its phone: how a checked-in phone acts."""
    return seat_actor(of, device_key=device_key(of, phone))


def seated(of: Seat, phone: int = 1) -> SeatActor:
    """The seat, checked in by phone, as the actor of its phone."""
    ok("presence.check_in", shown_slip(of, phone), of.stream_id, device=device_key(of, phone))
    return by_link(of, phone)


def at_desk(of: Meeting, name: str, channel: str = "desk") -> Seat:
    """Someone checked in at the desk or on its tablet."""
    found = seat(of, name)
    ok("presence.arrive_for", staff(Role.Kind.DESK, of), of, seat=str(found.pk), channel=channel)
    return seat(of, name)


def guest(of: Meeting, name: str = "", phone: str = "phone-of-a-guest-1") -> SeatActor:
    """A guest who came by the open code, as an actor."""
    from sessions.halls.access import device_digest

    params = ok("presence.join_as_guest", Visitor(device_digest(phone)), of, device=phone, name=name)
    return seat_actor(Seat.objects.get(pk=params["seat"]), device_key=phone)


# --- the record ------------------------------------------------------------------------------------------
def kinds(of: Meeting | Hall) -> list[str]:
    """The kinds of all entries, in order."""
    return list(Entry.objects.filter(stream=stream_of(of)).order_by("seq").values_list("kind", flat=True))


def entries(of: Meeting | Hall, *, archive: bool = True) -> list[dict[str, Any]]:
    """All entries as a reader opens them: kind, at, actor and body with the values put back (None where closed)."""
    record = export(Stream.objects.get(pk=stream_of(of)), archive=archive)
    return [{"kind": entry["kind"], "at": entry["at"]} | opened(entry) for entry in record["entries"]]


def last(of: Meeting | Hall, kind: str, *, archive: bool = True) -> dict[str, Any]:
    """The body of the newest entry of `kind`."""
    return [entry for entry in entries(of, archive=archive) if entry["kind"] == kind][-1]["body"]


def plain_words(of: Meeting | Hall) -> str:
    """Everything that stands in the chain itself, with no value opened: no name may be found in it."""
    rows = Entry.objects.filter(stream=stream_of(of)).values_list("actor", "body")
    return json.dumps([[json.loads(actor), json.loads(body)] for actor, body in rows], ensure_ascii=False)


# --- time ------------------------------------------------------------------------------------------------
class HallClockTestCase(TestCase):
    """The hall clock stands still on 19 November 2026 and is moved by the test; it begins at 14:30."""

    def setUp(self) -> None:
        super().setUp()
        held = mock.patch.object(clock, "_clock", clock._Clock())
        held.start()
        self.addCleanup(held.stop)
        self.at("14:30:00")

    def at(self, time: str) -> datetime:
        """Move the clock to a time of that day in the hall: "15:08:00" or "15:08:00.499"."""
        moment = timezone.make_aware(datetime.fromisoformat(f"2026-11-19T{time}"), timezone.get_default_timezone())
        clock._clock.step(moment, 0, None)
        return moment

    def later(self, seconds: float) -> datetime:
        """Move the clock on."""
        moment = clock.now() + timedelta(milliseconds=round(seconds * 1000))
        clock._clock.step(moment, 0, None)
        return moment
