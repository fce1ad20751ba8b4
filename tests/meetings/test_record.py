"""What the record keeps: no private word in the chain, the same act once, every act guarded, and record == tables."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import override

from sessions.halls.access import Visitor, device_digest
from sessions.halls.models import Seat
from sessions.meetings import rules
from sessions.meetings.models import Meeting, Remark
from sessions.record import acts, chain
from sessions.record.models import Answer, Entry, Stream
from tests import build

from .told import Told

OURS = ("meeting.", "seat.", "presence.", "proxy.", "item.", "wall.", "floor.", "remark.")
TEXTS = ("先公示再收钱", "停车的钱以前去哪了?", "某某你收了人家多少好处", "<b>听不清</b>", "周六我出三轮车")


# --- a meeting played at random --------------------------------------------------------------------------
class Play:
    """Anybody does anything, in order or not; refusals are part of it."""

    def __init__(self, case: build.HallClockTestCase, seed: int) -> None:
        self.case, self.dice = case, random.Random(seed)
        self.meeting = build.meeting(state="check_in")
        self.chair = build.staff("facilitator", self.meeting)
        self.desk = build.staff("desk", self.meeting)
        self.names = [*build.PEOPLE, "雷宏", "龚建业"]
        self.done = self.refused = 0

    def seat(self) -> Seat:
        return build.seat(self.meeting, self.dice.choice(self.names))

    def act(self, name: str, actor: Any, /, **data: Any) -> None:
        answer = build.do(name, actor, self.meeting, **data)
        assert answer.code not in {"fault", "invalid", "busy", "not_allowed"} or name in {"floor.end", "floor.withdraw"}
        self.done, self.refused = self.done + answer.ok, self.refused + (not answer.ok)

    def step(self) -> None:
        choose, seat = self.dice.choice, self.seat()
        phone = self.dice.choice((1, 1, 1, 2))
        pk, slip, link = str(seat.pk), build.shown_slip(seat, phone), build.by_link(seat, phone)
        visitor = f"key-of-a-visitor-{self.dice.randrange(3)}"
        number = self.dice.randrange(1, 9)
        against = {"kind": "debate", "stance": "against", "channel": "desk"}
        remark = {
            "kind": choose(("comment", "question")),
            "text": choose(TEXTS),
            "signed": choose((True, False)),
        }
        moves: list[tuple[int, Callable[[], None]]] = [
            (14, lambda: self.act("presence.check_in", slip)),
            (1, lambda: self.act("presence.take_over", slip)),
            (4, lambda: self.act("presence.arrive_for", self.desk, seat=pk, channel=choose(("desk", "tablet")))),
            (2, lambda: self.act("presence.leave", self.desk, seat=pk)),
            (1, lambda: self.act("presence.leave_myself", link)),
            (1, lambda: self.act("presence.come_back", self.desk, seat=pk)),
            (1, lambda: self.act("presence.join_as_guest", Visitor(device_digest(visitor)), device=visitor)),
            (2, lambda: self.act("proxy.register", self.desk, principal=str(self.seat().pk), holder=pk)),
            (1, lambda: self.act("proxy.cancel", self.desk, principal=pk)),
            (1, lambda: self.act("seat.reissue", self.desk, seat=pk)),
            (3, lambda: self.act("meeting.begin", self.chair)),
            (1, lambda: self.act("meeting.quorum", self.chair)),
            (2, lambda: self.act("item.start", self.chair, item=choose((1, 2)))),
            (6, lambda: self.act("floor.request", link, kind=choose(("question", "debate", "answer")), stance="for")),
            (4, lambda: self.act("floor.request_for", self.desk, seat=pk, **against)),
            (4, lambda: self.act("floor.call", self.chair)),
            (1, lambda: self.act("floor.call", self.chair, request=number)),
            (2, lambda: self.act("floor.end", choose((self.chair, link)))),
            (1, lambda: self.act("floor.extend", self.chair)),
            (1, lambda: self.act("floor.withdraw", choose((self.desk, link)), request=number)),
            (1, lambda: self.act(choose(("floor.close_list", "floor.open_list", "floor.open_list")), self.chair)),
            (4, lambda: self.act("remark.post", link, **remark)),
            (2, lambda: self.act("remark.post_for", self.desk, seat=pk, channel="tablet", **remark)),
            (3, lambda: self.act("remark.show", self.chair, remark=number)),
            (2, lambda: self.act("remark.hide", self.chair, remark=number, reason=choose(rules.REASONS))),
            (2, lambda: self.act("remark.put_on_wall", self.chair, remark=number)),
            (1, lambda: self.act("remark.clear_wall", self.chair)),
            (1, lambda: self.act("wall.show", self.chair, view=choose(rules.WALL))),
        ]  # fmt: skip
        weights = [weight for weight, _ in moves]
        self.dice.choices(moves, weights)[0][1]()
        self.case.later(self.dice.randrange(1, 40_000) / 1000)


class TheRecordIsTheMeeting(build.HallClockTestCase):
    def play(self, seed: int) -> None:
        play = Play(self, seed)
        for step in range(180):
            play.step()
            if step % 30 == 0:
                Told(play.meeting).equals(build.fresh(play.meeting))
        assert play.done > 60
        assert play.refused > 10
        Told(play.meeting).equals(build.fresh(play.meeting))
        build.ok("meeting.close", play.chair, play.meeting)
        Told(play.meeting).equals(build.fresh(play.meeting))
        stream = Stream.objects.get(pk=play.meeting.stream_id)
        assert chain.verify(stream).sound
        self.nothing_private(play.meeting)

    def nothing_private(self, meeting: Meeting) -> None:
        words = build.plain_words(meeting)
        for private in (*build.PEOPLE, "雷宏", "龚建业", *TEXTS):
            assert private not in words, private
        assert not re.search(r"\b\d-\d-\d{3}\b", words)
        for seat in Seat.objects.filter(stream=meeting.stream_id):
            assert str(seat.pk) not in words
        public = repr(build.entries(meeting, archive=False))
        for private in build.PEOPLE:
            assert private not in public
        assert not re.search(r"\b\d-\d-\d{3}\b", public)
        assert "*" in public

    def test_played_once(self) -> None:
        self.play(1)

    def test_played_twice(self) -> None:
        self.play(2)

    def test_played_three_times(self) -> None:
        self.play(3)

    def test_hidden_and_held_texts_are_for_the_archive_alone(self) -> None:
        meeting = build.meeting()
        xia = build.seated(build.seat(meeting, "夏玉珍"))
        for text in ("展示的话", "隐藏的话", "待审的话"):
            self.later(30)
            build.ok("remark.post", xia, meeting, kind="comment", text=text)
        operator = build.staff("operator", meeting)
        build.ok("remark.show", operator, meeting, remark=1)
        build.ok("remark.hide", operator, meeting, remark=2, reason="other")
        public, archive = repr(build.entries(meeting, archive=False)), repr(build.entries(meeting))
        assert "展示的话" in public
        assert "隐藏的话" not in public
        assert "待审的话" not in public
        assert "隐藏的话" in archive
        assert "待审的话" in archive


class EveryAct(build.HallClockTestCase):
    """Whoever has no right is refused, for each declared act of this room, whatever they send."""

    def setUp(self) -> None:
        super().setUp()
        self.meeting = build.meeting()
        self.xia = build.seated(build.seat(self.meeting, "夏玉珍"))
        build.ok("remark.post", self.xia, self.meeting, kind="comment", text="一句话")
        seat, other = (str(build.seat(self.meeting, name).pk) for name in ("李国庆", "夏玉珍"))
        by_act: dict[str, dict[str, Any]] = {
            "meeting.convene": build.convening(self.meeting.hall, ordinal=48),
            "seat.add_official": {"name": "段瑞"},
            "presence.join_as_guest": {"device": "key-of-a-visitor-1"},
            "presence.arrive_for": {"seat": seat, "channel": "desk"},
            "proxy.register": {"principal": seat, "holder": other},
            "proxy.cancel": {"principal": seat},
            "wall.show": {"view": "join"},
            "floor.request": {"kind": "question"},
            "floor.request_for": {"seat": other, "kind": "question", "channel": "desk"},
            "floor.withdraw": {"request": 1},
            "remark.post": {"kind": "comment", "text": "话"},
            "remark.post_for": {"seat": other, "kind": "comment", "text": "话", "channel": "desk"},
            "remark.hide": {"remark": 1, "reason": "other"},
        }
        self.data = {
            name: by_act.get(name, {"seat": seat, "item": 2, "remark": 1})
            for name in acts.declared()
            if name.startswith(OURS) and acts.declared()[name].handler.__module__.startswith("sessions.meetings")
        }

    def where(self, name: str) -> uuid.UUID:
        return self.meeting.hall.office_id if name == "meeting.convene" else self.meeting.stream_id

    def test_all_acts_of_the_contract_are_declared(self) -> None:
        assert set(self.data) == set(
            """
            meeting.convene meeting.open_check_in meeting.begin meeting.quorum meeting.close
            item.start item.end wall.show seat.add_official seat.reissue
            presence.check_in presence.take_over presence.join_as_guest
            presence.arrive_for presence.leave presence.come_back presence.leave_myself proxy.register proxy.cancel
            floor.request floor.request_for floor.withdraw floor.call floor.end floor.extend floor.close_list
            floor.open_list remark.post remark.post_for remark.show remark.hide remark.put_on_wall remark.clear_wall
            """.split()
        )

    def test_strangers_neighbours_and_forwarded_links_are_refused(self) -> None:
        neighbours = build.meeting(build.hall("小小议事亭", "安居里小区"))
        before = Entry.objects.count(), Seat.objects.count(), Remark.objects.count()
        nobody = build.staff("", self.meeting, "stranger")
        officer_next_door = build.staff("director", neighbours.hall)
        chair_next_door = build.staff("facilitator", neighbours.hall)
        seat_next_door = build.shown_slip(build.seat(neighbours, "夏玉珍"))
        for name, data in self.data.items():
            for actor in (nobody, officer_next_door, chair_next_door, seat_next_door):
                answer = build.do(name, actor, self.where(name), **data)
                assert (answer.ok, answer.code) == (False, "not_allowed"), name
            if name != "presence.join_as_guest":
                answer = build.do(name, Visitor("d" * 64), self.where(name), **data)
                assert (answer.ok, answer.code) == (False, "not_allowed"), name
        assert before == (Entry.objects.count(), Seat.objects.count(), Remark.objects.count())

    def test_a_link_without_its_phone_can_only_look(self) -> None:
        forwarded = build.by_link(build.seat(self.meeting, "夏玉珍"), phone=2)
        before = Entry.objects.count()
        for name, data in self.data.items():
            answer = build.do(name, forwarded, self.where(name), **data)
            assert (answer.ok, answer.code) in {(False, "not_allowed"), (False, "seat.elsewhere")}, name
        assert Entry.objects.count() == before

    def test_an_unknown_stream_and_an_office_have_no_meeting(self) -> None:
        chair = build.staff("facilitator", self.meeting)
        for stream in (uuid.uuid4(), self.meeting.hall.office_id):
            assert build.do("meeting.begin", chair, stream).code == "not_allowed"

    def test_the_same_act_twice_gets_the_first_answer_and_is_done_once(self) -> None:
        chair, desk = build.staff("facilitator", self.meeting), build.staff("desk", self.meeting)
        slip = build.shown_slip(build.seat(self.meeting, "李国庆"))
        visitor = Visitor(device_digest("key-of-a-visitor-1"))
        actors = {"presence.check_in": slip, "presence.take_over": slip, "presence.join_as_guest": visitor}
        for name, data in sorted(self.data.items(), key=lambda pair: pair[0] == "meeting.close"):
            if name == "meeting.convene":
                continue
            declaration = acts.declared()[name]
            actor = actors.get(name) or next(
                one for one in (chair, desk, self.xia) if declaration.right(one, self.meeting)
            )
            act_id = f"twice-{name}"
            first = build.do(name, actor, self.meeting, act_id=act_id, **data)
            written, answers = Entry.objects.count(), Answer.objects.count()
            second = build.do(name, actor, self.meeting, act_id=act_id, **data)
            assert (second.again, second.ok, second.code, second.params) == (True, first.ok, first.code, first.params)
            assert (written, answers) == (Entry.objects.count(), Answer.objects.count())

    def test_every_answer_has_its_words(self) -> None:
        for code, words in acts.phrases().items():
            if code.startswith(OURS) or code == "guest.full":
                with override("en"):
                    assert str(words).endswith((".", "!", "?")), code
