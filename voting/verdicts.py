"""Verdicts 表决结果: what follows from the counts of a motion. Pure: no Django, no clock, integers only.

A `Tally` holds what was counted in one measure, `merge` sums it over several channels, and `verdict` says whether the
motion passed. Heads and households are counted in ones, area in units of 0.01 ㎡ (``area_x100``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .checks import require, require_counts
from .rules import Rule, Share


@dataclass(frozen=True)
class Tally:
    """What was counted in one measure. `roll` is net of the recused; `present` and `served` may not apply (None).

    Whoever voted was present: a caller counts those who voted and left as present, or the tally is refused.
    """

    roll: int
    present: int | None
    served: int | None
    for_: int
    against: int
    abstain: int
    invalid: int = 0

    def __post_init__(self) -> None:
        require_counts(**{name.rstrip("_"): value for name, value in vars(self).items() if value is not None})
        for name in ("present", "served"):
            if (limit := getattr(self, name)) is not None:
                require(self.cast <= limit, f"cast_over_{name}", cast=self.cast, limit=limit)
                require(limit <= self.roll, f"{name}_over_roll", count=limit, roll=self.roll)
        require(self.cast <= self.roll, "cast_over_roll", cast=self.cast, roll=self.roll)

    @property
    def decided(self) -> int:
        return self.for_ + self.against

    @property
    def valid(self) -> int:
        return self.decided + self.abstain

    @property
    def cast(self) -> int:
        return self.valid + self.invalid

    @property
    def silent(self) -> int:
        """Served with the papers and not heard of; what it means is the rule's seventh parameter."""
        return 0 if self.served is None else self.served - self.cast


@dataclass(frozen=True)
class Figures:
    """Every figure behind a verdict in one measure, silence already applied (`silent` went to `silent_as`)."""

    roll: int
    present: int
    served: int
    for_: int
    against: int
    abstain: int
    invalid: int
    silent: int
    silent_as: str  # absent, abstain, for, against
    decided: int
    valid: int
    cast: int
    base_name: str
    base: int
    need: int | None  # None: nothing is decided
    quorum_count_name: str | None
    quorum_count: int | None
    quorum_need: int | None
    quorum_met: bool
    pass_met: bool

    def to_json(self) -> dict[str, Any]:
        return {name.rstrip("_"): value for name, value in vars(self).items()}


@dataclass(frozen=True)
class Verdict:
    """`outcome`: passed 通过, failed 未通过, no_quorum 表决不成立, or noted (a sense check decides nothing)."""

    outcome: str
    figures: Mapping[str, Figures]

    def to_json(self) -> dict[str, Any]:
        return {"outcome": self.outcome, "figures": {name: each.to_json() for name, each in self.figures.items()}}


def verdict(rule: Rule, tallies: Mapping[str, Tally]) -> Verdict:
    """What follows from the tallies, one per measure of the rule.

    no_quorum comes before failed; every measure must hold; nothing passes without a vote for it.
    """
    require_kind(rule, "motion")
    require(set(tallies) == set(rule.measures), "tally_measures", measures=", ".join(rule.measures))
    side = _silent_side(rule.silence.mode, tallies)
    figures = {measure: _figures(rule, tallies[measure], side) for measure in rule.measures}
    if not all(each.quorum_met for each in figures.values()):
        outcome = "no_quorum"
    elif rule.passing is None:
        outcome = "noted"
    else:
        outcome = "passed" if all(each.pass_met for each in figures.values()) else "failed"
    return Verdict(outcome, figures)


def require_kind(rule: Rule, kind: str) -> None:
    """RuleError("choice_kind") for a rule of another kind of ballot."""
    require(rule.choice.kind == kind, "choice_kind", kind=rule.choice.kind, wanted=kind)


def _silent_side(mode: str, tallies: Mapping[str, Tally]) -> str:
    if mode != "follow":
        return mode
    leading = {_leading(tally) for tally in tallies.values()}
    return leading.pop() if len(leading) == 1 else "abstain"  # heads and area disagree: nobody to follow


def _leading(tally: Tally) -> str:
    if tally.for_ == tally.against:
        return "abstain"
    return "for" if tally.for_ > tally.against else "against"


