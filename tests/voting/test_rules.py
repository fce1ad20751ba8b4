"""The arithmetic of votes: the worked cases of the law, and properties that must hold for every rule."""

import ast
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting import checks, elections, ratings, rules, verdicts
from voting.checks import RuleError
from voting.elections import count_pick, count_slate
from voting.presets import ALL, ONE_THIRD, OVER_HALF, OVER_TWO_THIRDS, PRESETS, TWO_THIRDS, preset
from voting.ratings import count_rating
from voting.rules import Choice, Grade, Plurality, Proxy, Quorum, Rule, Share, Silence, need, percent_x100
from voting.verdicts import Count, Tally, consent, merge, verdict
from voting.wording import _ERRORS

PURE = (checks, rules, verdicts, elections, ratings)
FILE = json.loads(Path(__file__).with_name("voting_cases.json").read_text("utf-8"))
FOLLOW = Silence("follow", clause="第十二条", delivery="送达签收表", warning="不投票视为同意多数意见")
UNITS = {"area": "owner", "households": "representative", "heads": "person"}


def rule_of(name: str) -> Rule:
    given_rule = FILE["rules"][name]
    given_rule = {**FILE["rules"].get(given_rule.get("like"), {}), **given_rule}
    count = given_rule["quorum"]
    silence = given_rule.get("silence", "absent")
    return Rule(
        unit=UNITS[given_rule["measures"][-1]],
        measures=tuple(given_rule["measures"]),
        quorum=count and Quorum(count[0], Share(*count[1:])),
        base=given_rule["base"],
        passing=Share(*given_rule["pass"]),
        silence=FOLLOW if silence == "follow" else Silence(silence),
    )


def tallies_of(case: dict) -> dict[str, Tally]:
    scale = {"heads": 1, "area": 100, "households": 1}
    return {
        measure: Tally(*(None if value is None else int(Decimal(value) * scale[measure]) for value in row))
        for measure, row in case["tally"].items()
    }


def heads(rule: Rule, *row: int | None) -> str:
    return verdict(rule, {"heads": Tally(*row)}).outcome  # type: ignore[arg-type]


# --- the worked cases --------------------------------------------------------------------------------------
def test_the_file_holds_all_cases():
    assert len(FILE["cases"]) == 47
    assert len({case["id"] for case in FILE["cases"]}) == 47


@pytest.mark.parametrize("case", FILE["cases"], ids=lambda case: case["id"])
def test_worked_case(case):
    rule = rule_of(case["rule"])
    found = verdict(rule, tallies_of(case))
    assert found.outcome == case["expect"]
    for figures in found.figures.values():  # every figure against exact rationals
        base = Fraction(figures.base)
        share = Fraction(rule.passing.a, rule.passing.b)
        assert figures.need == least(rule.passing, figures.base)
        enough = figures.for_ > base * share or (rule.passing.op == ">=" and figures.for_ == base * share)
        assert figures.pass_met == (enough and figures.for_ > 0)
        if rule.quorum:
            assert figures.quorum_need == least(rule.quorum.share, figures.roll)
            assert figures.quorum_met == (figures.quorum_count >= figures.quorum_need)
        else:
            assert (figures.quorum_count, figures.quorum_need, figures.quorum_met) == (None, None, True)


