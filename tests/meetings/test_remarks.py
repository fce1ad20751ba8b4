from typing import Any

from sessions.meetings.models import Remark
from tests import build


class Remarks(build.HallClockTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting()
        self.operator = build.staff("operator", self.meeting)
        self.desk = build.staff("desk", self.meeting)
        self.xia = build.seated(build.seat(self.meeting, "夏玉珍"))

    def do(self, name: str, actor: Any = None, /, **data: Any) -> Any:
        return build.do(name, actor or self.operator, self.meeting, **data)

    def post(self, text: str = "先公示再收钱", actor: Any = None, kind: str = "comment", **data: Any) -> Any:
        return self.do("remark.post", actor or self.xia, kind=kind, text=text, **data)

    def test_a_remark_is_held_and_its_text_is_no_part_of_the_chain(self) -> None:
        answer = self.post("先公示再收钱!!", signed=True)
        assert answer.params == {"remark": 1}
        remark = Remark.objects.get()
        assert (remark.state, remark.text, remark.signed, remark.channel) == ("held", "先公示再收钱!!", True, "phone")
        assert build.last(self.meeting, "remark.posted") == {
            "remark": 1,
            "item": 1,
            "kind": "comment",
            "text": "先公示再收钱!!",
            "author": "2-1-101 夏玉珍",
            "signed": True,
            "channel": "phone",
        }
        public = build.last(self.meeting, "remark.posted", archive=False)
        assert (public["text"], public["author"]) == (None, None)
        assert "公示再" not in build.plain_words(self.meeting)

    def test_hostile_text_is_kept_as_plain_text(self) -> None:
        for typed, kept in (
            (
                "<script>alert('x')</script><img src=x onerror=alert(1)>",
                "<script>alert('x')</script><img src=x onerror=alert(1)>",
            ),
            ("一行\n\n两行\x00\x1b[31m", "一行 两行[31m"),
            ("\u202e付不要\u202c \u2067abc\u2069", "付不要 abc"),
            ("100% %(name)s {{ x }} {% y %}", "100% %(name)s {{ x }} {% y %}"),
            ("'; DROP TABLE meetings_remark; --", "'; DROP TABLE meetings_remark; --"),
            ("𠮷野家👨‍👩‍👧" + "\ud83d", "𠮷野家👨‍👩‍👧"),
            ("e\u0301", "é"),
        ):
            self.later(30)
            no = self.post(typed).params["remark"]
            assert Remark.objects.get(no=no).text == kept
            assert build.last(self.meeting, "remark.posted")["text"] == kept

    def test_too_short_and_too_long(self) -> None:
        for text in ("", "  \n ", "\u202e\u200b", "\u3164"):
            assert list(self.post(text).errors) == ["text"]
        assert list(self.post("长" * 201).errors) == ["text"]
        assert list(self.do("remark.post", self.xia, kind="comment", text=["a"]).errors) == ["text"]
        assert list(self.post(kind="poem").errors) == ["kind"]
        assert self.post("长" * 200).ok
        self.later(30)
        assert self.post("e\u0301" * 200).ok  # two hundred characters once they are composed

    def test_a_pause_between_two_remarks(self) -> None:
        self.at("15:09:00")
        assert self.post().ok
        self.at("15:09:05.500")
        answer = self.post("又来")
        assert (answer.code, answer.params) == ("remark.pause", {"seconds": 15})
        self.at("15:09:20")
        assert self.post("又来").ok
        assert self.post("邻居不用等", build.seated(build.seat(self.meeting, "李国庆"))).ok

    def test_the_same_press_twice_is_one_remark(self) -> None:
        first, again = self.post(act_id="say-000001"), self.post(act_id="say-000001")
        assert (again.again, again.params) == (True, first.params)
        assert self.post("别的", act_id="say-000001").code == "content_differs"
        assert Remark.objects.count() == 1

    def test_five_questions_may_wait(self) -> None:
        for number in range(5):
            self.later(30)
            assert self.post(f"问题{number}", kind="question").ok
        self.later(30)
        answer = self.post("第六个", kind="question")
        assert (answer.code, answer.params) == ("remark.many_questions", {"most": 5})
        helped = {"seat": str(self.xia.seat_id), "kind": "question", "text": "第六个", "channel": "desk"}
        assert self.do("remark.post_for", self.desk, **helped).code == "remark.many_questions_for"
        assert self.post("意见还可以写").ok
        build.ok("remark.show", self.operator, self.meeting, remark=1)
        self.later(30)
        assert self.post("第六个", kind="question").ok

    def test_only_who_is_here_writes(self) -> None:
        outside = build.by_link(build.seat(self.meeting, "李国庆"))
        assert self.post(actor=outside).code == "seat.elsewhere"
        build.ok("presence.leave", self.desk, self.meeting, seat=str(self.xia.seat_id))
        assert self.post().code == "seat.not_present"
        assert self.post(actor=self.desk).code == "not_allowed"

    def test_before_the_meeting_begins_there_is_no_item(self) -> None:
        early = build.meeting(self.meeting.hall, state="check_in", ordinal=48)
        xia = build.seated(build.seat(early, "夏玉珍"))
        build.ok("remark.post", xia, early, kind="question", text="几点开会?")
        assert build.last(early, "remark.posted")["item"] is None
        closed = build.meeting(self.meeting.hall, state="convened", ordinal=49)
        early_bird = build.by_link(build.seat(closed, "夏玉珍"))
        assert build.do("remark.post", early_bird, closed, kind="question", text="?").code == "meeting.not_open"

    def test_the_desk_writes_for_someone_here_or_not(self) -> None:
        for name in ("张秀英", "李国庆"):
            seat = build.seat(self.meeting, name)
            data = {"seat": str(seat.pk), "kind": "comment", "text": "听不清", "signed": True, "channel": "desk"}
            assert self.do("remark.post_for", self.desk, **data).ok
        entry = build.entries(self.meeting)[-1]
        assert (entry["actor"]["role"], entry["body"]["author"], entry["body"]["channel"]) == (
            "staff", "1-1-102 李国庆", "desk",
        )  # fmt: skip
        assert self.do("remark.post_for", self.xia, **data).code == "not_allowed"

    def test_showing_opens_the_text_and_never_the_name(self) -> None:
        official = build.seated(build.seat(self.meeting, "雷宏"))
        guest = build.guest(self.meeting, "访客")
        for actor, signed, shown_as in (
            (self.xia, True, "夏*珍"),
            (self.xia, False, "一位居民"),
            (official, True, "雷宏"),
            (official, False, "一位列席人员"),
            (guest, False, "一位来宾"),
        ):
            self.later(30)
            no = self.post("周六我出三轮车", actor, signed=signed).params["remark"]
            assert self.do("remark.show", remark=no).params == {"remark": no, "already": False}
            assert self.do("remark.show", remark=no).params == {"remark": no, "already": True}
            assert build.last(self.meeting, "remark.shown", archive=False) == {
                "remark": no,
                "kind": "comment",
                "item": 1,
                "text": "周六我出三轮车",
                "shown_as": shown_as,
            }
        assert build.kinds(self.meeting).count("remark.shown") == 5

    def test_hiding_says_why_and_repeats_no_text(self) -> None:
        self.post("某某你收了人家多少好处")
        assert self.do("remark.hide", remark=1, reason="motive").params == {"remark": 1, "already": False}
        assert self.do("remark.hide", remark=1, reason="motive").params == {"remark": 1, "already": True}
        assert build.last(self.meeting, "remark.hidden") == {"remark": 1, "reason": "motive"}
        assert self.do("remark.hide", remark=1, reason="personal").params["already"] is False
        assert Remark.objects.get().reason == "personal"
        assert list(self.do("remark.hide", remark=1, reason="dislike").errors) == ["reason"]
        assert list(self.do("remark.hide", remark=1).errors) == ["reason"]

    def test_a_hidden_remark_may_be_shown_after_all(self) -> None:
        self.post()
        self.do("remark.hide", remark=1, reason="repeated")
        assert self.do("remark.show", remark=1).ok
        assert (Remark.objects.get().state, Remark.objects.get().reason) == ("shown", "")

    def test_only_what_is_shown_goes_on_the_wall(self) -> None:
        self.post()
        assert self.do("remark.put_on_wall", remark=1).code == "remark.not_shown"
        self.do("remark.show", remark=1)
        assert self.do("remark.put_on_wall", remark=1).params == {"remark": 1, "already": False}
        assert self.do("remark.put_on_wall", remark=1).params == {"remark": 1, "already": True}
        assert build.fresh(self.meeting).wall_remark == Remark.objects.get()
        assert self.do("remark.clear_wall").params == {"already": False}
        assert self.do("remark.clear_wall").params == {"already": True}
        assert build.fresh(self.meeting).wall_remark is None
        assert build.kinds(self.meeting)[-2:] == ["remark.on_wall", "remark.off_wall"]

    def test_hiding_takes_it_off_the_wall(self) -> None:
        self.post()
        self.do("remark.show", remark=1)
        self.do("remark.put_on_wall", remark=1)
        self.do("remark.hide", remark=1, reason="unverified")
        assert build.fresh(self.meeting).wall_remark is None
        assert build.kinds(self.meeting)[-2:] == ["remark.off_wall", "remark.hidden"]

    def test_the_next_step_takes_the_wall(self) -> None:
        self.post()
        self.do("remark.show", remark=1)
        for view, stays in (("result", "auto"), ("join", "join")):
            self.do("remark.put_on_wall", remark=1)
            self.do("wall.show", view=view)
            self.do("item.start", item=2 if view == "result" else 1)
            meeting = build.fresh(self.meeting)
            assert (meeting.wall_remark, meeting.wall) == (None, stays)

    def test_only_the_floor_moderates_and_only_here(self) -> None:
        self.post()
        other = build.meeting(self.meeting.hall, ordinal=48)
        for name, data in (
            ("remark.show", {"remark": 1}),
            ("remark.hide", {"remark": 1, "reason": "other"}),
            ("remark.put_on_wall", {"remark": 1}),
        ):
            for actor in (self.xia, self.desk, build.staff("overseer", self.meeting)):
                assert self.do(name, actor, **data).code == "not_allowed"
            assert build.do(name, self.operator, other, **data).code == "remark.unknown"
            assert self.do(name, remark=99, **{key: value for key, value in data.items() if key != "remark"}).code == (
                "remark.unknown"
            )
        assert self.do("remark.clear_wall", self.desk).code == "not_allowed"
        assert Remark.objects.get().state == "held"
