"""Motions and votes as the wall, the console and every phone may show them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from sessions.meetings.models import Meeting

from ..models import Motion, Vote
from ..presets import PRESETS
from ..rules import Rule, Share
from ..tallies import Counted, count, frozen_rule, tally
from .results import ResultView, result_view
from .words import COUNTS, amount, measure_name, passing_words, share_words

UNVOTED = "waiting"


@dataclass(frozen=True)
class MotionView:
    """A motion and the rule that applies. `state`: waiting, or its vote's open, closed, revealed."""

    no: str
    item: int
    item_title: str
    text: str
    preset: str
    shown: bool
    state: str

    @property
    def rule_name(self) -> str:
        return str(PRESETS[self.preset].name)

    @property
    def rule_words(self) -> str:
        """What is needed to pass, before the vote opens: "For: more than half of those present"."""
        return passing_words(PRESETS[self.preset].rule)


def _motions(meeting: Meeting) -> Any:
    return Motion.objects.filter(meeting=meeting).select_related("item", "vote")


def _view(motion: Motion) -> MotionView:
    vote: Vote | None = getattr(motion, "vote", None)
    state = vote.state if vote else UNVOTED
    return MotionView(motion.no, motion.item.no, motion.item.title, motion.text, motion.preset, motion.shown, state)


def motions(meeting: Meeting) -> list[MotionView]:
    """All motions of a meeting in order."""
    return [_view(motion) for motion in _motions(meeting).order_by("item__no", "pk")]


def motion_now(meeting: Meeting) -> MotionView | None:
    """The motion before the hall: shown, and of the item that runs."""
    motion = _motions(meeting).filter(shown=True, item=meeting.item_id).first()
    return _view(motion) if motion else None


@dataclass(frozen=True)
class Need:
    """The quorum in one measure, a figure known before the vote ends. `count`: what is counted (cast, present)."""

    measure: str
    unit: str
    count: str
    share: Share
    need: int
    of: int

    @property
    def name(self) -> str:
        return measure_name(self.measure, self.unit)

    @property
    def need_text(self) -> str:
        return amount(self.measure, self.need)

    @property
    def of_text(self) -> str:
        return amount(self.measure, self.of)

    @property
    def share_words(self) -> str:
        return share_words(self.share)

    @property
    def words(self) -> str:
        """ "Voting: at least 40 of 59"."""
        told = {"counted": COUNTS[self.count], "need": self.need_text, "of": self.of_text}
        return gettext("%(counted)s: at least %(need)s of %(of)s") % told


@dataclass(frozen=True)
class Turnout:
    """How many have voted 已投, of those in the hall and of the whole roll, in one measure; never how."""

    measure: str
    unit: str
    cast: int
    present: int
    roll: int

    @property
    def name(self) -> str:
        return measure_name(self.measure, self.unit)

    @property
    def cast_text(self) -> str:
        return amount(self.measure, self.cast)

    @property
    def present_text(self) -> str:
        return amount(self.measure, self.present)

    @property
    def roll_text(self) -> str:
        return amount(self.measure, self.roll)


@dataclass(frozen=True)
class BuildingTurnout:
    """Ballots in, and still missing among those in the hall, by building, as counts of mandates."""

    building: str
    cast: int
    missing: int