def least(share: Share, total: int) -> int:
    exact = Fraction(share.a, share.b) * total
    least = -(-exact.numerator // exact.denominator)
    return least + 1 if share.op == ">" and least == exact else least


NEEDS = [  # case, measure, quorum need, need: as stated with the worked cases
    ("01a", "heads", 30, 16),
    ("01e", "heads", 30, 15),
    ("02a", "heads", 644, 322),
    ("02c", "heads", 644, 323),
    ("03a", "heads", 121, 64),
    ("06a", "heads", 4, 3),
    ("06a", "area", 37646, 18824),
    ("06c", "area", 37646, 18233),
    ("06e", "heads", 6, 5),
    ("06e", "area", 47976, 35983),
    ("07a", "heads", 6, 6),
    ("07a", "area", 44251, 49782),
    ("08a", "area", 286464, 107425),
    ("09b", "heads", 800, 576),
    ("09a", "area", 7161600, 3133201),
    ("10a", "heads", None, 8),
    ("10d", "heads", 20, 11),
    ("10e", "heads", None, 14),
    ("14a", "heads", None, 10),
    ("15a", "households", 275, 138),
    ("16a", "heads", 33, 17),
    ("16c", "heads", 33, 18),
    ("16d", "heads", 603, 302),
    ("16e", "heads", 603, 302),
]


@pytest.mark.parametrize(("case_id", "measure", "quorum_need", "needed"), NEEDS)
def test_stated_needs(case_id, measure, quorum_need, needed):
    case = next(case for case in FILE["cases"] if case["id"] == case_id)
    figures = verdict(rule_of(case["rule"]), tallies_of(case)).figures[measure]
    assert (figures.quorum_need, figures.need) == (quorum_need, needed)


def test_the_demo_motion_to_the_last_digit():
    found = verdict(
        preset("owners_ordinary").rule,
        {"heads": Tally(59, 48, None, 33, 11, 4), "area": Tally(456502, None, None, 260336, 81078, 32807)},
    )
    assert found.outcome == "passed"
    told = {
        name: (each.roll, each.cast, each.for_, each.against, each.abstain, each.quorum_need, each.need)
        for name, each in found.figures.items()
    }
    assert told == {
        "heads": (59, 48, 33, 11, 4, 40, 25),
        "area": (456502, 374221, 260336, 81078, 32807, 304335, 187111),
    }
    assert [percent_x100(48, 59), percent_x100(374221, 456502)] == [8136, 8198]
    assert [percent_x100(33, 48), percent_x100(260336, 374221)] == [6875, 6957]


def test_the_demo_hall_vote_needs_24_of_46():
    rule = preset("hall_vote").rule
    assert verdict(rule, {"heads": Tally(60, 46, None, 43, 1, 2)}).figures["heads"].need == 24
    assert heads(rule, 60, 46, None, 43, 1, 2) == "passed"
    assert heads(rule, 60, 46, None, 23, 0, 0) == "failed"


def test_same_numbers_opposite_results_by_base():
    assert heads(preset("hall_motion").rule, 30, 21, None, 8, 7, 6) == "passed"
    assert heads(preset("hall_vote").rule, 30, 21, None, 8, 7, 6) == "failed"


def test_percent_is_only_decoration():
    assert percent_x100(7161599, 10742400) == percent_x100(7161600, 10742400) == 6667
    assert not TWO_THIRDS.met(7161599, 10742400)
    assert TWO_THIRDS.met(7161600, 10742400)
    assert percent_x100(1, 8) == 1250
    assert percent_x100(1, 20000) == 1  # 0.005 % rounds half up
    assert percent_x100(0, 0) is None


def test_no_quorum_is_told_before_failed_and_zero_votes_never_pass():
    a29 = rule_of("A29")
    assert heads(a29, 45, 29, None, 0, 29, 0) == "no_quorum"
    assert heads(a29, 0, 0, None, 0, 0, 0) == "failed"
    assert heads(rule_of("CC279"), 0, None, None, 0, 0, 0) == "failed"
    assert heads(rule_of("RONR23"), 10, None, None, 0, 0, 0) == "failed"


def test_a_sense_check_decides_nothing():
    found = verdict(preset("sense_check").rule, {"heads": Tally(60, 46, None, 17, 25, 4)})
    assert found.outcome == "noted"
    assert found.figures["heads"].need is None
    assert found.to_json()["figures"]["heads"]["for"] == 17


# --- silence -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "side", "outcome"),
    [((10, None, 8, 3, 1, 0), "for", "passed"), ((10, None, 8, 1, 3, 0), "against", "failed"),
     ((10, None, 8, 2, 2, 0), "abstain", "failed")],
)  # fmt: skip
def test_the_silent_follow_the_leading_side(row, side, outcome):
    rule = Rule(unit="owner", base="cast", passing=OVER_HALF, silence=FOLLOW)
    found = verdict(rule, {"heads": Tally(*row)})
    figures = found.figures["heads"]
    assert (found.outcome, figures.silent, figures.silent_as, figures.cast) == (outcome, 4, side, 8)


