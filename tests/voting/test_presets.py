"""The shipped presets, and the sentences in which verdicts and errors are told."""

import re
from dataclasses import replace

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from voting import presets, wording
from voting.checks import RuleError
from voting.presets import LEVEL_HEADINGS, LEVELS, PRESETS, preset
from voting.rules import Quorum, Rule, Share, Silence
from voting.verdicts import Count, Tally, merge, verdict
from voting.wording import (
    caution,
    explain,
    explain_consent,
    minutes_sentence,
    say_error,
    share_en,
    share_zh,
    tally_line,
)

SHIPPED = {  # key: (unit, quorum, base, passing, level, notice in days)
    "hall_vote": ("household", None, "present", (">", 1, 2), "consultation", 0),
    "hall_two_thirds": ("household", None, "present", (">=", 2, 3), "consultation", 0),
    "hall_motion": ("household", None, "decided", (">", 1, 2), "consultation", 0),
    "hall_motion_two_thirds": ("household", None, "decided", (">=", 2, 3), "consultation", 0),
    "residents_assembly": ("household", ("present", ">", 1, 2), "present", (">", 1, 2), "assembly", 10),
    "residents_assembly_persons": ("person", ("present", ">", 1, 2), "present", (">", 1, 2), "assembly", 10),
    "representatives_assembly": (
        "representative", ("present", ">=", 2, 3), "present", (">", 1, 2), "representatives", 0,
    ),
    "owners_ordinary": ("owner", ("cast", ">=", 2, 3), "cast", (">", 1, 2), "owners", 15),
    "owners_major": ("owner", ("cast", ">=", 2, 3), "cast", (">=", 3, 4), "owners", 15),
    "affected_unanimous": ("owner", None, "all", (">=", 1, 1), "owners", 0),
    "one_matter": ("representative", ("present", ">=", 2, 3), "present", (">", 1, 2), "representatives", 0),
    "committee_by_representatives": ("representative", ("cast", ">", 2, 3), "cast", (">", 1, 2), "election", 0),
    "committee_by_households": ("household", ("cast", ">", 1, 2), "cast", (">", 1, 2), "election", 0),
    "committee_by_electors": ("person", ("cast", ">", 1, 2), "cast", (">", 1, 2), "election", 0),
    "recall_by_representatives": ("representative", ("cast", ">", 2, 3), "cast", (">", 1, 2), "election", 0),
    "recall_by_households": ("household", ("cast", ">", 1, 2), "cast", (">", 1, 2), "election", 0),
    "recall_by_electors": ("person", ("cast", ">", 1, 2), "cast", (">", 1, 2), "election", 0),
}  # fmt: skip
WITHOUT_MAJORITY = {
    "sense_check", "sense_check_scale", "unanimous_consent", "election_representatives", "performance_review",
    "satisfaction", "project_pick",
}  # fmt: skip


def test_all_presets_are_shipped():
    assert set(PRESETS) == set(SHIPPED) | WITHOUT_MAJORITY


@pytest.mark.parametrize("key", sorted(SHIPPED))
def test_the_thresholds_of_the_law(key):
    unit, quorum, base, passing, level, notice = SHIPPED[key]
    found = preset(key)
    assert found.rule.unit == unit
    assert found.rule.quorum == (quorum and Quorum(quorum[0], Share(*quorum[1:])))
    assert (found.rule.base, found.rule.passing) == (base, Share(*passing))
    assert (found.level, found.notice_days) == (level, notice)


@pytest.mark.parametrize("key", sorted(PRESETS))
def test_a_preset_is_complete(key):
    found = preset(key)
    assert found.key == key
    assert found.version
    assert found.level in LEVELS
    assert LEVELS.keys() == LEVEL_HEADINGS.keys()
    assert found.minutes_key in wording.MINUTES
    assert found.legal_basis
    assert "," not in found.legal_basis
    with override("en"):
        assert str(found.name)
        assert str(found.source_note).endswith(".")
    for grade in found.rule.choice.scale:
        assert grade.code in presets.GRADES


def test_only_owners_decisions_need_the_switch_and_count_area():
    assert {key for key, found in PRESETS.items() if found.switch} == {
        "owners_ordinary", "owners_major", "affected_unanimous",
    }  # fmt: skip
    assert {key for key, found in PRESETS.items() if "area" in found.rule.measures} == {
        "owners_ordinary",
        "owners_major",
    }
    assert {key for key, found in PRESETS.items() if found.rule.weighted} == {
        "owners_ordinary", "owners_major", "one_matter",
    }  # fmt: skip


