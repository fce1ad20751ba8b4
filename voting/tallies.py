"""Tallies 计票: what the ballots of a vote come to, by measure and channel, and the verdict with its sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .casters import casters, ready
from .models import Ballot, Holder, Mandate, Vote
from .rolls import weight
from .rules import Rule
from .verdicts import Tally, verdict
from .wording import caution, explain, minutes_sentence

CHANNELS = ("phone", "tablet", "desk", "proxy")
"""How ballots came in; one cast for a principal counts as ``proxy``, whatever its holder cast it on."""
CHOICES = tuple(Ballot.Choice.values)


def frozen_rule(vote: Vote) -> Rule:
    """The rule as it was frozen when the vote opened."""
    return Rule.from_json(json.loads(vote.frozen)["rule"])


@dataclass(frozen=True)
class Counted:
    """A mandate of a vote with its ballot, if there is one, and whether someone in the hall may cast it."""

    mandate: Mandate
    ballot: Ballot | None
    present: bool


def count(vote: Vote) -> list[Counted]:
    """Every mandate of a vote in roll order; who voted and then left was present. Three queries."""
    here = set(ready(casters(vote.meeting_id, Holder.objects.filter(mandate__vote=vote))))
    mandates = Mandate.objects.filter(vote=vote).select_related("ballot").order_by("no")
    ballots = ((mandate, getattr(mandate, "ballot", None)) for mandate in mandates)
    return [Counted(mandate, ballot, mandate.pk in here or ballot is not None) for mandate, ballot in ballots]


def channel_of(ballot: Ballot) -> str:
    """One of `CHANNELS`."""
    return "proxy" if ballot.by_proxy else ballot.channel


def tally(counted: Iterable[Counted], measure: str) -> Tally:
    """What was counted in one measure: heads, area (0.01 ㎡) or households."""
    sums = dict.fromkeys(("roll", "present", *CHOICES), 0)
    for each in counted:
        size = weight(each.mandate, measure)
        sums["roll"] += size
        sums["present"] += size if each.present else 0
        if each.ballot is not None:
            sums[each.ballot.choice] += size
    return Tally(sums["roll"], sums["present"], None, sums["for"], sums["against"], sums["abstain"])


def _by_channel(counted: Iterable[Counted], measures: Iterable[str]) -> dict[str, dict[str, dict[str, int]]]:
    sums = {channel: {measure: dict.fromkeys(CHOICES, 0) for measure in measures} for channel in CHANNELS}
    for each in counted:
        if each.ballot is not None:
            for measure, choices in sums[channel_of(each.ballot)].items():
                choices[each.ballot.choice] += weight(each.mandate, measure)
    return sums


def result(vote: Vote) -> dict[str, Any]:
    """The result 结果 of a vote as it is stored and recorded, in plain JSON.

    {vote, item, outcome, mandates: {roll, present, cast}, tallies: {measure: {roll, present, cast, for, against,
    abstain}}, channels: {channel: {measure: {for, against, abstain}}}, figures: {measure: every figure of the verdict},
    sentence: {zh, en}, caution: {zh, en}, minutes: the sentence for the minutes, in Chinese}.
    """
    frozen, rule, counted = json.loads(vote.frozen), frozen_rule(vote), count(vote)
    tallies = {measure: tally(counted, measure) for measure in rule.measures}
    judged = verdict(rule, tallies)
    sentence = {short: explain(judged, rule, language) for short, language in (("zh", "zh-hans"), ("en", "en"))}
    return {
        "vote": frozen["vote"],
        "item": frozen["item"],
        "mandates": {
            "roll": len(counted),
            "present": sum(1 for each in counted if each.present),
            "cast": sum(1 for each in counted if each.ballot is not None),
        },
        "tallies": {measure: _tally_json(each) for measure, each in tallies.items()},
        "channels": _by_channel(counted, rule.measures),
        **judged.to_json(),
        "sentence": sentence,
        "caution": {short: caution(judged, rule, short) for short in sentence},
        "minutes": minutes_sentence(frozen["minutes_key"], sentence["zh"], frozen["basis"]),
    }


def _tally_json(tally: Tally) -> dict[str, int | None]:
    return {
        "roll": tally.roll,
        "present": tally.present,
        "cast": tally.cast,
        "for": tally.for_,
        "against": tally.against,
        "abstain": tally.abstain,
    }