def test_measures_that_disagree_leave_nobody_to_follow():
    rule = rule_of("CC278follow")
    tallies = {"heads": Tally(10, None, 9, 4, 3, 0), "area": Tally(1000, None, 900, 200, 500, 0)}
    for side in (tallies, {**tallies, "area": Tally(1000, None, 900, 350, 350, 0)}):
        found = verdict(rule, side)
        assert {each.silent_as for each in found.figures.values()} == {"abstain"}
        assert found.figures["heads"].abstain == 2


def test_silent_people_outside_the_room_cannot_be_counted_among_those_present():
    rule = replace(rule_of("A27"), silence=Silence("abstain"))
    assert heads(rule, 40, 30, 30, 16, 4, 0) == "passed"  # the ten silent ones sit in the room
    with pytest.raises(RuleError, match="silent_over_present"):
        heads(rule, 40, 30, 35, 16, 4, 0)


# --- impossible counts and contradictory rules -------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ((10, 5, None, 6, 0, 0, 0), "cast_over_present"),
        ((10, None, 5, 6, 0, 0, 0), "cast_over_served"),
        ((10, None, None, 6, 5, 0, 0), "cast_over_roll"),
        ((10, 11, None, 1, 0, 0, 0), "present_over_roll"),
        ((10, None, 11, 1, 0, 0, 0), "served_over_roll"),
        ((10, None, None, -1, 0, 0, 0), "negative"),
        ((10, None, None, True, 0, 0, 0), "not_whole"),
        ((10, None, None, 1.0, 0, 0, 0), "not_whole"),
    ],
)
def test_impossible_tally(row, code):
    with pytest.raises(RuleError) as caught:
        Tally(*row)
    assert caught.value.code == code


def test_tallies_must_fit_the_measures():
    with pytest.raises(RuleError, match="tally_measures"):
        verdict(rule_of("CC278"), {"heads": Tally(6, None, None, 3, 1, 0)})
    with pytest.raises(RuleError, match="choice_kind"):
        verdict(preset("project_pick").rule, {"heads": Tally(6, None, None, 3, 1, 0)})


SLATE = {"choice": Choice("slate", seats=5), "tie": "revote"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit": "flat"}, "not_in_list"),
        ({"measures": ()}, "empty_list"),
        ({"measures": ("heads", "heads")}, "twice_in_list"),
        ({"measures": ("votes",)}, "not_in_list"),
        ({"base": "roll"}, "not_in_list"),
        ({"channels": ()}, "empty_list"),
        ({"channels": ("phone", "fax")}, "not_in_list"),
        ({"measures": ("heads", "area")}, "area_without_owners"),
        ({"measures": ("households",)}, "households_of_persons"),
        ({"secrecy": "secret", "unit": "owner", "measures": ("heads", "area")}, "secret_weighted"),
        ({"receipt": "inclusion"}, "receipt_without_secrecy"),
        ({"secrecy": "secret", "proxy": Proxy(1, directed=True)}, "secret_directed"),
        ({"channels": ("phone", "hand"), "secrecy": "secret"}, "hand_secret_or_weighted"),
        ({"channels": ("hand",), "unit": "owner", "measures": ("area",)}, "hand_secret_or_weighted"),
        ({"reconcile": True}, "reconcile_without_paper"),
        ({"passing": Plurality()}, "passing_kind"),
        ({**SLATE, "passing": None}, "passing_kind"),
        ({**SLATE, "unit": "owner", "measures": ("heads", "area")}, "only_heads"),
        ({**SLATE, "silence": Silence("abstain")}, "silence_only_motion"),
        ({**SLATE, "base": "decided"}, "base_kind"),
        ({**SLATE, "tie": "fails"}, "tie_kind"),
        ({"tie": "lot"}, "tie_kind"),
        ({**SLATE, "unit": "representative", "proxy": Proxy(1)}, "proxy_representatives"),
        ({"second_round": rules.SecondRound(ONE_THIRD)}, "second_round_kind"),
    ],
)
def test_contradictory_rule(changes, code):
    fair = {"unit": "person", "base": "present", "passing": OVER_HALF}
    with pytest.raises(RuleError) as caught:
        Rule(**{**fair, **changes})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Share("=", 1, 2), "not_in_list"),
        (lambda: Share(">", 0, 2), "share_parts"),
        (lambda: Share(">=", 3, 2), "share_parts"),
        (lambda: Share(">=", True, 2), "share_parts"),
        (lambda: Share(">", 2, 2), "share_never"),
        (lambda: Quorum("decided", OVER_HALF), "not_in_list"),
        (lambda: Silence("follow", clause="第十二条", delivery=" ", warning="…"), "follow_needs"),
        (lambda: Silence("loud"), "not_in_list"),
        (lambda: Proxy(0), "proxy_limit"),
        (lambda: Choice("rank"), "not_in_list"),
        (lambda: Choice("slate"), "choice_seats"),
        (lambda: Choice("motion", seats=1), "choice_seats"),
        (lambda: Choice("choose", seats=1), "choice_marks"),
        (lambda: Choice("choose", seats=1, minimum=2, maximum=1), "choice_marks"),
        (lambda: Choice("consent"), "choice_wait"),
        (lambda: Choice("rate", scale=(Grade("a", "甲", 1),)), "scale"),
        (lambda: Choice("rate", scale=(Grade("a", "甲", 1), Grade("a", "乙", 0))), "scale"),
        (lambda: Grade("a", "甲", None, favourable=True), "scale"),
        (lambda: preset("mob_rule"), "unknown_preset"),
    ],
)
def test_contradictory_parameter(make, code):
    with pytest.raises(RuleError) as caught:
        make()
    assert caught.value.code == code