@dataclass(frozen=True)
class VoteView:
    """A vote for all to see. `mandates`, `cast` and `present` count ballots that may be, are, and could be in.

    `buildings` is empty and `present` frozen once the vote is closed; `result` is None until it is revealed.
    """

    motion: MotionView
    state: str
    rule: Rule
    turnout: tuple[Turnout, ...]
    buildings: tuple[BuildingTurnout, ...]
    mandates: int
    cast: int
    present: int
    late: int
    opened_at: datetime
    closed_at: datetime | None
    revealed_at: datetime | None
    digest: str
    result: ResultView | None

    @property
    def missing(self) -> int:
        """How many in the hall have not voted yet: 还有 3 户在投."""
        return self.present - self.cast

    @property
    def is_open(self) -> bool:
        return self.state == Vote.State.OPEN

    @property
    def is_revealed(self) -> bool:
        return self.state == Vote.State.REVEALED

    @property
    def secrecy(self) -> str:
        return self.rule.secrecy

    @property
    def may_change(self) -> bool:
        """Whether a ballot may be changed until the close."""
        return self.rule.revote == "until_close"

    @property
    def rule_name(self) -> str:
        return self.motion.rule_name

    @property
    def passing(self) -> str:
        return passing_words(self.rule)

    @property
    def needs(self) -> tuple[Need, ...]:
        """The quorum in each measure; empty where the rule has none."""
        if self.rule.quorum is None:
            return ()
        share, counted = self.rule.quorum.share, self.rule.quorum.count
        return tuple(
            Need(each.measure, each.unit, counted, share, share.need(each.roll), each.roll) for each in self.turnout
        )


def _votes(meeting: Meeting) -> Any:
    return Vote.objects.filter(meeting=meeting).select_related("motion__item", "motion__vote")


def vote_now(meeting: Meeting) -> VoteView | None:
    """The vote on the motion before the hall, in whatever state; None if it has not been opened."""
    vote = _votes(meeting).filter(motion__shown=True, motion__item=meeting.item_id).first()
    return _vote_view(vote) if vote else None


def row_now(meeting: Meeting) -> Vote | None:
    """The vote on the motion before the hall, without its count: one query, for what one phone shows of itself."""
    vote: Vote | None = _votes(meeting).filter(motion__shown=True, motion__item=meeting.item_id).first()
    return vote


def vote_view(meeting: Meeting, no: str) -> VoteView | None:
    """The vote on motion `no`, if it was ever opened."""
    vote = _votes(meeting).filter(motion__no=no).first()
    return _vote_view(vote) if vote else None


def open_vote(meeting: Meeting) -> Vote | None:
    """The vote that is open now; for the hub, which sorts the phones by its roll, and for `ballots_of`."""
    vote: Vote | None = _votes(meeting).filter(state=Vote.State.OPEN).first()
    return vote


def _vote_view(vote: Vote) -> VoteView:
    rule = frozen_rule(vote)
    is_open = vote.state == Vote.State.OPEN
    seen = _turnout_now(rule, count(vote)) if is_open else _turnout_then(rule, json.loads(vote.result))
    return VoteView(
        motion=_view(vote.motion),
        state=vote.state,
        rule=rule,
        late=vote.late,
        opened_at=vote.opened_at,
        closed_at=vote.closed_at,
        revealed_at=vote.revealed_at,
        digest=vote.digest,
        result=result_view(vote, rule),
        **seen,
    )


def _turnout_now(rule: Rule, counted: list[Counted]) -> dict[str, Any]:
    tallies = {measure: tally(counted, measure) for measure in rule.measures}
    return {
        "turnout": tuple(
            Turnout(measure, rule.unit, each.cast, each.present or 0, each.roll) for measure, each in tallies.items()
        ),
        "buildings": _by_building(counted),
        "mandates": len(counted),
        "cast": sum(1 for each in counted if each.ballot is not None),
        "present": sum(1 for each in counted if each.present),
    }


def _turnout_then(rule: Rule, stored: dict[str, Any]) -> dict[str, Any]:
    tallies = {measure: stored["tallies"][measure] for measure in rule.measures}
    return {
        "turnout": tuple(
            Turnout(measure, rule.unit, each["cast"], each["present"], each["roll"])
            for measure, each in tallies.items()
        ),
        "buildings": (),
        "mandates": stored["mandates"]["roll"],
        "cast": stored["mandates"]["cast"],
        "present": stored["mandates"]["present"],
    }


def _by_building(counted: Iterable[Counted]) -> tuple[BuildingTurnout, ...]:
    rows: dict[str, list[int]] = {}
    for each in counted:
        row = rows.setdefault(each.mandate.building, [0, 0])
        if each.ballot is not None:
            row[0] += 1
        elif each.present:
            row[1] += 1
    return tuple(BuildingTurnout(building, cast, missing) for building, (cast, missing) in rows.items())
