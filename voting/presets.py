"""Presets 表决规则范本: the rules the product ships, each with its version, legal basis and source.

An office may copy and edit one; the copy then carries the office's own version. Thresholds follow the law of
2026-01-01 (revised 城市居民委员会组织法) and the Civil Code. They need a local lawyer's or the 街道's sign-off before a
result is called a formal decision; local differences (silence, notice, invalid ballots) are parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from voting.checks import RuleError
from voting.rules import Choice, Grade, Plurality, Proxy, Quorum, Rule, SecondRound, Share

OVER_HALF = Share(">", 1, 2)  # 过半数
TWO_THIRDS = Share(">=", 2, 3)  # 三分之二以上
OVER_TWO_THIRDS = Share(">", 2, 3)  # 超过三分之二
THREE_QUARTERS = Share(">=", 3, 4)  # 四分之三以上
ONE_THIRD = Share(">=", 1, 3)
ALL = Share(">=", 1, 1)

LEVELS = {
    "intention": _("Sense of the residents"),
    "consultation": _("Outcome of consultation"),
    "representatives": _("Resolution of the residents' representatives"),
    "assembly": _("Resolution of the residents' assembly"),
    "owners": _("Joint decision of the owners"),
    "election": _("Record of an election count"),
}
"""Level of a result → its name. A hall's opinion is never headed as a resolution of residents or owners."""

LEVEL_HEADINGS = {
    "intention": "意向征询",
    "consultation": "协商意见",
    "representatives": "居民代表会议决议",
    "assembly": "居民会议决议",
    "owners": "业主共同决定",
    "election": "选举计票记录",
}
"""Level → heading of the document, always Chinese."""

GRADES = {
    "full": _("I fully agree"),
    "acceptable": _("I can accept it"),
    "reserved": _("I have reservations"),
    "opposed": _("I am against it"),
    "undecided": _("I cannot say yet"),
    "satisfied": _("Satisfied"),
    "mostly_satisfied": _("Mostly satisfied"),
    "dissatisfied": _("Not satisfied"),
    "unknown": _("I do not know"),
    "competent": _("Competent"),
    "basically_competent": _("Basically competent"),
    "not_competent": _("Not competent"),
}
"""Code of a shipped grade → its name; a grade an office adds is shown by its own label."""


@dataclass(frozen=True)
class Preset:
    """A named rule. `legal_basis` is Chinese text for the documents, `source_note` says what it rests on.

    `notice_days`: least days between notice and meeting. `switch`: opens as a formal vote only where the office has
    switched it on with convener, legal basis, notice and the announced wording; otherwise it becomes a sense check.
    `minutes_key` names the sentence for the minutes (`wording.MINUTES`).
    """

    key: str
    version: str
    name: Promise
    rule: Rule
    level: str
    legal_basis: str
    source_note: Promise
    minutes_key: str
    notice_days: int = 0
    switch: bool = False


_HALL = ("phone", "tablet", "desk", "paper", "hand")
_WRITTEN = ("phone", "tablet", "desk", "paper")
_ACT = "《中华人民共和国城市居民委员会组织法》（2025年修订）"
_CODE = "《中华人民共和国民法典》"
_ASSEMBLY_NOTE = _("Organic Law of 2025, articles 26 and 27: more than half present, more than half of them for it.")
_COMMITTEE_NOTE = _(
    "Organic Law of 2025, articles 14, 18 and 19; invalid ballots and ties as in the Sichuan election rules of 2026."
)
_RECALL_NOTE = _("Organic Law of 2025, article 20: in the same way as the election.")
_ELECTOR_PROXY = Proxy(per_holder=3, candidate_may_hold=False, publish_list=True)

_AGREEMENT = (
    Grade("full", "完全赞同", 3, True),
    Grade("acceptable", "可以接受", 2, True),
    Grade("reserved", "有保留", 1),
    Grade("opposed", "反对", 0),
    Grade("undecided", "说不好"),
)
_SATISFACTION = (
    Grade("satisfied", "满意", 100, True),
    Grade("mostly_satisfied", "基本满意", 80, True),
    Grade("dissatisfied", "不满意", 0),
    Grade("unknown", "不了解"),
)
_COMPETENCE = (
    Grade("competent", "称职", 100, True),
    Grade("basically_competent", "基本称职", 80, True),
    Grade("not_competent", "不称职", 0),
)


def _hall(passing: Share | None, base: str = "present", unit: str = "household", **more: Any) -> Rule:
    return Rule(unit=unit, base=base, passing=passing, channels=_HALL, **more)


def _owners(passing: Share) -> Rule:
    """民法典 278: two thirds of owners and of area take part; the threshold is of those taking part, in both."""
    return Rule(
        unit="owner",
        measures=("heads", "area"),
        quorum=Quorum("cast", TWO_THIRDS),
        base="cast",
        passing=passing,
        secrecy="named",
        proxy=Proxy(per_holder=3),
        channels=_WRITTEN,
        merge="paper_wins",
    )