def tree_of(module: ModuleType) -> ast.Module:
    return ast.parse(Path(module.__file__).read_text("utf-8"))


def test_every_error_code_has_words():
    told = set()
    for node in (node for module in PURE for node in ast.walk(tree_of(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"require": 1, "RuleError": 0}.get(node.func.id)
            if place is not None and len(node.args) > place:
                code = node.args[place]
                if isinstance(code, ast.JoinedStr):
                    told |= {"cast_over_present", "cast_over_served", "present_over_roll", "served_over_roll"}
                elif isinstance(code, ast.Constant):
                    told.add(code.value)
    assert told <= set(_ERRORS)
    assert set(_ERRORS) - told == {"unknown_preset"}


@pytest.mark.parametrize("module", PURE, ids=lambda module: module.__name__)
def test_integers_only(module):
    """Binary floats turn an exact half into more than half: no float and no true division in the rules."""
    nodes = list(ast.walk(tree_of(module)))
    assert not [node for node in nodes if isinstance(node, ast.Div)]
    assert not [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not [node for node in nodes if isinstance(node, ast.Name) and node.id in {"float", "round", "Decimal"}]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {"." * node.level + (node.module or "") for node in nodes if isinstance(node, ast.ImportFrom)}
    own = {f".{each.__name__.rpartition('.')[2]}" for each in PURE}
    assert imported <= {"__future__", "collections.abc", "dataclasses", "typing"} | own


# --- the canonical form ------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", sorted(PRESETS))
def test_a_rule_survives_its_json_form(key):
    rule = preset(key).rule
    text = json.dumps(rule.to_json())
    assert Rule.from_json(json.loads(text)) == rule
    assert text == json.dumps(rule.to_json(), sort_keys=True)


def test_the_order_of_a_list_does_not_change_the_rule():
    one = replace(rule_of("CC278"), measures=("area", "heads"), channels=("paper", "phone"))
    other = replace(rule_of("CC278"), measures=("heads", "area"), channels=("phone", "paper"))
    assert one.to_json() == other.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"units": "owner"},
        {"quorum": ["cast", ">", 1, 2]},
        {"quorum": {"count": "cast"}},
        {"passing": {"share": [">", 1, 2], "plurality": None}},
        {"passing": [">", 1, 2]},
        {"passing": {"share": [">", "1", 2]}},
        {"proxy": 0},
        {"choice": None},
        {"silence": "absent"},
        {"reconcile": 0},
        {"measures": "heads"},
        {"base": ["cast"]},
    ],
)
def test_an_ill_formed_json_rule_is_refused(change):
    good = preset("owners_ordinary").rule.to_json()
    with pytest.raises(RuleError):
        Rule.from_json({**good, **change})


def test_a_json_rule_has_every_field_and_is_an_object():
    good = preset("owners_ordinary").rule.to_json()
    for field in good:
        with pytest.raises(RuleError, match="rule_shape"):
            Rule.from_json({key: value for key, value in good.items() if key != field})
    with pytest.raises(RuleError, match="rule_shape"):
        Rule.from_json([good])