def test_committee_elections_are_secret_paper_elections_with_the_legal_limits():
    for way in ("representatives", "households", "electors"):
        rule = preset(f"committee_by_{way}").rule
        assert (rule.secrecy, rule.channels, rule.reconcile, rule.tie) == ("secret", ("paper",), True, "revote")
        assert rule.second_round.floor == Share(">=", 1, 3)
        if way == "representatives":
            assert rule.proxy is None
        else:
            assert (rule.proxy.per_holder, rule.proxy.candidate_may_hold, rule.proxy.publish_list) == (3, False, True)
    assert preset("election_representatives").rule.tie == "lot"
    assert [found.key for found in PRESETS.values() if found.rule.tie == "lot"] == ["election_representatives"]


# --- the sentence of a verdict -------------------------------------------------------------------------------
def judged(key_or_rule: str | Rule, **rows: tuple) -> tuple:
    rule = preset(key_or_rule).rule if isinstance(key_or_rule, str) else key_or_rule
    return verdict(rule, {measure: Tally(*row) for measure, row in rows.items()}), rule


DEMO = {"heads": (59, 48, None, 33, 11, 4), "area": (456502, None, None, 260336, 81078, 32807)}
ONE = (1, None, None, 1, 0, 0)

SENTENCES = [
    (
        judged("owners_ordinary", **DEMO),
        "参与表决 48 人、3742.21 ㎡，分别占业主总人数 59 人的 81.36%、总面积 4565.02 ㎡的 81.98%，均达到三分之二以上"
        "（需 40 人、3043.35 ㎡）；赞成 33 人、2603.36 ㎡，分别占参与表决的 68.75%、69.57%，均超过半数"
        "（需 25 人、1871.11 ㎡）。通过。",
        "Took part: 48 of 59 owners (81.36%) and 3742.21 of 4565.02 m² (81.98%); at least two thirds is needed in each "
        "(40 owners and 3043.35 m²): reached. For, out of those who took part: 33 of 48 owners (68.75%) and 2603.36 of "
        "3742.21 m² (69.57%); more than half is needed in each (25 owners and 1871.11 m²): reached. Passed.",
    ),
    (
        judged("owners_ordinary", heads=(6, None, None, 2, 2, 0), area=(56469, None, None, 22148, 15498, 0)),
        "参与表决 4 人、376.46 ㎡，分别占业主总人数 6 人的 66.67%、总面积 564.69 ㎡的 66.67%，均达到三分之二以上"
        "（需 4 人、376.46 ㎡）；赞成 2 人、221.48 ㎡，分别占参与表决的 50.00%、58.83%，人数未超过半数，面积超过半数"
        "（需 3 人、188.24 ㎡）。未通过。",
        "Took part: 4 of 6 owners (66.67%) and 376.46 of 564.69 m² (66.67%); at least two thirds is needed in each "
        "(4 owners and 376.46 m²): reached. For, out of those who took part: 2 of 4 owners (50.00%) and 221.48 of "
        "376.46 m² (58.83%); more than half is needed in each (3 owners and 188.24 m²): not reached for owners, "
        "reached for area. Not passed.",
    ),
    (
        judged("owners_major", heads=(6, None, None, 4, 0, 0), area=(56469, None, None, 36464, 0, 0)),
        "参与表决 4 人、364.64 ㎡，分别占业主总人数 6 人的 66.67%、总面积 564.69 ㎡的 64.57%，人数达到三分之二以上，"
        "面积未达到三分之二以上（需 4 人、376.46 ㎡）。参与不足，表决不成立，不作决定。",
        "Took part: 4 of 6 owners (66.67%) and 364.64 of 564.69 m² (64.57%); at least two thirds is needed in each "
        "(4 owners and 376.46 m²): reached for owners, not reached for area. No quorum: nothing is decided.",
    ),
    (
        judged("hall_vote", heads=(60, 46, None, 43, 1, 2)),
        "赞成 43 户，占到会 46 户的 93.48%，超过半数（需 24 户）。通过。",
        "For, out of those present: 43 of 46 households (93.48%); more than half is needed (24 households): reached. "
        "Passed.",
    ),
    (
        judged("hall_motion_two_thirds", heads=(60, 46, None, 0, 0, 2)),
        "赞成与反对合计 0 户，没有可以计入的票，赞成 0 户。未通过。",
        "For, out of all votes for and against: 0 of 0 households (—); there is no vote to count. Not passed.",
    ),
    (
        judged("affected_unanimous", heads=(10, None, None, 9, 0, 0)),
        "赞成 9 人，占名册全部 10 人的 90.00%，未达到全部（需 10 人）。未通过。",
        "For, out of the whole roll: 9 of 10 owners (90.00%); all are needed (10 owners): not reached. Not passed.",
    ),
    (
        judged("affected_unanimous", heads=ONE),
        "赞成 1 人，占名册全部 1 人的 100.00%，达到全部（需 1 人）。通过。",
        "For, out of the whole roll: 1 of 1 owner (100.00%); all are needed (1 owner): reached. Passed.",
    ),
    (
        judged("one_matter", households=(412, 275, None, 138, 137, 0)),
        "到会人员共代表 275 户，占总户数 412 户的 66.75%，达到三分之二以上（需 275 户）；赞成 138 户，占到会的 50.18%，"
        "超过半数（需 138 户）。通过。",
        "Present: 275 of 412 households (66.75%); at least two thirds is needed (275 households): reached. For, out of "
        "those present: 138 of 275 households (50.18%); more than half is needed (138 households): reached. Passed.",
    ),
    (
        judged("recall_by_representatives", heads=(48, None, None, 32, 0, 0)),
        "参与表决 32 人，占组成人员总数 48 人的 66.67%，未超过三分之二（需 33 人）。参与不足，表决不成立，不作决定。",
        "Took part: 32 of 48 members (66.67%); more than two thirds is needed (33 members): not reached. "
        "No quorum: nothing is decided.",
    ),
    (
        judged("sense_check", heads=(60, 46, None, 17, 25, 4)),
        "赞成 17 人，反对 25 人，弃权 4 人。只作参考，不作决定。",
        "Counted: 17 people for, 25 people against, 4 people abstaining. This shows opinions only and decides nothing.",
    ),
    (
        judged(
            replace(
                preset("owners_ordinary").rule, silence=Silence("follow", "第十二条", "签收表", "不投票视为同意多数")
            ),
            heads=(1200, None, 1150, 400, 250, 50),
            area=(10742400, None, 10294800, 3580800, 2238000, 447600),
        ),
        "已送达未表态的 450 人、40284.00 ㎡，按议事规则视为赞成，一并计入；参与表决 1150 人、102948.00 ㎡，分别占业主"
        "总人数 1200 人的 95.83%、总面积 107424.00 ㎡的 95.83%，均达到三分之二以上（需 800 人、71616.00 ㎡）；赞成 "
        "850 人、76092.00 ㎡，分别占参与表决的 73.91%、73.91%，均超过半数（需 576 人、51474.01 ㎡）。通过。",
        "Served but silent: 450 owners and 40284.00 m²; under the rules they are counted as for. Took part: 1150 of "
        "1200 owners (95.83%) and 102948.00 of 107424.00 m² (95.83%); at least two thirds is needed in each (800 "
        "owners and 71616.00 m²): reached. For, out of those who took part: 850 of 1150 owners (73.91%) and 76092.00 "
        "of 102948.00 m² (73.91%); more than half is needed in each (576 owners and 51474.01 m²): reached. Passed.",
    ),
]


