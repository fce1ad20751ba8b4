import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import TestCase

from sessions.halls.access import CHAIR, DESK, OFFICE, SeatActor
from sessions.meetings.access import (
    PROVED,
    SEAT,
    VISITOR,
    access_meeting,
    either,
    is_present,
    meeting_by_code,
    meeting_of,
    seat_in,
)
from sessions.record.acts import Refused
from tests import build


class Access(TestCase):
    def setUp(self) -> None:
        self.meeting = build.meeting(state="check_in", join_code="473819")

    def refused(self, *args: object) -> str:
        with pytest.raises(Refused) as refused:
            access_meeting(*args)  # type: ignore[arg-type]
        return refused.value.code

    def test_staff_of_the_hall_reach_the_meeting(self) -> None:
        stream = self.meeting.stream_id
        assert access_meeting(build.user("desk", self.meeting), stream) == self.meeting
        assert access_meeting(build.user("facilitator", self.meeting), stream, CHAIR) == self.meeting
        street = self.meeting.hall.node.parent.parent  # type: ignore[union-attr]
        assert access_meeting(build.user("overseer", street), stream) == self.meeting  # type: ignore[arg-type]

    def test_no_meeting_and_no_right_are_refused_alike(self) -> None:
        other = build.hall("小板凳议事屋", "安居里小区")
        office = self.meeting.hall.office_id
        for who, stream in (
            (build.user("desk", self.meeting), uuid.uuid4()),
            (build.user("desk", self.meeting), office),
            (build.user("director", other), self.meeting.stream_id),
            (build.user("", self.meeting, "stranger"), self.meeting.stream_id),
            (AnonymousUser(), self.meeting.stream_id),
        ):
            assert self.refused(who, stream) == "not_allowed"
        assert self.refused(build.user("desk", self.meeting), self.meeting.stream_id, CHAIR) == "not_allowed"

    def test_a_dismissed_or_disabled_account_is_refused(self) -> None:
        helper = build.user("desk", self.meeting)
        helper.is_active = False
        helper.save()
        assert self.refused(helper, self.meeting.stream_id) == "not_allowed"

    def test_the_meeting_comes_with_what_pages_need_in_one_query(self) -> None:
        with self.assertNumQueries(1):
            meeting = meeting_of(self.meeting.stream_id)
            assert (meeting.hall.node.name, meeting.stream.purpose) == ("福苑里小区", "meeting")
            assert meeting.venue is not None
            assert meeting.venue.name == "楼门议事厅"

    def test_an_open_meeting_is_found_by_its_six_digits(self) -> None:
        for typed in ("473819", "473 819", "４７３８１９", " 473-819 "):
            assert meeting_by_code(typed) == self.meeting

    def test_wrong_and_closed_codes_are_refused_in_words(self) -> None:
        for typed in ("", "47381", "4738190", "000000", "abcdef", "²73819", "9" * 4000):
            with pytest.raises(Refused) as refused:
                meeting_by_code(typed)
            assert refused.value.code == "meeting.code_unknown"
        build.ok("meeting.close", build.staff("facilitator", self.meeting), self.meeting)
        with pytest.raises(Refused):
            meeting_by_code("473819")

    def test_a_seat_of_another_meeting_is_foreign(self) -> None:
        other = build.meeting(self.meeting.hall, state="check_in", ordinal=48)
        mine, theirs = build.seat(self.meeting, "夏玉珍"), build.seat(other, "夏玉珍")
        assert seat_in(self.meeting, mine.pk) == mine
        assert is_present(seat_in(self.meeting, mine.pk)) is False
        for pk in (theirs.pk, uuid.uuid4()):
            with pytest.raises(Refused) as refused:
                seat_in(self.meeting, pk)
            assert refused.value.code == "seat.foreign"

    def test_rights_of_seats_and_visitors(self) -> None:
        other = build.meeting(self.meeting.hall, state="check_in", ordinal=48)
        xia: SeatActor = build.by_link(build.seat(self.meeting, "夏玉珍"))
        slip = build.shown_slip(build.seat(self.meeting, "夏玉珍"))
        desk = build.staff("desk", self.meeting)
        assert [SEAT(who, self.meeting) for who in (xia, slip, desk)] == [True, True, False]
        assert [PROVED(who, self.meeting) for who in (xia, slip, desk)] == [False, True, False]
        assert SEAT(xia, other) is PROVED(slip, other) is VISITOR(xia, self.meeting) is False
        both = either(SEAT, DESK)
        assert [both(who, self.meeting) for who in (xia, desk)] == [True, True]
        assert both.roles == DESK.roles  # type: ignore[attr-defined]
        assert either(DESK, OFFICE).roles == DESK.roles | OFFICE.roles  # type: ignore[attr-defined]
