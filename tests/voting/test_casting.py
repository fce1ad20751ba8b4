"""The one decision behind every ballot, and that ballots in bulk come out as ballots one by one."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from sessions.halls.access import seat_actor
from sessions.record.acts import Answer, content_of, find, read_form
from sessions.record.scribe import Job, write
from voting.casting import Cast, Wish, decide
from voting.models import Vote

from .hall import Room, build, flats

CHOICES = ("for", "against", "abstain")
ALL = ("phone", "tablet", "desk")


def test_the_table_of_decisions() -> None:
    mine = Cast("for", "phone", by_proxy=False, revision=2)

    def told(wish: Wish, ballot: Cast | None = mine, **changed: object) -> str:
        facts = {"open_": True, "present": True, "channels": ALL, "revote": "until_close"} | changed
        return decide(wish, ballot, **facts)  # type: ignore[arg-type]

    new, same, other = (Wish(choice, "phone", False, 2) for choice in ("for", "for", "against"))
    first = replace(new, base=0)
    assert told(first, None) == "counted"
    assert told(replace(first, base=1), None) == "stale"
    assert told(first, None, open_=False) == "closed"
    assert told(first, None, open_=False, present=False) == "closed"
    assert told(first, None, present=False) == "absent"
    assert told(first, None, channels=("desk",)) == "not_this_way"
    assert told(same) == told(same, open_=False) == told(same, present=False) == "already"
    assert told(other) == "changed"
    assert told(replace(other, base=1)) == told(replace(other, base=3)) == "stale"
    assert told(other, open_=False) == "too_late"
    assert told(other, revote="final") == "final"
    assert told(replace(other, channel="desk")) == told(replace(same, channel="desk")) == "taken"
    assert told(replace(same, by_proxy=True)) == told(replace(same, by_proxy=True), open_=False) == "taken"


def test_what_is_told_not_counted_is_never_counted_and_what_is_counted_was_open() -> None:
    ballots = [None, *(Cast(c, ch, p, 1) for c, ch, p in product(CHOICES, ALL, (False, True)))]
    wishes = [Wish(c, ch, p, base) for c, ch, p, base in product(CHOICES, ALL, (False, True), (0, 1, 2))]
    for ballot, wish, open_, present, revote in product(
        ballots, wishes, (True, False), (True, False), ("final", "until_close")
    ):
        told = decide(wish, ballot, open_=open_, present=present, channels=ALL, revote=revote)
        writes = told in ("counted", "changed")
        assert not writes or (open_ and present)
        assert (told == "counted") <= (ballot is None and wish.base == 0)
        assert (told == "changed") <= (ballot is not None and revote == "until_close" and wish.base == ballot.revision)
        if told in ("closed", "too_late"):
            assert not open_
            assert ballot is None or ballot.choice != wish.choice


# --- many at once ----------------------------------------------------------------------------------------
_cast = st.tuples(
    st.sampled_from((("业主1", 1), ("业主1", 3), ("业主2", 2), ("业主3", 3), ("业主2", 1), ("业主4", 9))),
    st.sampled_from(CHOICES),
    st.integers(0, 3),
    st.integers(1, 12),  # the act's id: some are sent twice
)
_steps = st.lists(st.one_of(_cast, _cast, _cast, st.just("split"), st.just("close")), min_size=1, max_size=16)


def _room() -> Room:
    """业主1 holds 业主3's proxy, 业主2 is here, 业主3 and 业主4 are not."""
    room = build(flats(["50.00", "60.00", "70.00", "80.00"]))
    room.arrive("业主1", "业主2")
    room.proxy("业主3", "业主1")
    room.open()
    return room


def _job(room: Room, step: object, bulk: bool) -> Job:
    if isinstance(step, tuple):
        (who, mandate), choice, base, number = step
        declaration = find("vote.cast")
        seat = room.seat(who)
        actor, act_id = seat_actor(seat, device_key=f"key-of-{seat.pk}"), f"ballot-{number:04d}"
        data = {"vote": "1-1", "mandate": mandate, "choice": choice, "base": base}
    else:
        declaration, actor, act_id, data = find("vote.close"), room.staff, "the-close", {"vote": "1-1"}
    cleaned, errors = read_form(declaration, data)
    assert not errors
    used = declaration if bulk else replace(declaration, bulk=None)
    future: Future[Answer] = Future()
    return Job(used, actor, room.meeting.pk, cleaned, act_id, content_of(declaration.name, cleaned), future)


def _told(jobs: list[Job]) -> list[tuple[object, ...]]:
    answers = [job.future.result(0) for job in jobs]
    return [(a.ok, a.code, a.again, {key: value for key, value in a.params.items() if key != "at"}) for a in answers]


def _left(room: Room) -> tuple[object, ...]:
    """What stands afterwards: ballots, late ballots, result, and the record without times."""
    vote = Vote.objects.get(meeting=room.meeting)
    return room.ballots(), vote.state, vote.late, vote.result, room.entries("vote.cast"), room.entries("vote.closed")


@pytest.mark.databases
class BulkTest(TestCase):
    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(_steps)
    def test_many_together_come_out_as_one_by_one(self, steps: list[object]) -> None:
        together, alone, by_handler = _room(), _room(), _room()
        batches: list[list[Job]] = [[]]
        for step in steps:
            if step == "split":
                batches.append([])
            else:
                batches[-1].append(_job(together, step, bulk=True))
        for batch in filter(None, batches):
            write(batch)
        single = [_job(alone, step, bulk=True) for step in steps if step != "split"]
        handler = [_job(by_handler, step, bulk=False) for step in steps if step != "split"]
        for job in (*single, *handler):
            write([job])
        wanted = _told([job for batch in batches for job in batch])
        assert _told(single) == wanted
        assert _told(handler) == wanted
        assert _left(together) == _left(alone) == _left(by_handler)

    def test_a_full_batch_takes_a_handful_of_queries(self) -> None:
        """The scribe's own, and of votes: vote, mandates with ballots, holders, insert, update."""
        room = build(flats(["50.00"] * 40))
        room.arrive(*(f"业主{no}" for no in range(1, 41)))
        room.open()
        few = self._queries(room, range(1, 3))
        many = self._queries(room, range(3, 41))
        assert many == few
        assert len(room.ballots()) == 40

    def _queries(self, room: Room, places: range) -> int:
        jobs = [_job(room, ((f"业主{no}", no), "for", 0, no), bulk=True) for no in places]
        with CaptureQueriesContext(connection) as queries:
            write(jobs)
        assert all(job.future.result(0).ok for job in jobs)
        return len(queries)
