"""Elections 选举 and picks 推选: who is elected, who is tied, how many seats stay open. Pure: integers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .checks import require, require_counts
from .rules import Plurality, Rule
from .verdicts import Tally, check_papers, counts_of, quorum_of, require_kind


@dataclass(frozen=True)
class Election:
    """The count of a slate or a pick. `marks` runs from most to fewest, equals in ballot order.

    `outcome`: complete · tied (`tied` compete for `tied_seats`, by `settle`) · short (`vacant` seats; `second_list`
    goes into the second round) · no_quorum. `need` is None where most votes win without a floor.
    """

    outcome: str
    roll: int
    cast: int
    invalid: int
    valid: int
    base_name: str
    base: int
    need: int | None
    quorum_count_name: str | None
    quorum_count: int | None
    quorum_need: int | None
    marks: tuple[tuple[str, int], ...]
    elected: tuple[str, ...] = ()
    tied: tuple[str, ...] = ()
    tied_seats: int = 0
    settle: str | None = None  # revote, lot
    vacant: int = 0
    second_list: tuple[str, ...] = ()


def count_slate(rule: Rule, marks: Mapping[str, int], **given: Any) -> Election:
    """差额选举: votes for each candidate, at most `seats` a ballot. See `count_pick` for the figures to give."""
    require_kind(rule, "slate")
    return _elect(rule, marks, rule.choice.seats, **given)


def count_pick(rule: Rule, marks: Mapping[str, int], **given: Any) -> Election:
    """推选、项目票选: marks per name, at most `maximum` a ballot.

    Figures by keyword: roll, cast (all ballots returned, invalid and blank ones too), invalid, and where they apply
    present, served, issued (more returned than issued voids it), listed (names printed on the ballot, without
    write-ins; default all), again (this already was the vote again among the tied: now the lot, if the rule has it).
    """
    require_kind(rule, "choose")
    return _elect(rule, marks, rule.choice.maximum, **given)


def _elect(
    rule: Rule,
    marks: Mapping[str, int],
    limit: int,
    *,
    roll: int,
    cast: int,
    invalid: int = 0,
    present: int | None = None,
    served: int | None = None,
    issued: int | None = None,
    listed: int | None = None,
    again: bool = False,
) -> Election:
    require_counts(cast=cast, invalid=invalid)
    require_counts(**marks)
    check_papers(cast, issued)
    require(invalid <= cast, "invalid_over_cast", invalid=invalid, cast=cast)
    tally = Tally(roll, present, served, 0, 0, cast - invalid, invalid)
    for name, count in marks.items():
        require(count <= tally.valid, "marks_over_ballots", name=name, marks=count, ballots=tally.valid)
    total = sum(marks.values())
    require(total <= limit * tally.valid, "marks_over_limit", marks=total, limit=limit * tally.valid)
    counts = counts_of(tally, present)
    share, base_name = rule.passing, rule.base
    if isinstance(share, Plurality):  # its floor is always of the ballots cast
        share, base_name = share.floor, "cast"
    floor = share.need(counts[base_name]) if share else None
    ranked = tuple(sorted(marks.items(), key=lambda mark: -mark[1]))  # stable: equals stay in ballot order
    quorum_name, quorum_count, quorum_need, quorum_met = quorum_of(rule, counts)
    result = Election(
        outcome="no_quorum",
        roll=roll,
        cast=cast,
        invalid=invalid,
        valid=tally.valid,
        base_name=base_name,
        base=counts[base_name],
        need=floor,
        quorum_count_name=quorum_name,
        quorum_count=quorum_count,
        quorum_need=quorum_need,
        marks=ranked,
    )
    if not quorum_met:
        return result
    seats = rule.choice.seats
    fit = [(name, count) for name, count in ranked if count >= max(floor or 0, 1)]
    if len(fit) > seats and fit[seats - 1][1] == fit[seats][1]:
        cut = fit[seats][1]
        elected = tuple(name for name, count in fit if count > cut)
        tied = tuple(name for name, count in fit if count == cut)
        settle = "lot" if again and rule.tie == "lot" else "revote"
        return replace(
            result, outcome="tied", elected=elected, tied=tied, tied_seats=seats - len(elected), settle=settle
        )
    elected = tuple(name for name, _ in fit[:seats])
    vacant = seats - len(elected)
    if vacant == 0:
        return replace(result, outcome="complete", elected=elected)
    more = max((len(marks) if listed is None else listed) - seats, 0)
    return replace(
        result, outcome="short", elected=elected, vacant=vacant, second_list=_second_list(rule, ranked, elected, more)
    )


def _second_list(
    rule: Rule, ranked: tuple[tuple[str, int], ...], elected: tuple[str, ...], more: int
) -> tuple[str, ...]:
    """The unelected by votes: open seats plus the original surplus; equals at the end of the list all stay on it."""
    if rule.second_round is None:
        return ()
    size = rule.choice.seats - len(elected)
    size += more if rule.second_round.extra is None else rule.second_round.extra
    rest = [(name, count) for name, count in ranked if name not in elected]
    if size < len(rest):
        rest = [(name, count) for name, count in rest if count >= rest[size - 1][1]]
    return tuple(name for name, _ in rest)