@pytest.mark.parametrize(("found", "chinese", "english"), SENTENCES)
def test_the_verdict_in_words(found, chinese, english):
    assert explain(*found, "zh-hans") == chinese
    assert explain(*found, "en") == english


def test_an_unclear_majority_is_told():
    rule = replace(
        preset("owners_ordinary").rule, silence=Silence("follow", "第十二条", "签收表", "不投票视为同意多数")
    )
    found = judged(rule, heads=(10, None, 10, 4, 3, 0), area=(1000, None, 1000, 200, 500, 0))
    assert explain(*found, "zh-hans").startswith(
        "已送达未表态的 3 人、3.00 ㎡，已表决的多数意见不明确，按议事规则计为弃权，一并计入；"
    )
    assert "there is no clear majority to follow, so under the rules they are counted as abstaining" in explain(
        *found, "en"
    )


def test_no_sentence_in_an_unknown_language():
    with pytest.raises(ValueError, match="'fr'"):
        explain(*judged("hall_vote", heads=ONE), "fr")


@pytest.mark.parametrize(
    ("share", "met", "unmet", "english"),
    [
        ((">", 1, 2), "超过半数", "未超过半数", "more than half"),
        ((">=", 1, 2), "达到二分之一以上", "未达到二分之一以上", "at least half"),
        ((">", 2, 3), "超过三分之二", "未超过三分之二", "more than two thirds"),
        ((">=", 2, 3), "达到三分之二以上", "未达到三分之二以上", "at least two thirds"),
        ((">=", 1, 3), "达到三分之一以上", "未达到三分之一以上", "at least one third"),
        ((">=", 3, 4), "达到四分之三以上", "未达到四分之三以上", "at least three quarters"),
        ((">=", 4, 5), "达到五分之四以上", "未达到五分之四以上", "at least four fifths"),
        ((">=", 11, 20), "达到二十分之十一以上", "未达到二十分之十一以上", "at least 11/20"),
        ((">", 10, 35), "超过三十五分之十", "未超过三十五分之十", "more than 10/35"),
        ((">=", 60, 100), "达到100分之六十以上", "未达到100分之六十以上", "at least 60/100"),
        ((">=", 3, 3), "达到全部", "未达到全部", "all"),
    ],
)
def test_threshold_words(share, met, unmet, english):
    assert (share_zh(Share(*share)), share_zh(Share(*share), met=False)) == (met, unmet)
    assert share_en(Share(*share)) == english


