"""Text before it is set, and the figures of a document."""

from __future__ import annotations

import pytest

from sessions.documents.fonts import covered
from sessions.documents.pages import Bar, Figures, amount, figure_rows, percent
from sessions.documents.typeset import breakable, clean, printable, title_lines, treat
from tests.documents import samples


def test_what_turns_lines_round_or_hides_is_taken_out() -> None:
    assert clean("王\u202e兰\u2066\u200f\u061c") == "王兰"
    assert clean("a\x00b\x07c\x1bd\u200be\ufefff\u2028g") == "abcdefg"
    assert clean("一\t二\n三") == "一\t二\n三"
    assert clean("半\ud83d个") == "半［U+D83D］个"


def test_what_no_font_can_print_is_named_and_names_stay_as_they_are() -> None:
    assert printable("好😀", covered()) == "好［U+1F600］"
    assert printable(samples.RARE + "喆堃", covered()) == samples.RARE + "喆堃"
    assert printable("郎", covered()) == "郎"  # U+F92C is not made U+90CE
    assert printable("葛\U000e0100", covered()) == "葛\U000e0100"  # a variant of one character


def test_only_text_between_tags_is_treated() -> None:
    html = '<p class="a"><img alt="他说“好”😀">他说“好”😀 &lt;b&gt; &amp;#x202E;&#x202E;</p>'
    treated = treat(html, covered())
    assert treated.startswith('<p class="a"><img alt="他说“好”😀">')
    assert "［U+1F600］ &lt;b&gt; &amp;#x202E;</p>" in treated
    assert "\u202e" not in treated


def test_long_tokens_may_break_and_quotes_bind() -> None:
    assert breakable("x" * 45) == "\u200b".join(["x" * 20, "x" * 20, "x" * 5])
    assert breakable("居民" * 40) == "居民" * 40
    assert breakable("问“好”吗").replace("\u200b", "|").replace("\u2060", "+") == "问|“+好+”|吗"


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("2026年第47次居民议事会纪要", ("2026年第47次居民议事会纪要",)),
        ("关于三号楼电梯更新及楼道照明改造事项的会议纪要", ("关于三号楼电梯更新", "及楼道照明改造事项的会议纪要")),
        ("关于引进物业服务、收费标准和公共收益收支公示办法的决议", None),
        ("很" * 70, None),
        ("", ("",)),
    ],
)
def test_titles_break_into_even_lines(title: str, lines: tuple[str, ...] | None) -> None:
    broken = title_lines(title)
    assert "".join(broken) == title
    assert all(len(line) <= 20 for line in broken)
    if lines is not None:
        assert broken == lines


def test_counts_and_shares_are_exact() -> None:
    assert amount("area", 456502) == "4\u00a0565.02\u00a0㎡"
    assert amount("heads", 59) == "59\u00a0人"
    assert amount("area", 7) == "0.07\u00a0㎡"
    assert [percent(48, 59), percent(374221, 456502), percent(33, 48), percent(260336, 374221)] == [
        "81.36%", "81.98%", "68.75%", "69.57%",
    ]  # fmt: skip
    assert percent(1, 3) == "33.33%"
    assert percent(2, 3) == "66.67%"
    assert percent(1, 1) == "100.00%"
    assert percent(0, 0) == "—"


def test_every_share_stands_beside_its_sum_and_what_was_needed() -> None:
    rows = {row.label: [cell.replace("\u00a0", " ") for cell in row.cells] for row in figure_rows(samples.FIGURES)}
    assert rows["参与占应参加"] == ["48 ÷ 59 ＝ 81.36%", "3 742.21 ÷ 4 565.02 ＝ 81.98%"]
    assert rows["须三分之二以上"] == ["需 40 人，达到", "需 3 043.35 ㎡，达到"]
    assert rows["赞成占参与"] == ["33 ÷ 48 ＝ 68.75%", "2 603.36 ÷ 3 742.21 ＝ 69.57%"]
    assert rows["须过半数"] == ["需 25 人，达到", "需 1 871.11 ㎡，达到"]
    assert "无效" not in rows


def test_a_rule_without_quorum_and_with_invalid_ballots_has_the_rows_it_needs() -> None:
    rows = figure_rows((Figures("households", 60, 46, 22, 20, 3, invalid=1, passing=Bar("过半数", 22, 46, 24, False)),))
    assert [row.label for row in rows] == [
        "应参加", "参与表决", "赞成", "反对", "弃权", "无效", "赞成占参与", "须过半数",
    ]  # fmt: skip
    assert rows[-1].cells == ("需 24\u00a0户，未达到",)
