import uuid
from typing import Any

from django.test import TestCase
from django.utils.translation import override

from sessions.halls.access import households_below
from sessions.halls.models import Household, Node, Person, Seat, Tie, Venue
from sessions.meetings.access import meeting_of
from sessions.meetings.models import Meeting
from sessions.record.acts import Answer
from sessions.record.models import Stream
from tests import build


class Convening(TestCase):
    def setUp(self) -> None:
        self.hall = build.hall()
        self.secretary = build.staff("secretary", self.hall)

    def convene(self, **fields: Any) -> Answer:
        return build.do("meeting.convene", self.secretary, self.hall, **build.convening(self.hall, **fields))

    def convened(self, **fields: Any) -> Meeting:
        answer = self.convene(**fields)
        assert answer.ok, (answer.code, answer.errors)
        return meeting_of(uuid.UUID(answer.params["meeting"]))

    def test_a_meeting_comes_with_its_agenda_and_settings(self) -> None:
        meeting = self.convened(join_code="473819", speech_seconds=90, comment_pause_seconds=0)
        assert (meeting.state, meeting.hall, meeting.venue) == ("convened", self.hall, self.hall.venues.get())
        assert (meeting.join_code, meeting.chair, meeting.secretary) == ("473819", "汪学勤", "白雪")
        assert (meeting.speech_seconds, meeting.presenter_seconds, meeting.comment_pause_seconds) == (90, 180, 0)
        assert meeting.starts_at.isoformat() == "2026-11-19T07:00:00+00:00"
        assert [(item.no, item.title, item.kinds, item.minutes) for item in meeting.items.all()] == [
            (1, "引进物业服务与收费标准", "定", 40),
            (2, "3 号楼后环境卫生死角整治", "议定", 15),
        ]
        assert meeting.items.get(no=1).background == "三年没有物业\n两家报价\n费用要算得清"

    def test_everyone_on_the_roster_and_in_attendance_has_a_seat(self) -> None:
        seats = Seat.objects.filter(stream=self.convened().stream_id)
        assert sorted(seats.filter(standing="resident").values_list("name", flat=True)) == sorted(build.PEOPLE)
        assert set(seats.filter(standing="official").values_list("name", "office")) == {
            ("雷宏", "安居乐物业"),
            ("龚建业", "永兴街街道物业科"),
        }
        assert len(set(seats.values_list("code", flat=True))) == 11

    def test_the_office_writes_it_down_without_names(self) -> None:
        meeting = self.convened()
        body = build.last(self.hall, "meeting.convened")
        assert body == {
            "meeting": str(meeting.stream_id),
            "title": "2026 年第 47 次居民议事会",
            "form": "joint",
            "year": 2026,
            "ordinal": 47,
            "starts_at": "2026-11-19T07:00:00.000Z",
            "notice_on": "2026-11-03",
            "items": [
                {"no": 1, "title": "引进物业服务与收费标准", "kinds": "定"},
                {"no": 2, "title": "3 号楼后环境卫生死角整治", "kinds": "议定"},
            ],
            "households": 8,
            "seats": {"residents": 9, "officials": 2},
        }
        assert build.kinds(meeting) == []

    def test_a_code_is_made_where_none_is_given(self) -> None:
        first, second = self.convened(), self.convened(ordinal=48)
        assert first.join_code != second.join_code
        assert all(len(code) == 6 and code.isdecimal() for code in (first.join_code, second.join_code))

    def test_a_code_is_free_again_when_its_meeting_is_closed(self) -> None:
        meeting = self.convened(join_code="473819")
        refused = self.convene(join_code="473819", ordinal=48)
        assert (refused.ok, refused.code) == (False, "meeting.code_taken")
        assert "473819" in refused.words("en")
        chair = build.staff("facilitator", self.hall)
        build.ok("meeting.open_check_in", chair, meeting)
        build.ok("meeting.close", chair, meeting)
        assert self.convened(join_code="473819", ordinal=48).join_code == "473819"

    def test_the_same_number_of_the_year_is_convened_once(self) -> None:
        self.convened()
        answer = self.convene()
        assert (answer.ok, answer.code, answer.params) == (
            False,
            "meeting.ordinal_taken",
            {"year": 2026, "ordinal": 47},
        )
        assert Meeting.objects.count() == 1
        assert Stream.objects.filter(purpose="meeting").count() == 1

    def test_the_same_press_twice_is_one_meeting(self) -> None:
        data = build.convening(self.hall)
        first = build.do("meeting.convene", self.secretary, self.hall, act_id="convene-01", **data)
        second = build.do("meeting.convene", self.secretary, self.hall, act_id="convene-01", **data)
        assert (second.again, second.params) == (True, first.params)
        assert Meeting.objects.count() == 1

    def test_a_venue_of_another_hall_is_refused(self) -> None:
        other = build.hall("小板凳议事屋", "安居里小区")
        assert self.convene(venue=Venue.objects.get(hall=other).pk).code == "meeting.venue_unknown"
        assert self.convene(venue=None).ok

    def test_the_lists_may_come_as_json_text(self) -> None:
        meeting = self.convened(
            items='[{"no": 1, "title": " 夜间\\n噪音 ", "kinds": ["定", "议"], "minutes": "30",'
            ' "background": "一\\n二"}]',
            officials="",
        )
        item = meeting.items.get()
        assert (item.title, item.kinds, item.minutes, item.background) == ("夜间 噪音", "议定", 30, "一\n二")

    def test_each_wrong_field_gets_a_sentence(self) -> None:
        good = dict(build.ITEMS[1])
        wrong: list[tuple[str, Any, str]] = [
            ("title", "  ", "Please write something first."),
            ("title", "长" * 121, "At most 120 characters, please; this has 121."),
            ("title", ["list"], "Please write plain text."),
            ("join_code", "47381", "The code is six digits, e.g. 473819."),
            ("join_code", "47381９", "The code is six digits, e.g. 473819."),
            ("notice_on", "2026-11-20", "The notice cannot be later than the meeting."),
            ("items", [], "The agenda needs at least one item."),
            ("items", {"title": "x"}, "The agenda is a list of 1 to 20 items."),
            ("items", [good] * 21, "The agenda is a list of 1 to 20 items."),
            ("items", ["x"], "Item 1 is not written as fields."),
            ("items", [good | {"no": 2}], "The items are numbered 1, 2, 3 … in their order."),
            ("items", [good, good | {"kinds": "投"}], "Item 2, Kinds: Choose from 评, 议 and 定."),
            ("items", [good | {"kinds": [1]}], "Item 1, Kinds: Choose from 评, 议 and 定."),
            ("items", [good | {"background": ["a", "b", "c", "d"]}], "Item 1, Background: At most three lines of 60"),
            ("items", [good | {"background": [3]}], "Item 1, Background: Please write plain text."),
            ("items", [good | {"minutes": 0}], "Item 1, Duration in minutes: Ensure this value is greater than"),
            ("items", [good | {"minutes": 1.5}], "Item 1, Duration in minutes: Enter a whole number."),
            ("officials", {"name": "雷宏"}, "Those in attendance are a list of at most 100 names."),
            ("officials", [{"office": "物业"}], "In attendance 1, Name: Please write something first."),
            ("speech_seconds", 5, "Ensure this value is greater than or equal to 30."),
            ("form", "party", "Select a valid choice."),
            ("starts_at", "tomorrow", "Enter a valid date/time."),
        ]
        for field, value, sentence in wrong:
            with self.subTest(field=field, value=value), override("en"):
                answer = self.convene(**{field: value})
                assert (answer.ok, answer.code, list(answer.errors)) == (False, "invalid", [field])
                assert answer.errors[field][0].startswith(sentence), answer.errors
        assert not Meeting.objects.exists()

    def test_only_the_office_of_this_hall_convenes(self) -> None:
        other = build.hall("小板凳议事屋", "安居里小区")
        data = build.convening(self.hall)
        for actor in (
            build.staff("desk", self.hall),
            build.staff("facilitator", self.hall),
            build.staff("", self.hall, "stranger"),
            build.staff("director", other),
        ):
            assert build.do("meeting.convene", actor, self.hall, **data).code == "not_allowed"
        assert build.do("meeting.convene", build.staff("director", self.hall), self.hall, **data).ok

    def test_a_meeting_stream_is_no_office(self) -> None:
        answer = build.do("meeting.convene", self.secretary, self.convened(), **build.convening(self.hall, ordinal=48))
        assert answer.code == "not_allowed"


class Roster(TestCase):
    def test_who_came_onto_the_roster_after_convening_has_a_seat_when_check_in_opens(self) -> None:
        meeting = build.meeting(state="convened")
        node: Node = meeting.hall.node
        flat = Household.objects.create(node=node, building="2", unit="1", room="201", area_x100=7000)
        Tie.objects.create(household=flat, person=Person.objects.create(node=node, name="新来"), role="resident")
        build.ok("meeting.open_check_in", build.staff("operator", meeting), meeting)
        assert build.seat(meeting, "新来").household == flat
        assert build.fresh(meeting).households == households_below(node).count() == 9
        assert build.last(meeting, "meeting.check_in_opened")["entitled"] == {"households": 9}
        Household.objects.create(node=node, building="2", unit="1", room="202", area_x100=7000)
        build.ok("meeting.quorum", build.staff("facilitator", meeting), meeting)
        assert build.last(meeting, "meeting.quorum_noted")["of"] == 9
