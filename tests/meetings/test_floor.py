from typing import Any

from sessions.halls.access import SeatActor
from sessions.meetings.models import Speech
from tests import build


class Floor(build.HallClockTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting()
        self.operator = build.staff("operator", self.meeting)
        self.desk = build.staff("desk", self.meeting)
        self.at("15:07:00")

    def do(self, name: str, actor: Any = None, /, **data: Any) -> Any:
        return build.do(name, actor or self.operator, self.meeting, **data)

    def phone(self, name: str) -> SeatActor:
        return build.seated(build.seat(self.meeting, name))

    def ask(self, actor: Any, kind: str = "question", **data: Any) -> int:
        return int(build.ok("floor.request", actor, self.meeting, kind=kind, **data)["request"])

    def speak(self, actor: Any, kind: str = "question", seconds: float = 30, **data: Any) -> int:
        """Ask, be called, speak, end."""
        no = self.ask(actor, kind, **data)
        build.ok("floor.call", self.operator, self.meeting, request=no)
        self.later(seconds)
        build.ok("floor.end", self.operator, self.meeting)
        return no


class Asking(Floor):
    def test_a_place_on_the_list(self) -> None:
        xia, li = self.phone("夏玉珍"), self.phone("李国庆")
        assert self.do("floor.request", xia, kind="question").params == {"request": 1, "place": 1}
        answer = self.do("floor.request", li, kind="debate", stance="against")
        assert answer.params == {"request": 2, "place": 2}
        assert answer.words("en") == "You are on the list, in place 2."
        assert build.last(self.meeting, "floor.requested") == {
            "request": 2,
            "item": 1,
            "speaker": "1-1-102 李国庆",
            "shown_as": "李*庆",
            "standing": "resident",
            "kind": "debate",
            "stance": "against",
            "channel": "phone",
            "waiting": 2,
        }

    def test_who_may_ask_for_what(self) -> None:
        xia, guest = self.phone("夏玉珍"), build.guest(self.meeting)
        official = self.phone("雷宏")
        for actor, kind, stance, code in (
            (xia, "answer", "", "floor.kind"),
            (guest, "answer", "", "floor.kind"),
            (official, "debate", "for", "floor.kind"),
            (xia, "question", "for", "floor.request.done"),  # a stance that means nothing is left out
            (guest, "debate", "add", "floor.request.done"),
            (official, "answer", "", "floor.request.done"),
        ):
            assert self.do("floor.request", actor, kind=kind, stance=stance).code == code
        asked = [entry["body"] for entry in build.entries(self.meeting) if entry["kind"] == "floor.requested"]
        assert [body["stance"] for body in asked] == ["", "add", ""]

    def test_a_debate_says_its_side_first(self) -> None:
        xia = self.phone("夏玉珍")
        assert list(self.do("floor.request", xia, kind="debate").errors) == ["stance"]
        assert list(self.do("floor.request", xia, kind="debate", stance="maybe").errors) == ["stance"]
        assert list(self.do("floor.request", xia, kind="shout").errors) == ["kind"]
        assert list(self.do("floor.request", xia).errors) == ["kind"]

    def test_one_waiting_request_for_each_seat(self) -> None:
        xia = self.phone("夏玉珍")
        self.ask(xia)
        assert self.do("floor.request", xia, kind="question").code == "floor.waiting"
        build.ok("floor.call", self.operator, self.meeting)
        assert self.ask(xia) == 2

    def test_the_same_press_twice_is_one_request(self) -> None:
        xia = self.phone("夏玉珍")
        first = self.do("floor.request", xia, kind="question", act_id="ask-00001")
        again = self.do("floor.request", xia, kind="question", act_id="ask-00001")
        assert (again.again, again.params) == (True, first.params)
        other = self.do("floor.request", xia, kind="debate", stance="for", act_id="ask-00001")
        assert other.code == "content_differs"
        assert build.kinds(self.meeting).count("floor.requested") == 1

    def test_two_speeches_for_each_item_and_answers_do_not_count(self) -> None:
        xia, lei = self.phone("夏玉珍"), self.phone("雷宏")
        for _ in range(2):
            self.speak(xia)
        answer = self.do("floor.request", xia, kind="question")
        assert (answer.code, answer.params) == ("floor.enough", {"times": 2})
        helped = self.do("floor.request_for", self.desk, seat=str(xia.seat_id), kind="question", channel="desk")
        assert (helped.code, helped.params) == ("floor.enough_for", {"times": 2})
        for _ in range(3):
            self.speak(lei, "answer")
        build.ok("item.start", self.operator, self.meeting, item=2)
        assert self.ask(xia) == 6

    def test_a_withdrawn_request_uses_up_nothing(self) -> None:
        xia = self.phone("夏玉珍")
        for _ in range(3):
            build.ok("floor.withdraw", xia, self.meeting, request=self.ask(xia))
        assert self.ask(xia) == 4

    def test_a_closed_list_takes_no_names_and_keeps_those_it_has(self) -> None:
        xia, li = self.phone("夏玉珍"), self.phone("李国庆")
        self.ask(xia)
        assert self.do("floor.close_list").params == {"already": False}
        assert self.do("floor.close_list").params == {"already": True}
        assert self.do("floor.request", li, kind="question").code == "floor.list_closed"
        assert self.do("floor.call").params["speech"] == 1
        assert self.do("floor.open_list").params == {"already": False}
        assert self.ask(li) == 2
        assert [kind for kind in build.kinds(self.meeting) if "list" in kind] == [
            "floor.list_closed",
            "floor.list_opened",
        ]

    def test_nobody_asks_out_of_turn(self) -> None:
        xia = self.phone("夏玉珍")
        outside = build.by_link(build.seat(self.meeting, "李国庆"))
        assert self.do("floor.request", outside, kind="question").code == "seat.elsewhere"
        build.ok("item.end", self.operator, self.meeting, item=1)
        for name, data in (("floor.request", {"kind": "question"}),):
            assert self.do(name, xia, **data).code == "item.none"
        for name in ("floor.call", "floor.close_list", "floor.open_list"):
            assert self.do(name).code == "item.none"
        early = build.meeting(self.meeting.hall, state="check_in", ordinal=48)
        waiting = build.seated(build.seat(early, "夏玉珍"))
        assert build.do("floor.request", waiting, early, kind="question").code == "meeting.not_begun"

    def test_the_desk_asks_for_someone_in_the_hall(self) -> None:
        zhang = build.at_desk(self.meeting, "张秀英")
        data = {"seat": str(zhang.pk), "kind": "question", "channel": "desk"}
        assert self.do("floor.request_for", self.desk, **data).params == {"request": 1, "place": 1}
        entry = build.entries(self.meeting)[-1]
        assert (entry["actor"]["role"], entry["body"]["speaker"], entry["body"]["channel"]) == (
            "staff", "1-1-101 张秀英", "desk",
        )  # fmt: skip
        absent = str(build.seat(self.meeting, "李国庆").pk)
        assert self.do("floor.request_for", self.desk, **data | {"seat": absent}).code == "presence.not_here"
        for change, code in (({}, "floor.waiting_for"), ({"kind": "answer"}, "floor.kind_for")):
            assert self.do("floor.request_for", self.desk, **data | change).code == code
        assert list(self.do("floor.request_for", self.desk, **data | {"channel": "phone"}).errors) == ["channel"]
        assert self.do("floor.request_for", self.phone("夏玉珍"), **data).code == "not_allowed"

    def test_withdrawing(self) -> None:
        xia, li = self.phone("夏玉珍"), self.phone("李国庆")
        first, second = self.ask(xia), self.ask(li)
        assert self.do("floor.withdraw", li, request=first).code == "not_allowed"
        assert self.do("floor.withdraw", xia, request=first).params == {"request": 1, "already": False}
        assert self.do("floor.withdraw", xia, request=first).params == {"request": 1, "already": True}
        assert self.do("floor.withdraw", self.desk, request=second).ok
        assert build.last(self.meeting, "floor.withdrawn") == {"request": 2, "item": 1}
        assert self.do("floor.withdraw", xia, request=99).code == "floor.request_unknown"
        third = self.ask(xia)
        build.ok("floor.call", self.operator, self.meeting)
        assert self.do("floor.withdraw", xia, request=third).code == "floor.not_waiting"
        assert self.do("floor.withdraw", build.staff("overseer", self.meeting), request=third).code == "not_allowed"

    def test_who_leaves_neither_waits_nor_speaks(self) -> None:
        xia, li = self.phone("夏玉珍"), self.phone("李国庆")
        self.ask(xia)
        self.ask(li)
        build.ok("floor.call", self.operator, self.meeting)
        self.later(12)
        build.ok("presence.leave", self.desk, self.meeting, seat=str(xia.seat_id))
        assert build.kinds(self.meeting)[-2:] == ["presence.left", "floor.ended"]
        assert build.last(self.meeting, "floor.ended") == {"speech": 1, "seconds": 12}
        build.ok("presence.leave_myself", li, self.meeting)
        assert build.kinds(self.meeting)[-2:] == ["presence.left", "floor.withdrawn"]
        assert self.do("floor.call").code == "floor.nobody"


class Calling(Floor):
    def test_the_first_who_asked_is_called_and_the_clock_runs(self) -> None:
        self.ask(self.phone("夏玉珍"), "debate", stance="for")
        self.ask(self.phone("李国庆"))
        self.at("15:08:00")
        answer = self.do("floor.call")
        assert answer.params == {"speech": 1, "already": False}
        entry = build.entries(self.meeting)[-1]
        assert (entry["kind"], entry["at"]) == ("floor.called", "2026-11-19T07:08:00.000Z")
        assert entry["body"] == {
            "speech": 1,
            "item": 1,
            "speaker": "2-1-101 夏玉珍",
            "shown_as": "夏*珍",
            "standing": "resident",
            "kind": "debate",
            "stance": "for",
            "channel": "phone",
            "limit": 120,
            "ended": None,
        }

    def test_calling_the_next_ends_the_running_speech_in_the_same_entry(self) -> None:
        self.ask(self.phone("雷宏"), "answer")
        self.ask(self.phone("李国庆"))
        self.at("15:08:00")
        self.do("floor.call")
        body = build.last(self.meeting, "floor.called", archive=False)
        assert (body["limit"], body["shown_as"], body["office"], body["speaker"]) == (180, "雷宏", "安居乐物业", None)
        self.at("15:10:57.500")
        self.do("floor.call")
        assert build.last(self.meeting, "floor.called")["ended"] == {"speech": 1, "seconds": 178}
        assert build.kinds(self.meeting)[-2:] == ["floor.called", "floor.called"]
        assert Speech.objects.filter(meeting=self.meeting, ended_at=None).count() == 1

    def test_the_facilitator_may_call_someone_else_first(self) -> None:
        self.ask(self.phone("夏玉珍"))
        self.ask(self.phone("李国庆"))
        assert self.do("floor.call", request=2).params["speech"] == 2
        assert self.do("floor.call", request=2).params == {"speech": 2, "already": True}
        assert self.do("floor.call", request=7).code == "floor.request_unknown"
        assert self.do("floor.call").params["speech"] == 1
        assert self.do("floor.call", request=2).code == "floor.not_waiting"

    def test_two_who_press_at_once_skip_nobody(self) -> None:
        for name in ("夏玉珍", "李国庆", "张秀英"):
            self.ask(self.phone(name))
        chair = build.staff("facilitator", self.meeting)
        assert self.do("floor.call", chair, seen=0).params["speech"] == 1
        late = self.do("floor.call", self.operator, seen=0)
        assert (late.ok, late.code) == (False, "floor.moved")
        assert self.do("floor.call", chair, seen=1, request=2).params["speech"] == 2
        assert self.do("floor.call", self.operator, seen=1, request=2).params == {"speech": 2, "already": True}
        assert self.do("floor.call", self.operator, seen=1, request=3).code == "floor.moved"
        assert build.kinds(self.meeting).count("floor.called") == 2

    def test_with_nobody_waiting_the_running_speech_goes_on(self) -> None:
        assert self.do("floor.call").code == "floor.nobody"
        self.ask(self.phone("夏玉珍"))
        self.do("floor.call")
        assert self.do("floor.call").code == "floor.nobody"
        assert Speech.objects.get().ended_at is None

    def test_seconds_are_of_the_hall_clock_and_rounded_half_up(self) -> None:
        xia = self.phone("夏玉珍")
        for start, end, seconds in (("15:15:00.000", "15:16:22.499", 82), ("15:20:00.250", "15:20:31.750", 32)):
            self.at(start)
            self.ask(xia)
            self.do("floor.call")
            self.at(end)
            assert self.do("floor.end").params["seconds"] == seconds
            assert build.last(self.meeting, "floor.ended")["seconds"] == seconds

    def test_the_speaker_ends_the_own_speech_and_no_other(self) -> None:
        xia, li = self.phone("夏玉珍"), self.phone("李国庆")
        no = self.ask(xia)
        self.do("floor.call")
        self.later(9)
        assert self.do("floor.end", li).code == "not_allowed"
        assert self.do("floor.end", xia, speech=no).params == {"speech": 1, "seconds": 9, "already": False}
        assert self.do("floor.end", xia, speech=no).params == {"already": True}
        assert self.do("floor.end", self.operator).params == {"already": True}
        self.ask(li)
        self.do("floor.call")
        assert self.do("floor.end", self.operator, speech=no).params == {"already": True}  # a late press for the first
        assert Speech.objects.filter(ended_at=None).count() == 1
        assert self.do("floor.end", speech=77).code == "floor.request_unknown"
        assert self.do("floor.end", self.desk).code == "not_allowed"

    def test_thirty_seconds_more_at_most_twice(self) -> None:
        assert self.do("floor.extend").code == "floor.nobody_speaks"
        self.ask(self.phone("雷宏"), "answer")
        self.do("floor.call")
        assert self.do("floor.extend", speech=1).params == {"speech": 1, "limit": 210}
        assert self.do("floor.extend").params == {"speech": 1, "limit": 240}
        assert self.do("floor.extend").code == "floor.long_enough"
        assert build.last(self.meeting, "floor.extended") == {"speech": 1, "limit": 240, "times": 2}

    def test_only_staff_of_this_hall_give_the_floor(self) -> None:
        self.ask(self.phone("夏玉珍"))
        neighbour = build.staff("facilitator", build.hall("亭", "安居里小区"))
        for actor in (neighbour, self.desk, build.by_link(build.seat(self.meeting, "夏玉珍"))):
            for name in ("floor.call", "floor.extend", "floor.close_list", "floor.open_list"):
                assert self.do(name, actor).code == "not_allowed"
