"""A revealed result, as it was stored at the close."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..models import Ballot, Vote
from ..rules import Rule
from ..tallies import CHANNELS as CHANNEL_ORDER
from .words import CHANNELS, OUTCOMES, amount, chinese, measure_name, percent


@dataclass(frozen=True)
class Figures:
    """The result in one measure: figures in ones or 0.01 ㎡, `*_text` as people read them."""

    measure: str
    unit: str
    roll: int
    cast: int
    for_: int
    against: int
    abstain: int
    base: int
    need: int | None
    quorum_count: int | None
    quorum_need: int | None
    quorum_met: bool
    pass_met: bool

    @property
    def name(self) -> str:
        return measure_name(self.measure, self.unit)

    @property
    def for_text(self) -> str:
        return amount(self.measure, self.for_)

    @property
    def against_text(self) -> str:
        return amount(self.measure, self.against)

    @property
    def abstain_text(self) -> str:
        return amount(self.measure, self.abstain)

    @property
    def cast_text(self) -> str:
        return amount(self.measure, self.cast)

    @property
    def roll_text(self) -> str:
        return amount(self.measure, self.roll)

    @property
    def base_text(self) -> str:
        return amount(self.measure, self.base)

    @property
    def need_text(self) -> str:
        return amount(self.measure, self.need)

    @property
    def quorum_need_text(self) -> str:
        return amount(self.measure, self.quorum_need)

    @property
    def for_percent(self) -> str:
        """Of the base."""
        return percent(self.for_, self.base)

    @property
    def against_percent(self) -> str:
        """Of the base."""
        return percent(self.against, self.base)

    @property
    def abstain_percent(self) -> str:
        """Of the base."""
        return percent(self.abstain, self.base)

    @property
    def cast_percent(self) -> str:
        """Of the roll."""
        return percent(self.cast, self.roll)


@dataclass(frozen=True)
class ChannelRow:
    """Votes by one channel, in heads."""

    channel: str
    for_: int
    against: int
    abstain: int

    @property
    def name(self) -> str:
        return str(CHANNELS[self.channel])

    @property
    def cast(self) -> int:
        return self.for_ + self.against + self.abstain


@dataclass(frozen=True)
class ResultView:
    """A revealed result. `outcome` (passed, failed, no_quorum, noted) also names the icon beside the word, so that
    colour is never alone."""

    outcome: str
    rows: tuple[Figures, ...]
    channels: tuple[ChannelRow, ...]
    sentence_zh: str
    sentence_en: str
    caution_zh: str
    caution_en: str
    late: int

    @property
    def word(self) -> str:
        return str(OUTCOMES[self.outcome])

    @property
    def icon(self) -> str:
        return self.outcome

    @property
    def sentence(self) -> str:
        """Why, with numerator, denominator and the exact need."""
        return self.sentence_zh if chinese() else self.sentence_en

    @property
    def caution(self) -> str:
        """A remark where few of those present decided; mostly ""."""
        return self.caution_zh if chinese() else self.caution_en


def result_view(vote: Vote, rule: Rule) -> ResultView | None:
    """The result of a vote, once it is revealed."""
    if vote.state != Vote.State.REVEALED:
        return None
    stored = json.loads(vote.result)
    return ResultView(
        outcome=stored["outcome"],
        rows=tuple(_figures(measure, rule.unit, stored["figures"][measure]) for measure in rule.measures),
        channels=tuple(
            ChannelRow(channel, *(stored["channels"][channel]["heads"][choice] for choice in Ballot.Choice.values))
            for channel in CHANNEL_ORDER
            if "heads" in rule.measures
        ),
        sentence_zh=stored["sentence"]["zh"],
        sentence_en=stored["sentence"]["en"],
        caution_zh=stored["caution"]["zh"],
        caution_en=stored["caution"]["en"],
        late=vote.late,
    )


_KEPT = ("roll", "cast", "against", "abstain", "base", "need", "quorum_count", "quorum_need", "quorum_met", "pass_met")


def _figures(measure: str, unit: str, stored: dict[str, Any]) -> Figures:
    return Figures(measure=measure, unit=unit, for_=stored["for"], **{name: stored[name] for name in _KEPT})
