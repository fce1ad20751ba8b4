import dataclasses
from typing import Any

from django.utils.translation import override

from sessions.halls.models import Household, Person, Seat
from sessions.meetings import reads
from sessions.meetings.models import AgendaItem
from tests import build

DOORS = ["-".join(door) for door, *_ in build.FLATS]


class Reading(build.HallClockTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting()
        self.operator = build.staff("operator", self.meeting)
        self.desk = build.staff("desk", self.meeting)
        self.at("15:08:00")

    def fresh(self) -> Any:
        return build.fresh(self.meeting)

    def seat(self, name: str) -> Seat:
        return build.seat(self.meeting, name)

    def ok(self, name: str, actor: Any = None, /, **data: Any) -> Any:
        return build.ok(name, actor or self.operator, self.meeting, **data)

    def busy(self) -> None:
        """A hall in which something of everything is going on."""
        self.xia, self.li = build.seated(self.seat("夏玉珍")), build.seated(self.seat("李国庆"))
        self.lei = build.seated(self.seat("雷宏"))
        build.at_desk(self.meeting, "张秀英", "tablet")
        build.at_desk(self.meeting, "唐丽")
        self.guest = build.guest(self.meeting, "林访客")
        self.ok("proxy.register", self.desk, principal=str(self.seat("孙晓燕").pk), holder=str(self.seat("夏玉珍").pk))
        self.ok("floor.request", self.lei, kind="answer")
        self.ok("floor.request", self.xia, kind="debate", stance="for")
        self.ok("floor.request", self.li, kind="debate", stance="against")
        self.ok("floor.request_for", self.desk, seat=str(self.seat("张秀英").pk), kind="question", channel="desk")
        self.ok("floor.call")
        self.ok("remark.post", self.xia, kind="question", text="先公示再收钱", signed=True)
        self.ok("remark.post", self.li, kind="comment", text="沙子是那家的")
        self.ok("remark.post", self.guest, kind="comment", text="我能来两个人")
        self.ok("remark.post", self.lei, kind="comment", text="谢谢大家", signed=True)
        self.ok("remark.show", remark=1)
        self.ok("remark.put_on_wall", remark=1)
        self.ok("remark.hide", remark=2, reason="unverified")
        self.ok("remark.show", remark=3)


class Public(Reading):
    def test_the_meeting_as_everyone_sees_it(self) -> None:
        meeting = self.fresh()
        with self.assertNumQueries(1):
            view = reads.meeting_view(meeting)
        assert (view.title, view.brand, view.slogan) == (
            "2026 年第 47 次居民议事会",
            "楼门议事厅",
            "楼门口坐一坐,烦心事说一说",
        )
        assert (view.state, view.wall, view.list_open, view.rev) == ("sitting", "auto", True, meeting.stream.rev)
        assert view.item is not None
        assert (view.item.no, view.item.now, view.item.kinds) == (1, True, ("定",))
        assert view.item.background == ("三年没有物业", "两家报价", "费用要算得清")
        assert [(item.no, item.state) for item in view.agenda] == [(1, "now"), (2, "waiting")]
        assert view.next_item is not None
        assert view.next_item.no == 2
        assert view.begun_at is not None
        assert (view.begun_at.isoformat(), view.closed_at) == ("2026-11-19T06:30:00+00:00", None)
        assert view.code_groups.replace(" ", "") == meeting.join_code
        with override("en"):
            assert str(view.form_words) == "Joint meeting"

    def test_the_attendance(self) -> None:
        self.busy()
        with self.assertNumQueries(3):
            here = reads.attendance(self.meeting)
        assert here == reads.Attendance(
            of=8,
            households=4,
            phone=2,
            tablet=1,
            desk=1,
            need=5,
            quorum=False,
            people=4,
            guests=1,
            proxies=1,
            officials=(reads.Official("雷宏", "安居乐物业"),),
        )

    def test_the_floor(self) -> None:
        self.busy()
        self.at("15:10:58")
        meeting = self.fresh()
        with self.assertNumQueries(3):
            floor = reads.floor_view(meeting)
        assert floor.speech is not None
        assert (floor.speech.shown_as, floor.speech.office, floor.speech.kind) == ("雷宏", "安居乐物业", "answer")
        assert (floor.speech.limit, floor.speech.elapsed, floor.speech.left, floor.speech.over) == (180, 178, 2, False)
        assert [(line.place, line.no, line.shown_as, line.kind, line.stance) for line in floor.waiting] == [
            (1, 2, "夏*珍", "debate", "for"),
            (2, 3, "李*庆", "debate", "against"),
            (3, 4, "张*英", "question", ""),
        ]
        assert floor.balance == {"for": 0, "against": 0, "add": 0}
        self.ok("floor.call")
        self.ok("floor.call")
        floor = reads.floor_view(self.fresh())
        assert floor.balance == {"for": 1, "against": 1, "add": 0}
        assert [line.no for line in floor.next_three] == [4]
        self.later(121)
        late = reads.floor_view(self.fresh()).speech
        assert late is not None
        assert (late.elapsed, late.left, late.over) == (121, 0, True)

    def test_the_balance_is_of_the_running_item(self) -> None:
        self.busy()
        self.ok("floor.call")
        self.ok("item.start", item=2)
        assert reads.floor_view(self.fresh()) == reads.FloorView(None, (), {"for": 0, "against": 0, "add": 0}, True)
        self.ok("item.end", item=2)
        assert reads.floor_view(self.fresh()).balance == {"for": 0, "against": 0, "add": 0}

    def test_the_remarks(self) -> None:
        self.busy()
        meeting = self.fresh()
        with self.assertNumQueries(2):
            view = reads.remarks_view(meeting)
        with override("en"):
            shown = [(line.no, line.text, str(line.shown_as), line.on_wall) for line in view.shown]
        assert shown == [(3, "我能来两个人", "A guest", False), (1, "先公示再收钱", "夏*珍", True)]
        assert view.on_wall == view.shown[1]
        assert (view.shown_count, view.held_count, view.hidden_count) == (2, 1, 1)
        assert [(hidden.reason, hidden.count) for hidden in view.hidden_by_reason] == [("unverified", 1)]

    def test_a_remark_on_the_wall_stays_when_many_newer_ones_come(self) -> None:
        self.busy()
        view = reads.remarks_view(self.fresh(), most=1)
        assert [line.no for line in view.shown] == [3]
        assert view.on_wall is not None
        assert (view.on_wall.no, view.shown_count) == (1, 2)

    def test_nothing_public_knows_a_full_name_or_a_door(self) -> None:
        self.busy()
        meeting = self.fresh()
        views: list[Any] = [
            reads.meeting_view(meeting),
            reads.attendance(meeting),
            reads.floor_view(meeting),
            reads.remarks_view(meeting),
        ]
        text = repr([dataclasses.asdict(view) for view in views])
        for private in (*build.PEOPLE, "林访客", *DOORS, "沙子"):
            assert private not in text, private
        assert "雷宏" in text


class Staff(Reading):
    def test_the_floor_in_full(self) -> None:
        self.busy()
        self.at("15:10:30")
        meeting = self.fresh()
        with self.assertNumQueries(4):
            floor = reads.staff_floor(meeting)
        assert floor.speech is not None
        assert (floor.speech.label, floor.speech.channel, floor.speech.extensions_left) == (
            "安居乐物业 雷宏",
            "phone",
            2,
        )
        assert floor.seen == 1
        assert [(line.label, line.channel, line.waited_minutes, line.spoken) for line in floor.waiting] == [
            ("2-1-101 夏玉珍", "phone", 2, 0),
            ("1-1-102 李国庆", "phone", 2, 0),
            ("1-1-101 张秀英", "desk", 2, 0),
        ]
        self.ok("floor.extend")
        extended = reads.staff_floor(self.fresh()).speech
        assert extended is not None
        assert (extended.extensions_left, extended.shown.limit) == (1, 210)

    def test_who_has_spoken_before_is_said(self) -> None:
        self.busy()
        self.ok("floor.call")
        self.ok("floor.request", self.xia, kind="question")
        waiting = {line.label: line.spoken for line in reads.staff_floor(self.fresh()).waiting}
        assert waiting == {"1-1-102 李国庆": 0, "1-1-101 张秀英": 0, "2-1-101 夏玉珍": 1}

    def test_an_empty_floor(self) -> None:
        assert reads.staff_floor(self.fresh()) == reads.StaffFloor(
            None, (), {"for": 0, "against": 0, "add": 0}, True, 0
        )

    def test_the_moderators_remarks(self) -> None:
        self.busy()
        meeting = self.fresh()
        with self.assertNumQueries(1):
            remarks = reads.staff_remarks(meeting)
        assert [(remark.no, remark.author, remark.signed) for remark in remarks.held] == [(4, "安居乐物业 雷宏", True)]
        assert [(remark.no, remark.on_wall) for remark in remarks.shown] == [(3, False), (1, True)]
        (hidden,) = remarks.hidden
        assert (hidden.text, hidden.author, hidden.reason) == ("沙子是那家的", "1-1-102 李国庆", "unverified")
        with override("en"):
            assert str(hidden.reason_words) == "It accuses someone and is not verified"

    def test_the_doors_of_the_desk(self) -> None:
        self.busy()
        meeting = self.fresh()
        with self.assertNumQueries(5):
            doors = reads.desk_doors(meeting)
        assert [door.door for door in doors] == DOORS
        assert [door.door for door in doors if door.present] == ["1-1-101", "1-1-102", "1-1-202", "2-1-101"]
        at = {door.door: door.seats for door in doors}
        assert [(seat.name, seat.owner) for seat in at["1-2-102"]] == [("陈玉梅", True), ("赵大勇", False)]
        assert [(seat.name, seat.owner) for seat in at["1-1-202"]] == [("唐丽", False)]
        (zhang,) = at["1-1-101"]
        assert (zhang.present, zhang.channel, zhang.on_phone, zhang.waiting) == (True, "tablet", False, 4)
        (xia,), (sun,) = at["2-1-101"], at["2-1-102"]
        assert (xia.on_phone, xia.proxies_from, xia.waiting) == (True, ("2-1-102 孙晓燕",), 2)
        assert (sun.present, sun.proxy_to) == (False, "2-1-101 夏玉珍")

    def test_the_desk_searches_by_door_and_by_name(self) -> None:
        assert [door.door for door in reads.desk_doors(self.meeting, "1-2")] == ["1-2-101", "1-2-102"]
        assert [door.door for door in reads.desk_doors(self.meeting, " 大勇 ")] == ["1-2-102"]
        assert reads.desk_doors(self.meeting, "查无此人") == ()

    def test_a_door_without_people_is_listed_and_one_taken_off_the_roster_stays(self) -> None:
        node = self.meeting.hall.node
        Household.objects.create(node=node, building="1", unit="1", room="99", area_x100=1)
        Household.objects.filter(room="101", building="2").update(active=False)
        doors = reads.desk_doors(self.meeting)
        assert (doors[0].door, doors[0].seats, doors[0].present) == ("1-1-99", (), False)
        assert "2-1-101" in [door.door for door in doors]

    def test_the_others_of_the_desk(self) -> None:
        self.busy()
        others = reads.desk_others(self.meeting)
        assert [(seat.label, seat.present) for seat in others] == [
            ("安居乐物业 雷宏", True),
            ("永兴街街道物业科 龚建业", False),
            ("林访客", True),
        ]

    def test_five_thousand_seats_take_no_more_queries(self) -> None:
        node = self.meeting.hall.node
        households = Household.objects.bulk_create(
            Household(node=node, building=str(n // 60 + 3), unit="1", room=str(n % 60 + 100), area_x100=5000)
            for n in range(5000)
        )
        people = Person.objects.bulk_create(Person(node=node, name=f"居民{n}") for n in range(5000))
        Seat.objects.bulk_create(
            Seat(stream=self.meeting.stream, standing="resident", person=person, household=household, code=f"{n:064d}")
            for n, (person, household) in enumerate(zip(people, households, strict=True))
        )
        with self.assertNumQueries(5):
            doors = reads.desk_doors(self.meeting)
        assert len(doors) == 5008
        assert [door.seats[0].name for door in reads.desk_doors(self.meeting, "3-1-101")] == ["居民1"]


class Mine(Reading):
    def place(self, name: str) -> reads.MyPlace:
        return reads.my_place(self.fresh(), self.seat(name))

    def test_my_place_on_the_list(self) -> None:
        self.busy()
        self.at("15:10:00")
        zhang = self.place("张秀英")
        assert (zhang.request, zhang.place, zhang.of, zhang.waits, zhang.next, zhang.speaks) == (
            4,
            3,
            3,
            True,
            False,
            False,
        )
        assert zhang.minutes == 5  # 60 s of the answer are left, then twice two minutes
        xia = self.place("夏玉珍")
        assert (xia.place, xia.next, xia.minutes, xia.stance, xia.may, xia.left) == (1, True, 1, "for", (), 2)
        lei = self.place("雷宏")
        assert lei.speech is not None
        assert (lei.speaks, lei.place, lei.speech.left, lei.may) == (True, 0, 60, ("answer", "question"))
        assert lei.speech == reads.floor_view(self.fresh()).speech

    def test_what_i_may_ask_for(self) -> None:
        assert self.place("夏玉珍").may == ()  # not here yet
        xia = build.seated(self.seat("夏玉珍"))
        lei = build.seated(self.seat("雷宏"))
        assert self.place("夏玉珍").may == ("question", "debate")
        for actor, kind in ((xia, "question"), (xia, "question"), (lei, "question"), (lei, "question")):
            self.ok("floor.request", actor, kind=kind)
            self.ok("floor.call")
        assert (self.place("夏玉珍").may, self.place("夏玉珍").left) == ((), 0)
        assert self.place("雷宏").may == ("answer",)
        self.ok("floor.close_list")
        assert self.place("雷宏").may == ()
        self.ok("item.end", item=1)
        assert (self.place("雷宏").may, self.place("雷宏").left) == ((), 2)

    def test_what_my_page_offers_is_what_the_act_allows(self) -> None:
        self.busy()
        for actor in (self.xia, self.li, self.lei, self.guest):
            offered = reads.my_place(self.fresh(), Seat.objects.get(pk=actor.seat_id)).may
            for kind in ("question", "answer", "debate"):
                answer = build.do("floor.request", actor, self.meeting, kind=kind, stance="add")
                assert answer.ok is (kind in offered), (actor.label, kind, answer.code)
                if answer.ok:
                    self.ok("floor.withdraw", request=answer.params["request"])

    def test_my_remarks_say_what_became_of_them(self) -> None:
        self.busy()
        (mine,) = reads.my_remarks(self.meeting, self.seat("李国庆"))
        with override("en"):
            assert (mine.text, mine.state, str(mine.reason_words)) == (
                "沙子是那家的",
                "hidden",
                "It accuses someone and is not verified",
            )
        assert [remark.state for remark in reads.my_remarks(self.meeting, self.seat("夏玉珍"))] == ["shown"]

    def test_my_seat(self) -> None:
        before = reads.seat_state(self.seat("夏玉珍"))
        assert (before.label, before.shown_as, before.door) == ("2-1-101 夏玉珍", "夏*珍", "2-1-101")
        assert (before.present, before.left, before.held, before.arrived_at, before.votes) == (
            False,
            False,
            False,
            None,
            True,
        )
        self.busy()
        xia = reads.seat_state(self.seat("夏玉珍"))
        assert (xia.present, xia.channel, xia.held, xia.proxies) == (
            True,
            "phone",
            True,
            (reads.MyProxy(False, "2-1-102 孙晓燕"),),
        )
        assert xia.arrived_at is not None
        assert reads.seat_state(self.seat("孙晓燕")).proxies == (reads.MyProxy(True, "2-1-101 夏玉珍"),)
        self.ok("presence.leave", self.desk, seat=str(self.xia.seat_id))
        assert (reads.seat_state(self.seat("夏玉珍")).present, reads.seat_state(self.seat("夏玉珍")).left) == (
            False,
            True,
        )
        lei = reads.seat_state(self.seat("雷宏"))
        assert (lei.votes, lei.door, lei.label) == (False, "", "安居乐物业 雷宏")


class Agenda(Reading):
    def test_items_are_in_their_order(self) -> None:
        AgendaItem.objects.filter(meeting=self.meeting, no=1).update(no=3)
        assert [item.no for item in reads.meeting_view(self.fresh()).agenda] == [2, 3]
