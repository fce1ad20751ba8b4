from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from sessions.record import clock

THREE = datetime(2026, 11, 19, 7, 0, tzinfo=UTC)


def test_now_is_utc_in_whole_milliseconds_and_never_goes_back() -> None:
    moments = [clock.now() for _ in range(200)]
    assert moments == sorted(moments)
    assert all(moment.tzinfo is UTC and moment.microsecond % 1000 == 0 for moment in moments)


def test_a_step_of_the_system_time_is_followed_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    mono, wall = 100.0, 1_700_000_000.0
    monkeypatch.setattr(clock.time, "monotonic", lambda: mono)
    monkeypatch.setattr(clock.time, "time", lambda: wall)
    hall = clock._Clock()
    before = hall.now()
    mono, wall = mono + 1, wall + 3601  # somebody set the machine an hour ahead
    assert timedelta(seconds=1) <= hall.now() - before <= timedelta(seconds=1.051)
    mono, wall = mono + 1, wall - 7200  # and two hours back
    assert timedelta(seconds=1.9) <= hall.now() - before <= timedelta(seconds=2.1)


def test_only_a_demo_folder_has_a_clock_that_can_be_set() -> None:
    with pytest.raises(PermissionDenied):
        clock.step(THREE)


def test_a_stepped_clock_holds_runs_and_stops(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    mono = 50.0
    monkeypatch.setattr(clock.time, "monotonic", lambda: mono)
    monkeypatch.setattr(clock, "_clock", clock._Clock())
    settings.DEMO = True  # type: ignore[attr-defined]
    clock.step(THREE)
    mono += 5
    assert (clock.now(), clock.rate()) == (THREE, 0)
    clock.step(THREE, rate=20, until=THREE + timedelta(seconds=60))
    mono += 2
    assert (clock.now(), clock.rate()) == (THREE + timedelta(seconds=40), 20)
    mono += 100
    assert clock.now() == THREE + timedelta(seconds=60)