@given(
    st.sampled_from(sorted(key for key, found in PRESETS.items() if found.rule.choice.kind == "motion")),
    st.lists(st.integers(0, 500), min_size=6, max_size=6),
)
def test_every_sentence_tells_need_numerator_and_denominator(key, numbers):
    *votes, absent, away = numbers
    rule = preset(key).rule
    present = sum(votes) + absent
    row = (present + away, present, None, *votes)
    found = verdict(rule, {measure: Tally(*row) for measure in rule.measures})
    zh, en = explain(found, rule, "zh-hans"), explain(found, rule, "en")
    assert zh.endswith(
        {"passed": "。通过。", "failed": "。未通过。", "no_quorum": "，不作决定。", "noted": "，不作决定。"}[
            found.outcome
        ]
    )
    for measure, figures in found.figures.items():
        show = wording.area if measure == "area" else str
        told = [figures.quorum_count, figures.roll, figures.quorum_need] if rule.quorum else []
        if found.outcome != "no_quorum" and rule.passing and figures.base:
            told += [figures.for_, figures.need, figures.base]
        for number in told:
            assert re.search(rf"(?<![\d.]){re.escape(show(number))} ", zh)
            assert show(number) in en
    assert ("未超过" in zh or "未达到" in zh) <= (found.outcome in ("failed", "no_quorum"))


def test_the_line_of_a_tally():
    found = judged("owners_ordinary", **DEMO)
    assert tally_line(*found, "zh-hans") == "赞成 33 人、2603.36 ㎡，反对 11 人、810.78 ㎡，弃权 4 人、328.07 ㎡"
    with_invalid = judged("hall_vote", heads=(60, 46, None, 20, 10, 5, 1))
    assert tally_line(*with_invalid, "zh-hans") == "赞成 20 户，反对 10 户，弃权 5 户，无效 1 户"
    assert tally_line(*with_invalid, "en") == (
        "20 households for, 10 households against, 5 households abstaining, 1 household invalid"
    )


def test_a_thin_majority_is_cautioned():
    thin = judged("hall_motion", heads=(30, 21, None, 1, 0, 20))
    assert caution(*thin, "zh-hans") == "请注意：到会 21 户，只有 1 户表示赞成或反对。"
    assert caution(*thin, "en") == "Please note: of 21 present, only 1 voted for or against."
    assert caution(*judged("owners_ordinary", **DEMO), "en") == ""


def test_agreed_without_objection():
    rule = preset("unanimous_consent").rule
    assert explain_consent(rule, 0, "zh-hans") == "主持人询问是否有不同意见，等候 10 秒，无人提出。一致通过。"
    assert explain_consent(rule, 2, "zh-hans").endswith("有 2 人提出。转为计票表决。")
    assert explain_consent(rule, 0, "en").endswith("there was none. Agreed without objection.")
    assert "objections: 2" in explain_consent(rule, 2, "en")


def test_a_halls_opinion_is_never_called_a_resolution_of_the_assembly():
    found = preset("hall_vote")
    text = minutes_sentence(found.minutes_key, "通过。", found.legal_basis)
    assert "不是居民会议、居民代表会议或业主大会的决议" in text
    assert text.endswith(
        "依据：《中华人民共和国城市居民委员会组织法》（2025年修订）第三十二条、第三十三条；本议事厅议事规则。"
    )
    for key, found in PRESETS.items():
        if found.level in ("intention", "consultation"):
            assert "决议" not in LEVEL_HEADINGS[found.level], key


def test_errors_in_words():
    with override("en"):
        assert say_error(RuleError("cast_over_present", cast=127, limit=126)) == (
            "More votes counted (127) than people present (126)."
        )
        assert "(376.47)" in say_error(RuleError("cast_over_roll", cast=37647, roll=37646), "area")
        with pytest.raises(RuleError) as caught:
            merge(preset("hall_vote").rule, {"door": Count(1)}, roll=1)
        assert say_error(caught.value) == "This vote has no channel “door”."
