import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.meetings import rules

NOON = datetime(2026, 11, 19, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("present", "of", "reached"), [(46, 60, True), (31, 60, True), (30, 60, False), (30, 59, True), (0, 0, False)]
)
def test_more_than_half_is_more_than_half(present: int, of: int, reached: bool) -> None:
    assert rules.quorum(present, of) is reached
    assert (present >= rules.quorum_need(of)) is reached


@pytest.mark.parametrize(
    ("milliseconds", "seconds"), [(0, 0), (499, 0), (500, 1), (177_999, 178), (178_499, 178), (178_500, 179), (-80, 0)]
)
def test_seconds_are_rounded_half_up_and_never_negative(milliseconds: int, seconds: int) -> None:
    assert rules.whole_seconds(NOON, NOON + timedelta(milliseconds=milliseconds)) == seconds


def test_officials_answer_and_residents_and_guests_debate() -> None:
    assert rules.may_speak("official") == ("answer", "question")
    assert rules.may_speak("resident") == rules.may_speak("guest") == ("question", "debate")


def test_an_answer_has_the_presenters_time_and_uses_up_no_speech() -> None:
    assert rules.limit_seconds("answer", speech=120, presenter=180) == 180
    assert rules.limit_seconds("question", speech=120, presenter=180) == 120
    assert [kind for kind in ("question", "answer", "debate") if rules.counts_for_limit(kind)] == ["question", "debate"]
    assert (rules.extensions(180, 120), rules.extensions(180, 180)) == (2, 0)


@dataclass
class Asked:
    no: int


def test_the_list_is_in_order_of_arrival() -> None:
    assert [asked.no for asked in rules.order([Asked(7), Asked(2), Asked(11)])] == [2, 7, 11]


def test_the_balance_counts_debate_alone() -> None:
    assert rules.balance(["for", "against", "", "for", "add", "sideways"]) == {"for": 2, "against": 1, "add": 1}


@pytest.mark.parametrize(
    ("left", "limits", "minutes"), [(0, [], 0), (38, [], 1), (60, [120, 120], 5), (61, [120], 4), (-9, [180], 3)]
)
def test_the_waiting_time_is_said_in_minutes_begun(left: int, limits: list[int], minutes: int) -> None:
    assert rules.minutes_until_turn(left, limits) == minutes


def test_a_household_counts_once_by_the_channel_of_who_came_first() -> None:
    counted = rules.count_households([(6, "desk"), (1, "phone"), (6, "phone"), (2, "tablet"), (1, "desk")])
    assert counted == rules.Counted(households=3, phone=1, tablet=1, desk=1)


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["phone", "tablet", "desk"]))))
def test_the_channels_always_add_up(arrivals: list[tuple[int, str]]) -> None:
    counted = rules.count_households(arrivals)
    assert counted.phone + counted.tablet + counted.desk == counted.households == len({door for door, _ in arrivals})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  先公示再收钱!!  ", "先公示再收钱!!"),
        ("一行\r\n两行\u2028三行\t四", "一行 两行 三行 四"),
        ("钱\u202e了收\u202c吗\u2066?\u2069\u200f", "钱了收吗?"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("e\u0301té", "été"),
        ("灯\ufeff坏\u200b了\u00ad", "灯坏了"),
        ("老人👨‍👩‍👧家", "老人👨‍👩‍👧家"),
        ("𠮷野家 龘 \ue863", "𠮷野家 龘 \ue863"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("半个\ud83d表情", "半个表情"),
        ("z\u0300\u0301\u0302\u0303\u0304\u0305", "z\u0300\u0301\u0302\u0303"),
        ("字\u20dd\u20dd\u20dd\u20dd\u20dd\u20dd", "字\u20dd\u20dd\u20dd\u20dd"),
        ("\u3164\u2800 \u200d", ""),
        ("\u0301\u0302", ""),
        ("\ufffe\U0001ffff", ""),
        ("", ""),
    ],
)
def test_text_is_one_plain_line_and_hostile_signs_are_gone(typed: str, kept: str) -> None:
    assert rules.clean_text(typed) == unicodedata.normalize("NFC", kept)


@given(st.text(max_size=300))
def test_cleaning_is_stable_and_leaves_nothing_that_steers_the_page(typed: str) -> None:
    kept = rules.clean_text(typed)
    assert rules.clean_text(kept) == kept
    assert kept == kept.strip()
    assert unicodedata.is_normalized("NFC", kept)
    kept.encode("utf-8")
    assert not [sign for sign in kept if unicodedata.category(sign) in {"Cc", "Cs"} or sign in "\u202e\u2066\u200e"]