def _committee(unit: str, turnout: Share, proxy: Proxy | None) -> Rule:
    """组织法 14, 19: secret paper ballots, more than half of the ballots cast, second round with a floor of 1/3."""
    return Rule(
        unit=unit,
        choice=Choice("slate", seats=5, write_in=True),
        quorum=Quorum("cast", turnout),
        base="cast",
        passing=OVER_HALF,
        secrecy="secret",
        proxy=proxy,
        revote="final",
        channels=("paper",),
        reconcile=True,
        tie="revote",
        second_round=SecondRound(ONE_THIRD),
    )


def _recall(unit: str, turnout: Share, proxy: Proxy | None) -> Rule:
    return Rule(
        unit=unit,
        quorum=Quorum("cast", turnout),
        base="cast",
        passing=OVER_HALF,
        secrecy="secret",
        proxy=proxy,
        revote="final",
        channels=("paper",),
        reconcile=True,
    )


_ALL = (
    Preset(
        "hall_vote", "1", _("Hall vote: more than half of those present"),
        _hall(OVER_HALF), "consultation",
        f"{_ACT}第三十二条、第三十三条；本议事厅议事规则",
        _("House rule: one vote per household; whoever is present and does not vote for it counts as not for it."),
        "consultation",
    ),
    Preset(
        "hall_two_thirds", "1", _("Hall vote: at least two thirds of those present"),
        _hall(TWO_THIRDS), "consultation",
        f"{_ACT}第三十二条；本议事厅议事规则",
        _("House rule: at least two thirds of all present, abstentions count as not for it."),
        "consultation",
    ),
    Preset(
        "hall_motion", "1", _("Motion by short rules: more votes for than against"),
        _hall(OVER_HALF, base="decided"), "consultation",
        f"{_ACT}第三十二条；本议事厅议事规则（十二条短规则第十二条）",
        _("Robert's Rules: abstentions are left out; a tie fails."),
        "consultation",
    ),
    Preset(
        "hall_motion_two_thirds", "1", _("Motion by short rules: at least two thirds of for and against"),
        _hall(TWO_THIRDS, base="decided"), "consultation",
        f"{_ACT}第三十二条；本议事厅议事规则",
        _("Robert's Rules: two thirds of those voting for or against; abstentions are left out."),
        "consultation",
    ),
    Preset(
        "unanimous_consent", "1", _("Agreed without objection"),
        _hall(None, choice=Choice("consent", wait_s=10)), "consultation",
        f"{_ACT}第三十二条；本议事厅议事规则",
        _("House rule: the chair asks and waits ten seconds; a single objection leads to a counted vote."),
        "consent",
    ),
    Preset(
        "sense_check", "1", _("Sense check: for, against, undecided"),
        _hall(None, unit="person"), "intention",
        "不具有决议效力，只供参考",
        _("House rule: shows opinions only and decides nothing."),
        "intention",
    ),
    Preset(
        "sense_check_scale", "1", _("Sense check in five steps"),
        _hall(None, base="valid", unit="person", choice=Choice("rate", scale=_AGREEMENT)), "intention",
        "不具有决议效力，只供参考",
        _("House rule: shows opinions only and decides nothing."),
        "intention",
    ),
    Preset(
        "residents_assembly", "1", _("Residents' assembly, one vote per household"),
        _hall(OVER_HALF, quorum=Quorum("present", OVER_HALF)), "assembly",
        f"{_ACT}第二十六条、第二十七条",
        _ASSEMBLY_NOTE, "assembly", notice_days=10,
    ),
    Preset(
        "residents_assembly_persons", "1", _("Residents' assembly, one vote per resident of 18 or more"),
        _hall(OVER_HALF, unit="person", quorum=Quorum("present", OVER_HALF)), "assembly",
        f"{_ACT}第二十六条、第二十七条",
        _ASSEMBLY_NOTE, "assembly", notice_days=10,
    ),
    Preset(
        "representatives_assembly", "1", _("Assembly of residents' representatives"),
        _hall(OVER_HALF, unit="representative", quorum=Quorum("present", TWO_THIRDS)), "representatives",
        f"{_ACT}第二十八条、第二十九条",
        _("Organic Law of 2025, articles 28 and 29: the roll includes the members of the residents' committee."),
        "representatives",
    ),
    Preset(
        "owners_ordinary", "1", _("Owners' decision, ordinary matters"),
        _owners(OVER_HALF), "owners",
        f"{_CODE}第二百七十八条第一款第一项至第五项、第九项，第二款；《物业管理条例》",
        _("Civil Code, article 278; heads and area as in articles 8 and 9 of the Supreme Court's interpretation."),
        "owners", notice_days=15, switch=True,
    ),
    Preset(
        "owners_major", "1", _("Owners' decision, major matters"),
        _owners(THREE_QUARTERS), "owners",
        f"{_CODE}第二百七十八条第一款第六项至第八项，第二款；《物业管理条例》",
        _("Civil Code, article 278: raising the maintenance fund, rebuilding, changing the use of common parts."),
        "owners", notice_days=15, switch=True,
    ),
    Preset(
        "affected_unanimous", "1", _("Consent of every affected owner"),
        Rule(unit="owner", base="all", passing=ALL, secrecy="named", channels=_WRITTEN, merge="paper_wins"), "owners",
        f"{_CODE}第二百七十九条",
        _("Civil Code, article 279: a flat turned to business use."), "affected", switch=True,
    ),
    Preset(
        "one_matter", "1", _("One matter, one discussion: by households represented"),
        Rule(
            unit="representative", measures=("households",), quorum=Quorum("present", TWO_THIRDS), base="present",
            passing=OVER_HALF, channels=_WRITTEN,
        ),
        "representatives", "一事一议筹资筹劳有关规定（国办发〔2007〕4号）",
        _("State Council Office [2007] No. 4: each representative counts for the households represented."),
        "representatives",
    ),
    Preset(
        "election_representatives", "1", _("Choosing residents' representatives"),
        Rule(
            unit="household", choice=Choice("choose", maximum=1, seats=1, write_in=True), base="cast",
            passing=Plurality(), secrecy="secret", receipt="inclusion", channels=_WRITTEN, reconcile=True, tie="lot",
        ),
        "election", f"{_ACT}第十三条；居民小组推选办法",
        _("Organic Law of 2025, article 13, names no majority: most votes win; a tie is voted again, then by lot."),
        "election",
    ),
    Preset(
        "committee_by_representatives", "1", _("Election of the residents' committee by representatives"),
        _committee("representative", OVER_TWO_THIRDS, None), "election",
        f"{_ACT}第十四条、第十八条、第十九条",
        _COMMITTEE_NOTE, "election",
    ),
    Preset(
        "committee_by_households", "1", _("Election of the residents' committee by households"),
        _committee("household", OVER_HALF, _ELECTOR_PROXY), "election",
        f"{_ACT}第十四条、第十八条、第十九条",
        _COMMITTEE_NOTE, "election",
    ),
    Preset(
        "committee_by_electors", "1", _("Election of the residents' committee by all electors"),
        _committee("person", OVER_HALF, _ELECTOR_PROXY), "election",
        f"{_ACT}第十四条、第十八条、第十九条",
        _COMMITTEE_NOTE, "election",
    ),
    Preset(
        "recall_by_representatives", "1", _("Recall of a committee member by representatives"),
        _recall("representative", OVER_TWO_THIRDS, None), "election",
        f"{_ACT}第二十条",
        _RECALL_NOTE, "recall",
    ),
    Preset(
        "recall_by_households", "1", _("Recall of a committee member by households"),
        _recall("household", OVER_HALF, _ELECTOR_PROXY), "election",
        f"{_ACT}第二十条",
        _RECALL_NOTE, "recall",
    ),
    Preset(
        "recall_by_electors", "1", _("Recall of a committee member by all electors"),
        _recall("person", OVER_HALF, _ELECTOR_PROXY), "election",
        f"{_ACT}第二十条",
        _RECALL_NOTE, "recall",
    ),
    Preset(
        "performance_review", "1", _("Yearly review of the committee's members"),
        Rule(
            unit="representative", choice=Choice("rate", scale=_COMPETENCE), base="valid", passing=None,
            secrecy="secret", receipt="inclusion", channels=_WRITTEN, reconcile=True,
        ),
        "representatives", f"{_ACT}第三十七条",
        _("Organic Law of 2025, article 37: found not competent twice in a row, the office ends."),
        "rating",
    ),
    Preset(
        "satisfaction", "1", _("How satisfied are you?"),
        Rule(
            unit="household", choice=Choice("rate", scale=_SATISFACTION), base="decided", passing=None,
            secrecy="secret", receipt="inclusion", channels=_WRITTEN,
        ),
        "intention", "本议事厅议事规则",
        _("House rule: 100, 80 and 0 points; who has no opinion is left out of the score."),
        "rating",
    ),
    Preset(
        "project_pick", "1", _("Choosing projects: up to three each"),
        Rule(
            unit="household", choice=Choice("choose", maximum=3, seats=3), base="cast", passing=Plurality(),
            channels=_WRITTEN, tie="revote",
        ),
        "consultation", f"{_ACT}第三十二条；本议事厅议事规则",
        _("House rule: the first three win; a tie for the last place is voted again."),
        "pick",
    ),
)  # fmt: skip

PRESETS: dict[str, Preset] = {each.key: each for each in _ALL}


def preset(key: str) -> Preset:
    """The shipped preset of that key; RuleError("unknown_preset") when there is none."""
    if key not in PRESETS:
        raise RuleError("unknown_preset", key=key)
    return PRESETS[key]
