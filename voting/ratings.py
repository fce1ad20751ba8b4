"""Ratings 民主评议、满意度: what the grades of a scale come to. Pure: no Django, no clock, integers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .checks import require, require_counts
from .rules import Rule, Share, percent_x100
from .verdicts import Tally, check_papers, counts_of, quorum_of, require_kind


@dataclass(frozen=True)
class Rating:
    """民主评议、满意度: `percent_x100` = favourable of the base; `score_x100` = mean points of those with an opinion.

    `formula` is the sum in figures, to be printed. `passed` is None unless the rule asks for a share.
    """

    outcome: str  # no_quorum, noted, passed, failed
    roll: int
    cast: int
    invalid: int
    valid: int
    expressed: int
    grades: tuple[tuple[str, int], ...]
    favourable: int
    base_name: str
    base: int
    need: int | None
    percent_x100: int | None
    points: int
    score_x100: int | None
    formula: str


def count_rating(
    rule: Rule,
    grades: Mapping[str, int],
    *,
    roll: int,
    cast: int,
    invalid: int = 0,
    present: int | None = None,
    served: int | None = None,
    issued: int | None = None,
) -> Rating:
    """Count the grades. Base ``decided`` leaves grades without points (不了解) out, base ``valid`` keeps them in."""
    require_kind(rule, "rate")
    require(set(grades) <= {grade.code for grade in rule.choice.scale}, "scale", field="grades")
    require_counts(cast=cast, invalid=invalid)
    require_counts(**grades)
    check_papers(cast, issued)
    rows = [(grade, grades.get(grade.code, 0)) for grade in rule.choice.scale]
    given = sum(count for _, count in rows)
    require(given + invalid == cast, "grades_differ", grades=given, invalid=invalid, cast=cast)
    opinions = [(grade.points, count) for grade, count in rows if grade.points is not None]
    expressed = sum(count for _, count in opinions)
    tally = Tally(roll, present, served, expressed, 0, given - expressed, invalid)
    counts = counts_of(tally, present)
    base = counts[rule.base]
    favourable = sum(count for grade, count in rows if grade.favourable)
    points = sum(each * count for each, count in opinions)
    share = rule.passing if isinstance(rule.passing, Share) else None
    score = (points * 200 + expressed) // (2 * expressed) if expressed else None
    shown = "—" if score is None else f"{score // 100}.{score % 100:02d}"
    if not quorum_of(rule, counts)[-1]:
        outcome = "no_quorum"
    elif share is None:
        outcome = "noted"
    else:
        outcome = "passed" if favourable > 0 and share.met(favourable, base) else "failed"
    return Rating(
        outcome=outcome,
        roll=roll,
        cast=tally.cast,
        invalid=invalid,
        valid=given,
        expressed=expressed,
        grades=tuple((grade.code, count) for grade, count in rows),
        favourable=favourable,
        base_name=rule.base,
        base=base,
        need=share.need(base) if share else None,
        percent_x100=percent_x100(favourable, base),
        points=points,
        score_x100=score,
        formula=f"({' + '.join(f'{each}×{count}' for each, count in opinions)}) ÷ {expressed} = {shown}",
    )