# --- channels ----------------------------------------------------------------------------------------------
MIXED = {
    "phone": Count(46, 28, 7),
    "tablet": Count(3, 2, 1),
    "paper": Count(7, 4, 0, 1),
    "hand": Count(17, 8, 2),
}
ASSEMBLY = preset("residents_assembly").rule


def test_channels_add_up():
    tally = merge(ASSEMBLY, MIXED, roll=240, present=126, issued=12)
    assert tally == Tally(240, 126, None, 73, 42, 10, 1)
    assert tally.cast == 126
    assert verdict(ASSEMBLY, {"heads": tally}).outcome == "passed"


@pytest.mark.parametrize(
    ("counts", "more", "code"),
    [
        ({**MIXED, "hand": Count(18, 8, 2)}, {}, "hands_over_present"),
        ({"phone": Count(100, 27)}, {}, "cast_over_present"),
        ({**MIXED, "hand": Count(), "paper": Count(8, 4, 0, 1)}, {"issued": 12}, "papers_over_issued"),
        ({"door": Count(1)}, {}, "channel_closed"),
        ({"phone": Count(241)}, {"present": None}, "cast_over_roll"),
    ],
)
def test_channels_that_cannot_be_are_refused(counts, more, code):
    with pytest.raises(RuleError) as caught:
        merge(ASSEMBLY, counts, **{"roll": 240, "present": 126, **more})
    assert caught.value.code == code


def test_papers_must_be_accounted_for_where_the_rule_says_so():
    rule = preset("recall_by_electors").rule
    with pytest.raises(RuleError, match="issued_missing"):
        merge(rule, {"paper": Count(10)}, roll=20)
    assert merge(rule, {"paper": Count(10)}, roll=20, issued=10).for_ == 10
    with pytest.raises(RuleError, match="negative"):
        Count(-1)


# --- elections ---------------------------------------------------------------------------------------------
COMMITTEE = preset("committee_by_representatives").rule
FIRST = {"A": 35, "B": 31, "C": 27, "D": 24, "E": 21, "F": 20}


def test_a_committee_is_elected_by_more_than_half_of_all_ballots():
    found = count_slate(COMMITTEE, FIRST, roll=48, cast=40, invalid=2, issued=40)
    assert (found.outcome, found.elected, found.need, found.quorum_need) == ("complete", tuple("ABCDE"), 21, 33)
    exactly_half = count_slate(COMMITTEE, {**FIRST, "E": 20}, roll=48, cast=40, invalid=2)
    assert exactly_half.elected == tuple("ABCD")
    assert count_slate(COMMITTEE, FIRST, roll=48, cast=39, invalid=0).need == 20


def test_two_thirds_exactly_is_not_more_than_two_thirds():
    marks = {"A": 20, "B": 1}
    assert count_slate(COMMITTEE, marks, roll=48, cast=32).outcome == "no_quorum"
    assert count_slate(COMMITTEE, marks, roll=48, cast=33).outcome == "short"


def test_a_tie_at_the_cut_is_voted_again_among_the_tied():
    found = count_slate(COMMITTEE, {**FIRST, "E": 22, "F": 22}, roll=48, cast=40, invalid=2)
    assert (found.outcome, found.elected, found.tied) == ("tied", tuple("ABCD"), ("E", "F"))
    assert (found.tied_seats, found.settle) == (1, "revote")
    again = count_slate(COMMITTEE.rematch(1), {"E": 18, "F": 20}, roll=48, cast=40)
    assert (again.outcome, again.elected) == ("complete", ("F",))


def test_a_shortfall_goes_to_a_second_round_with_the_floor_of_one_third():
    found = count_slate(COMMITTEE, {**FIRST, "E": 20, "F": 19}, roll=48, cast=40, invalid=2)
    assert (found.outcome, found.elected, found.vacant) == ("short", tuple("ABCD"), 1)
    assert found.second_list == ("E", "F")
    second = COMMITTEE.runoff(found.vacant)
    nobody = count_slate(second, {"E": 13, "F": 12}, roll=48, cast=40)
    assert (nobody.outcome, nobody.need, nobody.elected) == ("short", 14, ())
    somebody = count_slate(second, {"E": 13, "F": 12}, roll=48, cast=39)
    assert (somebody.outcome, somebody.need, somebody.elected) == ("complete", 13, ("E",))
    with pytest.raises(RuleError, match="no_second_round"):
        second.runoff(1)


