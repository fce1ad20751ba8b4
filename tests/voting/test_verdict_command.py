"""``verdict FILE``: figures of the worked cases, and one sentence for every file that is not right."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

CASES = Path(__file__).with_name("voting_cases.json")
ROOT = Path(__file__).resolve().parents[2]
RULES = {
    "HALL": {"measures": ["heads"], "quorum": None, "base": "present", "pass": [">", 1, 2]},
    "OWNERS": {"measures": ["heads", "area"], "quorum": ["cast", ">=", 2, 3], "base": "cast", "pass": [">", 1, 2]},
    "FOLLOW": {"like": "OWNERS", "silence": "follow"},
}
ROW = ["10", "9", None, "5", "2", "1", "0"]


def run(path: object) -> dict:
    out = StringIO()
    call_command("verdict", str(path), stdout=out)
    return {case["id"]: case for case in json.loads(out.getvalue())["cases"]}


def file(tmp_path: Path, cases: object, rules: object = RULES) -> Path:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"rules": rules, "cases": cases}), "utf-8")
    return path


def refusal(path: object) -> str:
    with override("en"), pytest.raises(CommandError) as caught:
        call_command("verdict", str(path), stdout=StringIO())
    assert caught.value.returncode == 1
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


# --- good files ----------------------------------------------------------------------------------------------
def test_all_worked_cases():
    found = run(CASES)
    assert len(found) == 47
    assert all(case["matches"] and case["outcome"] == case["expect"] for case in found.values())
    assert found["06a"]["measures"]["heads"]["need"] == 3
    area = found["06a"]["measures"]["area"]
    assert (area["scale"], area["base"], area["need"], area["quorum_need"]) == (100, 37646, 18824, 37646)
    assert area["decimal"]["for"] == "309.33"
    assert area["decimal"]["quorum_need"] == "376.46"
    assert "decimal" not in found["06a"]["measures"]["heads"]
    assert found["10a"]["measures"]["heads"]["quorum_need"] is None
    assert found["06c"]["sentence"]["zh-hans"].endswith("表决不成立，不作决定。")
    assert found["09c"]["measures"]["area"]["silent"] == 4028400
    assert list(found)[:2] == ["01a", "01b"]


def test_the_demo_motion(tmp_path):
    case = {
        "id": "1-1",
        "rule": "OWNERS",
        "tally": {
            "heads": [59, None, None, 33, 11, 4, 0],
            "area": ["4565.02", None, None, "2603.36", 810.78, "328.07", 0],
        },
    }
    found = run(file(tmp_path, [case]))["1-1"]
    assert found["outcome"] == "passed"
    assert "expect" not in found
    assert "matches" not in found
    heads, area = found["measures"]["heads"], found["measures"]["area"]
    assert [heads[name] for name in ("roll", "cast", "for", "against", "abstain", "quorum_need", "need")] == [
        59, 48, 33, 11, 4, 40, 25,
    ]  # fmt: skip
    assert [area["decimal"][name] for name in ("roll", "cast", "for", "against", "abstain", "quorum_need", "need")] == [
        "4565.02", "3742.21", "2603.36", "810.78", "328.07", "3043.35", "1871.11",
    ]  # fmt: skip
    assert "均超过半数（需 25 人、1871.11 ㎡）。通过。" in found["sentence"]["zh-hans"]


@pytest.mark.parametrize(
    ("written", "x100"),
    [
        ("564.69", 56469),
        ("564.7", 56470),
        ("564", 56400),
        (564, 56400),
        (564.69, 56469),
        ("007.10", 710),
        (564.0, 56400),
    ],
)
def test_areas_are_read_exactly(tmp_path, written, x100):
    rows = {"heads": [9, None, None, 1, 0, 0, 0], "area": [written, None, None, "0.29", 0, 0, 0]}
    found = run(file(tmp_path, [{"id": "a", "rule": "OWNERS", "tally": rows}]))["a"]["measures"]["area"]
    assert (found["roll"], found["for"]) == (x100, 29)


def test_like_may_be_chained_and_changed(tmp_path):
    rules = {**RULES, "NOBODY": {"like": "FOLLOW", "silence": "absent", "quorum": None}}
    rows = {"heads": [10, None, 8, 3, 1, 0, 0], "area": [10, None, 8, 3, 1, 0, 0]}
    cases = [{"id": name, "rule": name, "tally": rows} for name in ("OWNERS", "FOLLOW", "NOBODY")]
    found = run(file(tmp_path, cases, rules))
    assert {name: case["outcome"] for name, case in found.items()} == {
        "OWNERS": "no_quorum", "FOLLOW": "passed", "NOBODY": "passed",
    }  # fmt: skip


def test_an_unexpected_outcome_is_told_and_exits_with_2(tmp_path):
    path = file(tmp_path, [
        {"id": "right", "rule": "HALL", "tally": {"heads": ROW}, "expect": "passed"},
        {"id": "wrong", "rule": "HALL", "tally": {"heads": ROW}, "expect": "failed"},
    ])  # fmt: skip
    out = StringIO()
    with override("en"), pytest.raises(CommandError, match=r"wrong\.$") as caught:
        call_command("verdict", str(path), stdout=out)
    assert caught.value.returncode == 2
    matches = {case["id"]: case["matches"] for case in json.loads(out.getvalue())["cases"]}
    assert matches == {"right": True, "wrong": False}


def test_an_empty_list_and_a_byte_order_mark_are_fine(tmp_path):
    path = tmp_path / "empty.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"rules": {}, "cases": []}).encode())
    assert run(path) == {}


def test_the_command_line_needs_no_database(tmp_path):
    """The real door: exit codes, JSON on stdout, the sentence on stderr, with a database that is not there."""
    env = {**os.environ, "HALL_DATABASE": "postgresql://nobody@127.0.0.1:9/none", "HALL_DATA": str(tmp_path / "none")}
    wrong = file(tmp_path, [{"id": "w", "rule": "HALL", "tally": {"heads": ROW}, "expect": "failed"}])

    def manage(path: object) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "verdict", str(path)],
            env=env, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip

    good, differs, missing = manage(CASES), manage(wrong), manage(tmp_path / "missing.json")
    assert (good.returncode, good.stderr) == (0, "")
    assert len(json.loads(good.stdout)["cases"]) == 47
    assert differs.returncode == 2
    assert json.loads(differs.stdout)["cases"][0]["matches"] is False
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.count("\n") == 1
    assert "missing.json" in missing.stderr


# --- files that are not right --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "JSON object"),
        (b"null", "JSON object"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"rules": {}}', "“cases”"),
        (b'{"cases": []}', "“rules”"),
        (b'{"rules": [], "cases": []}', "“rules”"),
        (b'{"rules": {}, "cases": {}}', "“cases”"),
        (b'{"rules": {}, "cases": [], "rules": {}}', "“rules” twice"),
        (b"[" * 100_000, "too deeply nested"),
        (b'{"rules": {}, "cases": [' + b"9" * 5000 + b"]}", "not JSON"),
        (b'{"rules": {}, "cases": [1]}', "Case number 1"),
        (b'{"rules": {}, "cases": [{}]}', "Case number 1: “id”"),
        (b'{"rules": {}, "cases": [{"id": ""}]}', "Case number 1: “id”"),
        (b'{"rules": {}, "cases": [{"id": "a\\u202eb"}]}', "Case number 1: “id”"),
        (b'{"rules": {}, "cases": [{"id": "\\ud800"}]}', "Case number 1: “id”"),
        (b'{"rules": {}, "cases": [{"id": true}]}', "Case number 1: “id”"),
    ],
)
def test_a_broken_file(tmp_path, content, told):
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    assert told in refusal(path)


def test_a_file_that_cannot_be_read(tmp_path):
    assert "missing.json" in refusal(tmp_path / "missing.json")
    assert "cannot be read" in refusal(tmp_path)
    assert "cannot be read" in refusal("a\0b")
    huge = tmp_path / "huge.json"
    with huge.open("wb") as stream:
        stream.truncate(20_000_001)
    assert "larger than 20 MB" in refusal(huge)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (["-10", "9", None, "5", "2", "1", "0"], "tally.heads.roll"),
        ([-10, 9, None, 5, 2, 1, 0], "tally.heads.roll"),
        (["10", "9", None, "5", "2", True, "0"], "tally.heads.abstain"),
        (["10", "9", None, None, "2", "1", "0"], "tally.heads.for"),
        (["10", "9", None, "5", "2", "1", None], "tally.heads.invalid"),
        ([None, "9", None, "5", "2", "1", "0"], "tally.heads.roll"),
        (["10", "9", None, "5.0", "2", "1", "0"], "tally.heads.for"),
        (["10", "9", None, 5.5, "2", "1", "0"], "tally.heads.for"),
        (["1e3", "9", None, "5", "2", "1", "0"], "tally.heads.roll"),
        ([1e30, "9", None, "5", "2", "1", "0"], "tally.heads.roll"),
        ([10**20, "9", None, "5", "2", "1", "0"], "tally.heads.roll"),
        (["10", "", None, "5", "2", "1", "0"], "tally.heads.present"),
        (["10", "9", " 9", "5", "2", "1", "0"], "tally.heads.served"),
        (["10", "9", [], "5", "2", "1", "0"], "tally.heads.served"),
        (["10", "９", None, "5", "2", "1", "0"], "tally.heads.present"),
        (["10", "٩", None, "5", "2", "1", "0"], "tally.heads.present"),
        (["10", "9", None, "1_0", "2", "1", "0"], "tally.heads.for"),
        (["10", "9\n", None, "5", "2", "1", "0"], "tally.heads.present"),
        (["10", float("nan"), None, "5", "2", "1", "0"], "tally.heads.present"),
        (["10", "9", None, float("inf"), "2", "1", "0"], "tally.heads.for"),
        (["10", "9", None, "5", "2", "1"], "tally.heads"),
        ([*ROW, "0"], "tally.heads"),
        ("10", "tally.heads"),
        ({"roll": 10}, "tally.heads"),
        (["10", "4", None, "5", "2", "1", "0"], "tally.heads"),
        (["7", None, None, "5", "2", "1", "0"], "tally.heads"),
        (["10", None, "7", "5", "2", "1", "0"], "tally.heads"),
        (["10", "11", None, "5", "2", "1", "0"], "tally.heads"),
    ],
)
def test_a_wrong_figure_names_case_and_field(tmp_path, row, field):
    sentence = refusal(file(tmp_path, [{"id": "甲1", "rule": "HALL", "tally": {"heads": row}}]))
    assert "Case “甲1”" in sentence
    assert f"“{field}”" in sentence


@pytest.mark.parametrize(
    "value",
    ["564.691", 564.691, "-1.00", "+1.00", ".5", "5.", "1e3", 1e300, "1,000.00", float("nan"), False, "5.00 ㎡"],
)
def test_a_wrong_area_names_case_and_field(tmp_path, value):
    rows = {"heads": [6, None, None, 3, 1, 0, 0], "area": [value, None, None, "0.10", "0", "0", "0"]}
    sentence = refusal(file(tmp_path, [{"id": "06x", "rule": "OWNERS", "tally": rows}]))
    assert "Case “06x”, “tally.area.roll”: it must be an area in ㎡" in sentence


def test_an_impossible_area_is_told_in_square_metres(tmp_path):
    rows = {"heads": [6, None, None, 3, 1, 0, 0], "area": ["376.45", None, None, "376.46", 0, 0, 0]}
    sentence = refusal(file(tmp_path, [{"id": "06x", "rule": "OWNERS", "tally": rows}]))
    assert "(376.46) than the roll holds (376.45)" in sentence


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rule": "NONE"}, "“rule”: there is no rule “NONE”"),
        ({"rule": None}, "“rule”"),
        ({"rule": ["HALL"]}, "“rule”"),
        ({"tally": None}, "“tally”"),
        ({"tally": {}}, "“tally”: The rule counts heads"),
        ({"tally": {"heads": ROW, "area": ROW}}, "“tally”: The rule counts heads"),
        ({"tally": {"votes": ROW}}, "“tally.votes”: there is no such measure"),
        ({"expect": "won"}, "“expect”"),
        ({"expect": True}, "“expect”"),
        ({"expect": []}, "“expect”"),
    ],
)
def test_a_wrong_case(tmp_path, change, told):
    case = {"id": "c", "rule": "HALL", "tally": {"heads": ROW}, **change}
    sentence = refusal(file(tmp_path, [case]))
    assert "Case “c”" in sentence
    assert told in sentence


def test_two_cases_of_one_id(tmp_path):
    case = {"id": "c", "rule": "HALL", "tally": {"heads": ROW}}
    assert "“c”" in refusal(file(tmp_path, [case, case]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"like": "NONE"}, "“NONE”"),
        ({"like": "X"}, "in a circle"),
        ({"like": 5}, "“5”"),
        ({"quorom": None}, "“quorom”"),
        ({"measures": []}, "“measures”"),
        ({"measures": "heads"}, "“measures”"),
        ({"measures": ["heads", "heads"]}, "“measures”"),
        ({"measures": ["feet"]}, "“measures”"),
        ({"quorum": ["cast", ">", 1]}, "“quorum” must be a list of 4"),
        ({"quorum": ["all", ">", 1, 2]}, "“quorum”"),
        ({"quorum": ["cast", "≥", 1, 2]}, "“op”"),
        ({"quorum": ["cast", ">", 1, 0]}, "0 < a ≤ b"),
        ({"pass": None}, "“pass” must be a list of 3"),
        ({"pass": [">", 1.0, 2]}, "0 < a ≤ b"),
        ({"pass": [">", "1", "2"]}, "0 < a ≤ b"),
        ({"pass": [">", 2, 2]}, "can never be reached"),
        ({"base": "everyone"}, "“base”"),
        ({"base": {}}, "“base”"),
        ({"silence": "shout"}, "“silence”"),
        ({"silence": None}, "“silence”"),
    ],
)
def test_a_wrong_rule_is_named(tmp_path, change, told):
    sentence = refusal(file(tmp_path, [], {"X": {**RULES["HALL"], **change}}))
    assert sentence.startswith("Rule “X”")
    assert told in sentence


def test_rules_that_lead_in_a_circle_or_too_far(tmp_path):
    circle = {"A": {"like": "B"}, "B": {"like": "C"}, "C": {"like": "A"}}
    assert "Rule “A”: its “like” goes in a circle" in refusal(file(tmp_path, [], circle))
    long = {**RULES, **{f"R{step}": {"like": f"R{step + 1}"} for step in range(50_000)}, "R50000": {"like": "HALL"}}
    assert "through too many rules" in refusal(file(tmp_path, [], long))


def test_a_rule_needs_its_fields(tmp_path):
    for field in ("measures", "quorum", "base", "pass"):
        rule = {key: value for key, value in RULES["HALL"].items() if key != field}
        assert f"“{field}” is missing" in refusal(file(tmp_path, [], {"X": rule}))
    assert "must be an object" in refusal(file(tmp_path, [], {"X": None}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(["rules", "cases", "rule", "case", "tally", "row", "figure"]), json_values)
def test_any_json_in_any_place_is_answered_or_refused_in_one_sentence(tmp_path_factory, place, value):
    row = [value, "9", None, "5", "2", "1", "0"] if place == "figure" else value if place == "row" else ROW
    tally = value if place == "tally" else {"heads": row}
    case = value if place == "case" else {"id": "c", "rule": "HALL", "tally": tally}
    rules = value if place == "rules" else {**RULES, "X": value} if place == "rule" else RULES
    path = tmp_path_factory.mktemp("hostile") / "cases.json"
    path.write_text(json.dumps({"rules": rules, "cases": value if place == "cases" else [case]}), "utf-8")
    out, refused = StringIO(), None
    try:
        call_command("verdict", str(path), stdout=out)
    except CommandError as error:
        refused = error
    if refused is None:
        assert isinstance(json.loads(out.getvalue())["cases"], list)
    else:
        assert refused.returncode == 1
        assert len(str(refused)) < 400
        assert str(refused).isprintable()
