"""The script 剧本 of agenda item one: what happens at which instant of the hall's clock, from the demo's data.

The instants of the meeting, the speeches, the questions and comments are `meeting.json`'s own; what it leaves open
(who checks in when, when a ballot is cast) is spread here over the minutes that it gives for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import data
from .data import Home

ITEM = 1
MOTION = "1-1"
NO_SCRIPT = frozenset({27, 49})  # households whose phones run no script: they use the forms alone
SHOW_AFTER = timedelta(seconds=10)  # the operator reads a remark, then shows it
STEP = timedelta(seconds=5)  # twelve a minute


def home(no: int) -> Home:
    """A household by its number in the roster."""
    return data.homes()[no]


def present(channel: str) -> list[Home]:
    """Who comes by this channel, in the order of the roster."""
    return [each for each in data.homes().values() if each.channel == channel]


def fault(name: str) -> int:
    """The household to which one of the script's faults happens."""
    found: int = data.meeting()["supplied_faults"][name]
    return found


def faults(name: str) -> list[int]:
    """The households to which one of the script's faults happens."""
    found: list[int] = data.meeting()["supplied_faults"][name]
    return found


# --- arriving --------------------------------------------------------------------------------------------
def arrivals() -> Iterator[tuple[datetime, Home]]:
    """Twelve households a minute from 14:31 on, whatever their channel."""
    coming = (each for each in data.homes().values() if each.channel)
    for place, each in enumerate(coming):
        yield data.at("14:31") + place * STEP, each


def officials() -> Iterator[tuple[datetime, str]]:
    """Those in attendance, in the order of the minutes."""
    for place, name in enumerate(data.meeting()["guests_in_minutes"]):
        yield data.at("14:45") + place * STEP, name


def proxies() -> Iterator[tuple[datetime, Home, Home]]:
    """The written proxies: principal and holder."""
    for place, told in enumerate(data.meeting()["roster_notes"]["proxies"]):
        yield data.at("14:50") + place * timedelta(seconds=30), home(told["household"]), home(told["holder_household"])


# --- the floor -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Speech:
    """One speech: who (a household, or an official by name), from when to when, which kind and stance."""

    begins: datetime
    ends: datetime
    asks: datetime
    name: str
    home: Home | None
    kind: str
    stance: str
    by_desk: bool
    queued: bool


def speeches() -> list[Speech]:
    """The speeches of the item. Residents and the lawyer queue from 15:12 on; the presenters are put on the list just
    before they speak."""
    told = [each for each in data.meeting()["speeches"] if each["derived_item"] == ITEM]
    presenters = {each["speaker"] for each in told[:2]}
    found = []
    place = 0
    for each in told:
        begins = data.at(each["at"])
        queued = each["speaker"] not in presenters
        asks = data.at("15:12") + place * timedelta(seconds=10) if queued else begins - timedelta(seconds=20)
        place += queued
        lives = home(each["household"]) if each["household"] else None
        found.append(
            Speech(
                begins,
                begins + timedelta(seconds=each["duration_s"]),
                asks,
                each["speaker"],
                lives,
                data.KINDS[each["kind"]],
                data.STANCES.get(each["stance"] or "", ""),
                lives is None or lives.channel != "phone",
                queued,
            )
        )
    return found


QUEUED = data.at("15:14:30")  # nine are on the list
WITHDRAWS = data.at("15:14:40")


def withdraws() -> Home:
    """Who queues as well and thinks better of it."""
    return home(fault("queue_withdrawn"))


def extended() -> datetime:
    """When 30 seconds are given."""
    return next(data.at(each["at"]) for each in data.meeting()["floor_events"] if each["kind"] == "extend")


def list_closed() -> datetime:
    """When the list of speakers is closed."""
    return next(data.at(each["at"]) for each in data.meeting()["floor_events"] if each["kind"] == "close_list")


# --- questions and comments ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Remark:
    """A question or comment of the item. `fate`: show, wall (shown and put on the wall), or why it is hidden."""

    at: datetime
    home: Home
    kind: str
    text: str
    signed: bool
    fate: str


_HIDDEN = {"质疑动机": "motive", "人身攻击": "personal", "指认": "unverified"}


def remarks() -> list[Remark]:
    """What is written during the item, with what the operator does about it."""
    whole, ends = data.meeting(), data.timeline("1-1 开启")
    found = []
    for told, time in zip(whole["questions"], whole["supplied_question_times"], strict=True):
        author = told["household"] or whole["supplied_question_authors"].get(str(told["no"]))
        if data.at(time) < ends:
            found.append(Remark(data.at(time), home(author), "question", told["text"], bool(told["household"]), "show"))
    for told in whole["comments"]:
        if data.at(told["at"]) >= ends:
            continue
        author = told["household"] or whole["supplied_comment_authors"][str(told["no"])]
        hidden = next((reason for word, reason in _HIDDEN.items() if told["hidden"] and word in told["handling"]), "")
        fate = hidden or ("wall" if "并入动议" in told["handling"] else "show")
        found.append(Remark(data.at(told["at"]), home(author), "comment", told["text"], bool(told["household"]), fate))
        if told["no"] == whole["supplied_merged_duplicates"]["comment"]:
            others = [no for no in whole["supplied_merged_duplicates"]["households"] if no != author]
            found += [
                Remark(data.at(told["at"]) + place * STEP, home(no), "comment", told["text"], True, "repeated")
                for place, no in enumerate(others, 1)
            ]
    return sorted(found, key=lambda each: each.at)


# --- the vote --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Cast:
    """A ballot on motion 1-1. `how`: phone, no_request (the line is lost before it goes out), no_answer (it is lost
    before the answer comes), proxy, desk, tablet; `by` is who holds the phone."""

    at: datetime
    of: Home
    by: Home
    how: str


FIRST, IN_SECONDS = 24, 25  # so many phones in so many seconds
LOST = timedelta(seconds=30)  # after which a phone without an answer tries again


def casts() -> list[Cast]:
    """Every ballot, in order. The facilitator votes last."""
    opens = data.timeline("1-1 开启")
    chair = next(each for each in data.homes().values() if each.name == data.CHAIR)
    lost = faults("vote_retries")
    voters = [each for each in present("phone") if each.choice and each.no not in lost and each != chair]
    found = [Cast(opens + timedelta(seconds=n), each, each, "phone") for n, each in enumerate(voters[:FIRST], 1)]

    def after(seconds: int, place: int, gap: int = 10) -> datetime:
        return opens + timedelta(seconds=seconds + gap * place)

    found += [
        Cast(after(27, place, 2), home(no), home(no), how)
        for place, (no, how) in enumerate(zip(lost, ("no_request", "no_answer"), strict=True))
    ]
    found += [Cast(after(35, place), each, each, "phone") for place, each in enumerate(voters[FIRST:])]
    found += [Cast(after(90, place), giver, holder, "proxy") for place, (_at, giver, holder) in enumerate(proxies())]
    found += [Cast(after(120, place), each, each, "desk") for place, each in enumerate(present("desk"))]
    found += [Cast(after(220, place, 5), each, each, "tablet") for place, each in enumerate(present("tablet"))]
    found.append(Cast(after(275, 0), chair, chair, "phone"))
    return found


SECOND_TRY = data.timeline("1-1 开启") + timedelta(seconds=260)  # a relative scans the slip of who voted at the desk
ALL_IN = data.timeline("1-1 开启") + timedelta(seconds=280)
MADE = data.at("17:02")  # twelve minutes after the close the secretary has the documents