def test_the_second_list_keeps_equals_at_its_end_and_may_be_set_by_the_rule():
    marks = {"A": 30, "B": 12, "C": 9, "D": 9, "E": 1}
    rule = replace(COMMITTEE, choice=Choice("slate", seats=2, write_in=True))
    assert count_slate(rule, marks, roll=48, cast=40, listed=3).second_list == ("B", "C", "D")
    fixed = replace(rule, second_round=rules.SecondRound(ONE_THIRD, extra=0))
    assert count_slate(fixed, marks, roll=48, cast=40, listed=3).second_list == ("B",)


def test_electors_of_the_whole_community():
    rule = preset("committee_by_electors").rule
    marks = dict.fromkeys("ABCDE", 325)
    assert count_slate(rule, marks, roll=1204, cast=602).outcome == "no_quorum"
    assert count_slate(rule, marks, roll=1204, cast=603).outcome == "complete"
    returned = count_slate(rule, marks, roll=1204, cast=648, issued=650)
    assert (returned.outcome, returned.need) == ("complete", 325)
    with pytest.raises(RuleError, match="papers_over_issued"):
        count_slate(rule, marks, roll=1204, cast=651, issued=650)


@pytest.mark.parametrize(
    ("marks", "more", "code"),
    [
        ({"A": 39}, {}, "marks_over_ballots"),
        (dict.fromkeys("ABCDEF", 38), {}, "marks_over_limit"),
        ({"A": -1}, {}, "negative"),
        ({"A": 1}, {"invalid": 41}, "invalid_over_cast"),
        ({"A": 1}, {"cast": 49}, "cast_over_roll"),
        ({"A": 1}, {"present": 30}, "cast_over_present"),
    ],
)
def test_impossible_marks(marks, more, code):
    with pytest.raises(RuleError) as caught:
        count_slate(COMMITTEE, marks, **{"roll": 48, "cast": 40, "invalid": 2, **more})
    assert caught.value.code == code


def test_a_candidate_may_have_any_name():
    assert count_pick(preset("project_pick").rule, {"cast": 3, "self": 2, "field": 1}, roll=9, cast=4).elected == (
        "cast",
        "self",
        "field",
    )


def test_representatives_of_a_group_tie_revote_lot():
    rule = preset("election_representatives").rule
    first = count_pick(rule, {"A": 12, "B": 12, "C": 6}, roll=36, cast=31)
    assert (first.outcome, first.tied, first.settle, first.need) == ("tied", ("A", "B"), "revote", None)
    again = rule.rematch(1)
    assert count_pick(again, {"A": 16, "B": 14}, roll=36, cast=30, again=True).elected == ("A",)
    even = count_pick(again, {"A": 15, "B": 15}, roll=36, cast=30, again=True)
    assert (even.outcome, even.settle) == ("tied", "lot")
    assert count_pick(rule, {"A": 0, "B": 0}, roll=36, cast=3).outcome == "short"


def test_the_demo_election_needs_24_of_46_returned():
    base = preset("election_representatives").rule
    rule = replace(base, choice=Choice("choose", maximum=2, seats=2, write_in=True), passing=OVER_HALF)
    marks = {"王淑珍": 37, "苏卫东": 21, "董爱民": 29, "魏国强": 2}
    found = count_pick(rule, marks, roll=60, cast=46, invalid=1, issued=46, listed=3)
    assert (found.outcome, found.elected, found.need, found.valid) == ("complete", ("王淑珍", "董爱民"), 24, 45)
    assert [count for _, count in found.marks] == [37, 29, 21, 2]


def test_projects_with_a_tie_for_the_third_place():
    marks = {"P1": 41, "P2": 38, "P3": 33, "P4": 33, "P5": 12, "P6": 9, "P7": 3, "P8": 1}
    found = count_pick(preset("project_pick").rule, marks, roll=80, cast=60, invalid=2)
    assert (found.elected, found.tied, found.tied_seats) == (("P1", "P2"), ("P3", "P4"), 1)
    with pytest.raises(RuleError, match="marks_over_limit"):
        count_pick(preset("project_pick").rule, {**marks, "P8": 6}, roll=80, cast=60, invalid=2)
    with pytest.raises(RuleError, match="choice_kind"):
        count_slate(preset("project_pick").rule, marks, roll=80, cast=60)


