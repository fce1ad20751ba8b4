"""Pace: how fast one actor may do one act."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sessions.live.pace import Bucket, Paces
from sessions.record.acts import Act, NoFields


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def _act(name: str, pace: tuple[int, int]) -> Act:
    def right(actor: Any, subject: Any) -> bool:
        return True

    return Act(name, NoFields, right, lambda stream: None, lambda: None, f"{name}.done", pace)


def test_a_burst_then_one_at_a_time() -> None:
    clock = Clock()
    bucket = Bucket(3, 2, clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.time += 1.9
    assert not bucket.take()
    clock.time += 0.2
    assert bucket.take()
    assert not bucket.take()
    clock.time += 1000
    assert bucket.full()
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_each_actor_and_each_act_has_a_pace_of_its_own() -> None:
    clock = Clock()
    paces = Paces(clock=clock)
    ask, vote = _act("ask", (1, 10)), _act("vote", (2, 1))
    assert paces.take("seat:a", ask)
    assert not paces.take("seat:a", ask)
    assert paces.take("seat:a", vote)
    assert paces.take("seat:b", ask)
    assert not paces.take("seat:a", replace(ask, pace=(9, 1)))  # a pace is declared once


@pytest.mark.parametrize("most", [10, 100])
def test_what_is_remembered_is_bounded(most: int) -> None:
    clock = Clock()
    paces = Paces(most, clock)
    ask = _act("ask", (1, 10))
    for n in range(10 * most):
        assert paces.take(f"seat:{n}", ask)
        clock.time += 1
    assert len(paces._buckets) <= most
