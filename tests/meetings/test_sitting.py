from typing import Any

from sessions.meetings.models import AgendaItem
from sessions.record import chain
from sessions.record.models import Stream
from tests import build


class Sitting(build.HallClockTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting(state="convened")
        self.chair = build.staff("facilitator", self.meeting)
        self.operator = build.staff("operator", self.meeting)

    def do(self, name: str, actor: Any = None, /, **data: Any) -> Any:
        return build.do(name, actor or self.chair, self.meeting, **data)

    def ok(self, name: str, **data: Any) -> Any:
        return build.ok(name, self.chair, self.meeting, **data)

    def sit(self, item: int = 0) -> None:
        self.ok("meeting.open_check_in")
        self.ok("meeting.begin")
        if item:
            self.ok("item.start", item=item)

    def state(self) -> str:
        return build.fresh(self.meeting).state

    def test_check_in_opens_with_the_head_of_the_minutes(self) -> None:
        assert self.ok("meeting.open_check_in") == {"already": False}
        assert self.state() == "check_in"
        body = build.last(self.meeting, "meeting.check_in_opened", archive=False)
        assert body == {
            "hall": "楼门议事厅",
            "community": "福苑里社区",
            "title": "2026 年第 47 次居民议事会",
            "form": "joint",
            "year": 2026,
            "ordinal": 47,
            "venue": "楼门议事厅",
            "place": "福苑里小区 3 号楼一层活动室",
            "starts_at": "2026-11-19T07:00:00.000Z",
            "notice_on": "2026-11-03",
            "also": "议题一同时作为业主大会会议",
            "chair": "汪学勤",
            "secretary": "白雪",
            "rules_version": "示范文本第 3 版",
            "items": [
                {
                    "no": 1,
                    "title": "引进物业服务与收费标准",
                    "kinds": "定",
                    "minutes": 40,
                    "proposed_by": "1 号楼 11 户联名",
                    "background": ["三年没有物业", "两家报价", "费用要算得清"],
                },
                {
                    "no": 2,
                    "title": "3 号楼后环境卫生死角整治",
                    "kinds": "议定",
                    "minutes": 15,
                    "proposed_by": "",
                    "background": [],
                },
            ],
            "entitled": {"households": 8},
        }
        assert self.meeting.join_code not in build.plain_words(self.meeting)

    def test_each_step_twice_is_one_step(self) -> None:
        for name, data in (
            ("meeting.open_check_in", {}),
            ("meeting.begin", {}),
            ("item.start", {"item": 1}),
            ("item.end", {"item": 1}),
            ("wall.show", {"view": "join"}),
            ("meeting.close", {}),
        ):
            assert self.ok(name, **data)["already"] is False
            before = build.kinds(self.meeting)
            assert self.ok(name, **data)["already"] is True
            assert build.kinds(self.meeting) == before

    def test_the_same_act_again_gets_the_first_answer(self) -> None:
        first = self.do("meeting.open_check_in", act_id="open-0001")
        second = self.do("meeting.open_check_in", act_id="open-0001")
        assert (second.again, second.params, second.rev) == (True, first.params, first.rev)

    def test_steps_out_of_order_are_refused_in_words(self) -> None:
        for name, data, code in (
            ("meeting.begin", {}, "meeting.not_open"),
            ("meeting.quorum", {}, "meeting.not_open"),
            ("item.start", {"item": 1}, "meeting.not_open"),
            ("meeting.close", {}, "meeting.not_open"),
        ):
            answer = self.do(name, **data)
            assert (answer.ok, answer.code) == (False, code)
        self.ok("meeting.open_check_in")
        answer = self.do("item.start", item=1)
        assert (answer.code, answer.words("en")) == (
            "meeting.not_begun",
            "The meeting has not begun yet. Please wait a little.",
        )
        assert build.kinds(self.meeting) == ["meeting.check_in_opened"]

    def test_the_quorum_is_noted_as_it_is(self) -> None:
        self.ok("meeting.open_check_in")
        for name in ("张秀英", "李国庆", "韩建国", "唐丽"):
            build.at_desk(self.meeting, name)
        self.ok("meeting.begin")
        answer = self.do("meeting.quorum")
        assert answer.params == {"households": 4, "of": 8, "reached": False}
        assert answer.words("en") == "Noted for the minutes: 4 of 8 households are here."
        build.at_desk(self.meeting, "夏玉珍", "tablet")
        assert self.ok("meeting.quorum")["reached"] is True
        assert build.last(self.meeting, "meeting.quorum_noted") == {
            "present": {"households": 5, "of": 8, "phone": 0, "tablet": 1, "desk": 4},
            "of": 8,
            "rule": "过半数",
            "reached": True,
        }

    def test_a_new_item_ends_the_running_one_with_its_speech_and_list(self) -> None:
        self.sit(item=1)
        self.at("15:05:00")
        first, second = (build.seated(build.seat(self.meeting, name)) for name in ("夏玉珍", "李国庆"))
        build.ok("floor.request", first, self.meeting, kind="question")
        build.ok("floor.request", second, self.meeting, kind="question")
        build.ok("floor.call", self.operator, self.meeting)
        build.ok("floor.close_list", self.operator, self.meeting)
        self.at("15:06:00.500")
        self.ok("item.start", item=2)
        assert build.kinds(self.meeting)[-3:] == ["floor.ended", "item.ended", "item.started"]
        assert build.last(self.meeting, "floor.ended") == {"speech": 1, "seconds": 61}
        assert build.last(self.meeting, "item.ended") == {
            "item": 1,
            "title": "引进物业服务与收费标准",
            "withdrawn": [2],
        }
        meeting = build.fresh(self.meeting)
        assert meeting.item is not None
        assert (meeting.item.no, meeting.list_open) == (2, True)
        assert list(meeting.items.values_list("state", flat=True)) == ["done", "now"]
        build.ok("floor.request", second, self.meeting, kind="question")

    def test_a_finished_item_may_be_opened_again(self) -> None:
        self.sit(item=1)
        self.ok("item.end", item=1)
        assert build.fresh(self.meeting).item is None
        self.ok("item.start", item=1)
        assert AgendaItem.objects.get(meeting=self.meeting, no=1).state == "now"

    def test_an_unknown_item_and_one_that_does_not_run(self) -> None:
        self.sit(item=1)
        assert self.do("item.start", item=3).code == "item.unknown"
        assert self.do("item.end", item=3).code == "item.unknown"
        assert self.do("item.end", item=2).code == "item.none"
        assert list(self.do("item.start", item=0).errors) == ["item"]
        assert list(self.do("item.start", item="abc").errors) == ["item"]

    def test_an_item_of_another_meeting_is_never_touched(self) -> None:
        other = build.meeting(self.meeting.hall, item=0, ordinal=48, items=[dict(build.ITEMS[0])])
        self.sit()
        assert build.do("item.start", self.chair, other, item=2).code == "item.unknown"
        build.ok("item.start", self.chair, other, item=1)
        assert build.fresh(self.meeting).item is None

    def test_the_wall_shows_what_was_chosen(self) -> None:
        for view in ("join", "item", "motion", "result", "black", "auto"):
            assert build.ok("wall.show", self.operator, self.meeting, view=view) == {"view": view, "already": False}
            assert build.fresh(self.meeting).wall == view
        assert list(self.do("wall.show", view="fireworks").errors) == ["view"]

    def test_closing_ends_everything_and_seals_the_record(self) -> None:
        self.sit(item=1)
        self.at("15:05:00")
        build.guest(self.meeting)
        xia = build.seated(build.seat(self.meeting, "夏玉珍"))
        build.at_desk(self.meeting, "雷宏")
        build.ok("floor.request", xia, self.meeting, kind="question")
        build.ok("floor.call", self.operator, self.meeting)
        self.at("16:50:00")
        assert self.ok("meeting.close") == {"already": False}
        assert build.kinds(self.meeting)[-3:] == ["floor.ended", "item.ended", "meeting.closed"]
        assert build.last(self.meeting, "meeting.closed") == {
            "present": {"households": 1, "of": 8, "phone": 1, "tablet": 0, "desk": 0},
            "guests": 1,
            "officials": 1,
            "proxies": 0,
            "ended_at": "2026-11-19T08:50:00.000Z",
        }
        stream = Stream.objects.get(pk=self.meeting.stream_id)
        assert stream.sealed
        assert chain.verify(stream).sound
        assert self.state() == "closed"

    def test_after_the_close_nothing_follows(self) -> None:
        self.sit(item=1)
        xia = build.seated(build.seat(self.meeting, "夏玉珍"))
        seat = str(build.seat(self.meeting, "李国庆").pk)
        self.ok("meeting.close")
        before = build.kinds(self.meeting)
        desk = build.staff("desk", self.meeting)
        for actor, name, data in (
            (self.chair, "meeting.open_check_in", {}),
            (self.chair, "meeting.begin", {}),
            (self.chair, "meeting.quorum", {}),
            (self.chair, "item.start", {"item": 2}),
            (self.chair, "item.end", {"item": 1}),
            (self.chair, "wall.show", {"view": "black"}),
            (self.chair, "floor.call", {}),
            (self.chair, "floor.end", {}),
            (self.chair, "floor.extend", {}),
            (self.chair, "floor.open_list", {}),
            (self.chair, "remark.clear_wall", {}),
            (xia, "floor.request", {"kind": "question"}),
            (xia, "remark.post", {"kind": "comment", "text": "晚了"}),
            (xia, "presence.leave_myself", {}),
            (build.shown_slip(build.seat(self.meeting, "李国庆")), "presence.check_in", {}),
            (desk, "presence.arrive_for", {"seat": seat, "channel": "desk"}),
            (desk, "presence.leave", {"seat": seat}),
            (desk, "seat.add_official", {"name": "段瑞", "office": "区"}),
            (desk, "seat.reissue", {"seat": seat}),
        ):
            answer = build.do(name, actor, self.meeting, **data)
            assert (answer.ok, answer.code) == (False, "sealed"), name
        assert build.kinds(self.meeting) == before

    def test_a_meeting_without_a_quorum_can_be_closed_before_it_begins(self) -> None:
        self.ok("meeting.open_check_in")
        self.ok("meeting.close")
        assert build.kinds(self.meeting) == ["meeting.check_in_opened", "meeting.closed"]
        assert build.fresh(self.meeting).opened_at is None