# --- ratings and consent -----------------------------------------------------------------------------------
GRADES = {"satisfied": 25, "mostly_satisfied": 10, "dissatisfied": 5, "unknown": 3}


def test_a_rating_prints_its_formula():
    rule = preset("satisfaction").rule
    found = count_rating(rule, GRADES, roll=60, cast=44, invalid=1, issued=45)
    assert (found.base, found.favourable, found.percent_x100) == (40, 35, 8750)
    assert (found.points, found.score_x100, found.outcome) == (3300, 8250, "noted")
    assert found.formula == "(100×25 + 80×10 + 0×5) ÷ 40 = 82.50"
    valid = count_rating(replace(rule, base="valid"), GRADES, roll=60, cast=44, invalid=1)
    assert (valid.base, valid.percent_x100) == (43, 8140)


def test_a_rating_can_ask_for_a_share_and_a_quorum():
    rule = replace(preset("satisfaction").rule, passing=Share(">=", 7, 8), quorum=Quorum("cast", TWO_THIRDS))
    assert count_rating(rule, GRADES, roll=66, cast=44, invalid=1).outcome == "passed"  # 35 of 40 exactly
    assert count_rating(rule, GRADES, roll=67, cast=44, invalid=1).outcome == "no_quorum"
    assert count_rating(replace(rule, base="valid"), GRADES, roll=66, cast=44, invalid=1).outcome == "failed"
    empty = count_rating(rule, {}, roll=0, cast=0)
    assert (empty.outcome, empty.percent_x100, empty.score_x100) == ("failed", None, None)


def test_impossible_grades():
    rule = preset("satisfaction").rule
    for grades, cast, code in (
        (GRADES, 45, "grades_differ"),
        ({"perfect": 1}, 1, "scale"),
        ({"satisfied": -1}, 0, "negative"),
        ({"satisfied": 61}, 61, "cast_over_roll"),
    ):
        with pytest.raises(RuleError) as caught:
            count_rating(rule, grades, roll=60, cast=cast, invalid=1 if grades is GRADES else 0)
        assert caught.value.code == code


def test_one_objection_leads_to_a_counted_vote():
    rule = preset("unanimous_consent").rule
    assert consent(rule, 0) == "passed"
    assert consent(rule, 1) == "objected"
    with pytest.raises(RuleError, match="choice_kind"):
        consent(preset("hall_vote").rule, 0)


# --- properties --------------------------------------------------------------------------------------------
shares = st.builds(
    lambda op, a, more: Share(op, a, a + more + (op == ">")),
    st.sampled_from(rules.OPS), st.integers(1, 12), st.integers(0, 12),
)  # fmt: skip
amounts = st.integers(0, 60)


@st.composite
def motions(draw, silences=("absent", "abstain")):
    count = draw(st.none() | st.sampled_from(rules.COUNTS))
    mode = draw(st.sampled_from(silences))
    return Rule(
        unit="owner",
        measures=draw(st.sampled_from([("heads",), ("heads", "area")])),
        quorum=count and Quorum(count, draw(shares)),
        base=draw(st.sampled_from(rules.BASES)),
        passing=draw(shares),
        silence=FOLLOW if mode == "follow" else Silence(mode),
    )


@st.composite
def tallies(draw, measures):
    """One tally per measure; those present and served, where given, hold everyone who could be counted in."""
    found = {}
    for measure in measures:
        votes = [draw(st.integers(0, 200)), *(draw(amounts) for _ in range(3))]
        served = draw(st.none() | st.integers(sum(votes), sum(votes) + 30))
        least_present = served or sum(votes)
        present = draw(st.none() | st.integers(least_present, least_present + 30))
        roll = max(sum(votes), served or 0, present or 0) + draw(amounts)
        found[measure] = Tally(roll, present, served, *votes)
    return found


@given(shares, st.integers(0, 10**12))
def test_need_is_the_least_integer_that_meets_the_share(share, total):
    assert need(share, total) == share.need(total)
    assert share.met(share.need(total), total)
    assert not share.met(share.need(total) - 1, total)


