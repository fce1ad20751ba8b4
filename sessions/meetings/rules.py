"""Rules of the sitting, pure: who may speak and how long, the order of the list, seconds, quorum, texts of remarks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

QUESTION, ANSWER, DEBATE = "question", "answer", "debate"
FOR, AGAINST, ADD = "for", "against", "add"
RESIDENT, OFFICIAL, GUEST = "resident", "official", "guest"
PHONE, TABLET, DESK = "phone", "tablet", "desk"

EXTENSION_SECONDS = 30
MOST_EXTENSIONS = 2
LONGEST_REMARK = 200  # characters, after `clean_text`
MOST_HELD_QUESTIONS = 5  # of one seat, waiting for approval
MOST_GUESTS = 300  # a meeting's guests who come by the open code; more go by the desk
MOST_ITEMS = 20
MOST_OFFICIALS = 100

REASONS = ("motive", "personal", "unverified", "off_topic", "repeated", "other")  # why a remark is hidden
WALL = ("auto", "join", "item", "motion", "result", "black")  # what the facilitator may put on the wall
ITEM_KINDS = "评议定"  # rate, deliberate, decide

_SPEAKS = {
    RESIDENT: (QUESTION, DEBATE),
    GUEST: (QUESTION, DEBATE),
    OFFICIAL: (ANSWER, QUESTION),  # they inform; the debate and its balance are the residents'
}


# --- the floor -------------------------------------------------------------------------------------------
def may_speak(standing: str) -> tuple[str, ...]:
    """The kinds of speech 问/答/辩 open to a seat's standing."""
    return _SPEAKS[standing]


def limit_seconds(kind: str, *, speech: int, presenter: int) -> int:
    """How long a speech may last: an answer has the presenter's time 介绍时限, all others the speaker's."""
    return presenter if kind == ANSWER else speech


def extensions(limit: int, base: int) -> int:
    """How many times +30 s were given to a speech of `base` seconds whose limit is now `limit`."""
    return (limit - base) // EXTENSION_SECONDS


def counts_for_limit(kind: str) -> bool:
    """Whether a speech uses up one of the speeches per item; an answer 答 does not."""
    return kind != ANSWER


class Waiting(Protocol):
    """A request to speak that waits; `no` is its place in order of arrival."""

    @property
    def no(self) -> int: ...


W = TypeVar("W", bound=Waiting)


def order(requests: Iterable[W]) -> list[W]:
    """The speakers' list 发言顺序 as it will be called: first come, first served."""
    return sorted(requests, key=lambda request: request.no)


def balance(stances: Iterable[str]) -> dict[str, int]:
    """How many debate speeches there were for, against and to add."""
    counted = {FOR: 0, AGAINST: 0, ADD: 0}
    for stance in stances:
        if stance in counted:
            counted[stance] += 1
    return counted


def whole_seconds(start: datetime, end: datetime) -> int:
    """Whole seconds between two instants, rounded half up from milliseconds; never negative."""
    milliseconds = (end - start) // timedelta(milliseconds=1)
    return max(0, (milliseconds + 500) // 1000)


def minutes_until_turn(left: int, limits: Sequence[int]) -> int:
    """About how many minutes until a turn: what is left of the running speech, and all who stand before, in full."""
    return -(-(max(0, left) + sum(limits)) // 60)


# --- attendance ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Counted:
    """Households present, by the channel of the member who came first; the channels add up to the households."""

    households: int
    phone: int
    tablet: int
    desk: int


def count_households(arrivals: Iterable[tuple[int, str]]) -> Counted:
    """Count (household, channel) of the residents who are present, in order of arrival: one household, one count."""
    channels: dict[int, str] = {}
    for household, channel in arrivals:
        channels.setdefault(household, channel)
    by = list(channels.values())
    return Counted(len(by), by.count(PHONE), by.count(TABLET), by.count(DESK))


def quorum(present: int, of: int) -> bool:
    """More than half 过半数 of those entitled are present; exactly half is not enough (民法典 art. 1259)."""
    return present * 2 > of


def quorum_need(of: int) -> int:
    """The least number that is more than half."""
    return of // 2 + 1


# --- text ------------------------------------------------------------------------------------------------
_BREAKS = re.compile(r"[\s\x1c-\x1f\u0085\u2028\u2029]+")
_JOINER = "\u200d"  # holds an emoji of several signs together
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters by name, nothing to the eye
_MOST_MARKS = 4  # combining marks on one letter; more would run over the lines of the wall


def _kept(sign: str) -> bool:
    """Whether a sign may stand in a text: no controls, no bidi or other invisible formats, no broken halves."""
    category = unicodedata.category(sign)
    if category in {"Cc", "Cs"} or sign in _BLANK:
        return False
    if category == "Cf":
        return sign == _JOINER
    return (ord(sign) & 0xFFFE) != 0xFFFE  # the last two of each plane are no characters; private use stays: rare names


def clean_text(text: str) -> str:
    """One line of plain text: NFC, line breaks and runs of spaces as one space, controls and bidi overrides removed.

    Rare characters of names (private use, variation selectors) and emoji stay. The result may be empty.
    """
    text = unicodedata.normalize("NFC", "".join(filter(_kept, _BREAKS.sub(" ", text))))
    signs: list[str] = []
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign)[0] == "M" else 0
        if marks <= _MOST_MARKS:
            signs.append(sign)
    text = _BREAKS.sub(" ", "".join(signs)).strip()
    return text if any(unicodedata.category(sign)[0] in "LNPSC" and sign != _JOINER for sign in text) else ""
