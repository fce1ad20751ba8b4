"""Several people at once, in threads, before the real scribe."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from sessions.halls.access import device_digest
from sessions.meetings.models import Presence
from sessions.record.acts import Answer
from tests import build, fresh
from tests.fresh import fresh_database, migrated_template

__all__ = ["fresh_database", "migrated_template"]  # fixtures

pytestmark = [pytest.mark.databases, pytest.mark.usefixtures("fresh_database")]


def together(*deeds: Callable[[], Answer]) -> list[Answer]:
    """Do all at once, each in a thread of its own."""

    def do(deed: Callable[[], Answer]) -> Answer:
        try:
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def test_two_facilitators_who_call_at_once_skip_nobody() -> None:
    with fresh.scribe():
        meeting = build.meeting()
        for name in ("夏玉珍", "李国庆", "张秀英"):
            build.ok("floor.request", build.seated(build.seat(meeting, name)), meeting, kind="question")
        callers = [build.staff(role, meeting) for role in ("facilitator", "operator")]
        answers = together(*(lambda who=who: build.do("floor.call", who, meeting, seen=0) for who in callers))
        assert sorted(answer.code for answer in answers) == ["floor.call.done", "floor.moved"]
        assert build.kinds(meeting).count("floor.called") == 1


def test_two_phones_for_one_seat_at_once_one_has_it() -> None:
    with fresh.scribe():
        meeting = build.meeting(state="check_in")
        seat = build.seat(meeting, "夏玉珍")
        slips = [build.shown_slip(seat, phone) for phone in (1, 2)]
        answers = together(*(lambda slip=slip: build.do("presence.check_in", slip, meeting) for slip in slips))
        assert sorted(answer.code for answer in answers) == ["presence.check_in.done", "seat.taken"]
        winner = [phone for phone, answer in enumerate(answers, 1) if answer.ok]
        assert build.seat(meeting, "夏玉珍").device == device_digest(build.device_key(seat, winner[0]))
        assert Presence.objects.count() == 1


def test_a_whole_house_at_the_door_counts_one_after_the_other() -> None:
    with fresh.scribe():
        meeting = build.meeting(state="check_in")
        slips = [build.shown_slip(build.seat(meeting, name)) for name in build.PEOPLE] * 2
        answers = together(*(lambda slip=slip: build.do("presence.check_in", slip, meeting) for slip in slips))
        assert all(answer.ok for answer in answers)
        assert sorted(answer.params["already"] for answer in answers) == [False] * 9 + [True] * 9
        households = [entry["body"]["present"]["households"] for entry in build.entries(meeting)[1:]]
        assert households == sorted(households)
        assert (len(households), households[-1]) == (9, 8)