@given(st.data())
def test_one_more_vote_for_never_undoes_a_pass(data):
    rule = data.draw(motions())
    before = data.draw(tallies(rule.measures))
    after = {}
    for measure, tally in before.items():  # someone who was silent, or a guest of the roll, now votes for
        more = data.draw(st.integers(0, tally.roll - tally.cast))
        grown = {"for_": tally.for_ + more}
        for field in ("present", "served"):
            limit = getattr(tally, field)
            if limit is not None:
                grown[field] = max(limit, tally.cast + more)
        if tally.served is not None and tally.present is not None:
            grown["present"] = max(grown["present"], grown["served"])
        after[measure] = replace(tally, **grown)
    assert verdict(rule, before).outcome != "passed" or verdict(rule, after).outcome == "passed"


@given(st.data())
def test_a_changed_mind_towards_for_never_undoes_a_pass(data):
    rule = data.draw(motions())
    before = data.draw(tallies(rule.measures))
    side = data.draw(st.sampled_from(["against", "abstain"]))
    moved = {measure: data.draw(st.integers(0, getattr(tally, side))) for measure, tally in before.items()}
    after = {
        measure: replace(tally, for_=tally.for_ + moved[measure], **{side: getattr(tally, side) - moved[measure]})
        for measure, tally in before.items()
    }
    assert verdict(rule, before).outcome != "passed" or verdict(rule, after).outcome == "passed"


@given(st.data())
def test_splitting_a_count_over_channels_changes_nothing(data):
    rule = replace(data.draw(motions(rules.SILENCES)), channels=("phone", "tablet", "paper"))
    whole = data.draw(tallies(rule.measures))
    split = {}
    for measure, tally in whole.items():
        parts = {channel: {} for channel in rule.channels}
        for field in ("for_", "against", "abstain", "invalid"):
            left = getattr(tally, field)
            for channel in ("phone", "tablet"):
                parts[channel][field] = data.draw(st.integers(0, left))
                left -= parts[channel][field]
            parts["paper"][field] = left
        order = data.draw(st.permutations(rule.channels))
        counts = {channel: Count(**parts[channel]) for channel in order}
        split[measure] = merge(rule, counts, roll=tally.roll, present=tally.present, served=tally.served)
    assert split == whole
    assert verdict(rule, split) == verdict(rule, whole)


@given(st.data())
def test_the_verdict_agrees_with_exact_rationals(data):
    rule = data.draw(motions(("absent",)))
    given_tallies = data.draw(tallies(rule.measures))
    found = verdict(rule, given_tallies)
    quorum = passed = True
    for tally in given_tallies.values():
        cast = tally.for_ + tally.against + tally.abstain + tally.invalid
        counts = {
            "decided": tally.for_ + tally.against, "valid": cast - tally.invalid, "cast": cast, "all": tally.roll,
            "present": cast if tally.present is None else tally.present,
            "served": cast if tally.served is None else tally.served,
        }  # fmt: skip
        if rule.quorum:
            quorum &= counts[rule.quorum.count] >= least(rule.quorum.share, tally.roll)
        passed &= 0 < tally.for_ >= least(rule.passing, counts[rule.base])
    assert found.outcome == ("no_quorum" if not quorum else "passed" if passed else "failed")


@given(st.dictionaries(st.text("ABCDEFGH", min_size=1, max_size=1), st.integers(0, 40), min_size=1), st.randoms())
def test_the_order_of_candidates_never_changes_who_is_elected(marks, random):
    rule = replace(preset("project_pick").rule, choice=Choice("choose", maximum=8, seats=2))
    names = list(marks)
    random.shuffle(names)
    one = count_pick(rule, marks, roll=40, cast=40)
    other = count_pick(rule, {name: marks[name] for name in names}, roll=40, cast=40)
    assert (one.outcome, set(one.elected), set(one.tied)) == (other.outcome, set(other.elected), set(other.tied))


@given(motions(rules.SILENCES))
def test_every_rule_survives_its_json_form(rule):
    assert Rule.from_json(json.loads(json.dumps(rule.to_json()))) == rule


def test_shares_used_by_the_law():
    assert [share.need(48) for share in (OVER_HALF, TWO_THIRDS, OVER_TWO_THIRDS, ALL)] == [25, 32, 33, 48]