def counts_of(tally: Tally, present: int | None) -> dict[str, int]:
    """Every number a quorum or a threshold may refer to; present and served are the cast where they do not apply."""
    return {
        "decided": tally.decided,
        "valid": tally.valid,
        "cast": tally.cast,
        "present": tally.cast if present is None else present,
        "served": tally.cast if tally.served is None else tally.served,
        "all": tally.roll,
    }


def quorum_of(rule: Rule, counts: Mapping[str, int]) -> tuple[str | None, int | None, int | None, bool]:
    """(name of the count, count, need, met) of the rule's quorum; a rule without one is always met."""
    if rule.quorum is None:
        return None, None, None, True
    name, share = rule.quorum.count, rule.quorum.share
    return name, counts[name], share.need(counts["all"]), share.met(counts[name], counts["all"])


def _figures(rule: Rule, given: Tally, side: str) -> Figures:
    silent = given.silent
    tally = given
    if side != "absent":
        field = "for_" if side == "for" else side
        # the silent were served with papers and need not be in the room
        tally = replace(given, present=None, **{field: getattr(given, field) + silent})
    present = tally.cast if given.present is None else given.present
    counts = counts_of(tally, present)
    uses_present = rule.base == "present" or (rule.quorum is not None and rule.quorum.count == "present")
    require(not uses_present or tally.cast <= present, "silent_over_present", cast=tally.cast, limit=present)
    base = counts[rule.base]
    share = rule.passing if isinstance(rule.passing, Share) else None
    quorum_name, quorum_count, quorum_need, quorum_met = quorum_of(rule, counts)
    return Figures(
        roll=tally.roll,
        present=present,
        served=counts["served"],
        for_=tally.for_,
        against=tally.against,
        abstain=tally.abstain,
        invalid=tally.invalid,
        silent=silent,
        silent_as=side,
        decided=tally.decided,
        valid=tally.valid,
        cast=tally.cast,
        base_name=rule.base,
        base=base,
        need=share.need(base) if share else None,
        quorum_count_name=quorum_name,
        quorum_count=quorum_count,
        quorum_need=quorum_need,
        quorum_met=quorum_met,
        pass_met=share is not None and tally.for_ > 0 and share.met(tally.for_, base),
    )


@dataclass(frozen=True)
class Count:
    """What one channel counted in one measure."""

    for_: int = 0
    against: int = 0
    abstain: int = 0
    invalid: int = 0

    def __post_init__(self) -> None:
        require_counts(**{name.rstrip("_"): value for name, value in vars(self).items()})

    @property
    def cast(self) -> int:
        return self.for_ + self.against + self.abstain + self.invalid


def merge(
    rule: Rule,
    counts: Mapping[str, Count],
    *,
    roll: int,
    present: int | None = None,
    served: int | None = None,
    issued: int | None = None,
) -> Tally:
    """One measure summed over its channels. RuleError for what cannot be, with the numbers.

    `issued`: papers handed out, in the same measure. More papers counted than issued void the vote (川选举条例 29);
    more hands than people present who have not voted otherwise are a miscount.
    """
    for channel in counts:
        require(channel in rule.channels, "channel_closed", channel=channel)
    if "paper" in counts:
        require(issued is not None or not rule.reconcile, "issued_missing")
        check_papers(counts["paper"].cast, issued)
    total = sum(count.cast for count in counts.values())
    if present is not None and "hand" in counts:
        require_counts(present=present)
        free = present - (total - counts["hand"].cast)
        require(counts["hand"].cast <= free, "hands_over_present", hands=counts["hand"].cast, free=free)
    require(present is None or total <= present, "cast_over_present", cast=total, limit=present)
    for_, against, abstain, invalid = (
        sum(getattr(count, field) for count in counts.values()) for field in ("for_", "against", "abstain", "invalid")
    )
    return Tally(roll, present, served, for_, against, abstain, invalid)


def check_papers(returned: int, issued: int | None) -> None:
    """RuleError("papers_over_issued") when more papers came back than were handed out."""
    if issued is not None:
        require_counts(issued=issued)
        require(returned <= issued, "papers_over_issued", returned=returned, issued=issued)


# --- without objection -------------------------------------------------------------------------------------
def consent(rule: Rule, objections: int) -> str:
    """一致通过: "passed" when nobody objects within the wait, else "objected": the motion goes to a counted vote."""
    require_kind(rule, "consent")
    require_counts(objections=objections)
    return "objected" if objections else "passed"
