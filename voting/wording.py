"""The words of votes 表决用语: verdict sentences in Chinese and English, and errors in words.

The verdict sentences are written for a language given as an argument (the thread that writes them has no reader and
so no active language), as two complete texts rather than one translated pattern: order, measure words and the two
words for a threshold (超过, 达到……以上) differ too much. Numerator, denominator and the exact need are always told;
percentages are decoration. Numbers are plain digits, areas have two decimals and ㎡.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from voting.checks import RuleError
from voting.rules import Rule, Share, percent_x100
from voting.verdicts import Figures, Verdict


def area(area_x100: int) -> str:
    """374221 → "3742.21", without a unit."""
    return f"{area_x100 // 100}.{area_x100 % 100:02d}"


def percent(count: int, total: int) -> str:
    """ "68.75%", rounded half up; "—" of a total of zero."""
    hundredths = percent_x100(count, total)
    return "—" if hundredths is None else f"{area(hundredths)}%"


def explain(verdict: Verdict, rule: Rule, language: str) -> str:
    """The full sentence of a motion's verdict in ``zh-hans`` or ``en``; ValueError for another language."""
    if language.lower().startswith("zh"):
        return _explain_zh(verdict, rule)
    if language.lower().startswith("en"):
        return _explain_en(verdict, rule)
    raise ValueError(f"no verdict sentence in {language!r}")


def tally_line(verdict: Verdict, rule: Rule, language: str) -> str:
    """For, against, abstaining and, if any, invalid, without judging: "赞成 33 人、2603.36 ㎡，反对 …"."""
    zh = language.lower().startswith("zh")
    amounts = _amounts_zh if zh else _amounts_en
    words = ("赞成", "反对", "弃权", "无效") if zh else ("for", "against", "abstaining", "invalid")
    rows = [
        (word, {measure: getattr(verdict.figures[measure], field) for measure in rule.measures})
        for word, field in zip(words, ("for_", "against", "abstain", "invalid"), strict=True)
    ]
    told = [(word, counts) for word, counts in rows if word not in ("无效", "invalid") or any(counts.values())]
    if zh:
        return "，".join(f"{word} {amounts(rule, counts)}" for word, counts in told)
    return ", ".join(f"{amounts(rule, counts)} {word}" for word, counts in told)


def caution(verdict: Verdict, rule: Rule, language: str) -> str:
    """A remark where a motion passed though fewer than half of those present said yes or no; else ""."""
    first = verdict.figures[rule.measures[0]]
    if verdict.outcome != "passed" or first.decided * 2 >= first.present:
        return ""
    counts = {"present": first.present, "decided": first.decided}
    if language.lower().startswith("zh"):
        shown = {name: _amount_zh(rule, rule.measures[0], count) for name, count in counts.items()}
        return f"请注意：到会 {shown['present']}，只有 {shown['decided']}表示赞成或反对。"
    return f"Please note: of {first.present} present, only {first.decided} voted for or against."


# --- Chinese -----------------------------------------------------------------------------------------------
_UNIT_ZH = {"person": "人", "household": "户", "owner": "人", "representative": "人"}
_ROLL_ZH = {"person": "总人数", "household": "总户数", "owner": "业主总人数", "representative": "组成人员总数"}
_COUNT_ZH = {
    "decided": "赞成与反对合计",
    "valid": "有效表决",
    "cast": "参与表决",
    "present": "到会",
    "served": "已送达",
    "all": "名册全部",
}
_SILENT_ZH = {"for": "视为赞成", "against": "视为反对", "abstain": "计为弃权"}
_OUTCOME_ZH = {"passed": "通过。", "failed": "未通过。", "no_quorum": "参与不足，表决不成立，不作决定。"}
_DIGITS = "零一二三四五六七八九"


def _number_zh(number: int) -> str:
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return ten + (_DIGITS[ones] if ones or not tens else "")


def share_zh(share: Share, met: bool = True) -> str:
    """The legal word: 超过半数, 达到三分之二以上, 达到全部; with 未 before it when not met."""
    no = "" if met else "未"
    if share.a == share.b:
        return f"{no}达到全部"
    part = f"{_number_zh(share.b)}分之{_number_zh(share.a)}"
    if share.op == ">=":
        return f"{no}达到{part}以上"
    return f"{no}超过{'半数' if (share.a, share.b) == (1, 2) else part}"


def _amount_zh(rule: Rule, measure: str, count: int) -> str:
    if measure == "area":
        return f"{area(count)} ㎡"
    return f"{count} {'户' if measure == 'households' else _UNIT_ZH[rule.unit]}"


def _amounts_zh(rule: Rule, counts: dict[str, int]) -> str:
    return "、".join(_amount_zh(rule, measure, count) for measure, count in counts.items())


def _measure_zh(rule: Rule, measure: str) -> str:
    if measure == "heads":
        return "户数" if rule.unit == "household" else "人数"
    return {"area": "面积", "households": "所代表户数"}[measure]


def _roll_zh(rule: Rule, measure: str) -> str:
    return _ROLL_ZH[rule.unit] if measure == "heads" else {"area": "总面积", "households": "总户数"}[measure]


def _judged_zh(rule: Rule, share: Share, met: dict[str, bool], needs: dict[str, int]) -> str:
    if len(met) == 1 or len(set(met.values())) == 1:
        word = ("均" if len(met) > 1 else "") + share_zh(share, all(met.values()))
    else:
        word = "，".join(f"{_measure_zh(rule, measure)}{share_zh(share, each)}" for measure, each in met.items())
    return f"{word}（需 {_amounts_zh(rule, needs)}）"


def _of_zh(parts: Iterable[str]) -> str:
    told = list(parts)
    return ("分别" if len(told) > 1 else "") + "占" + "、".join(told)


def _count_word_zh(rule: Rule, count: str) -> str:
    by_proxy = count == "present" and rule.measures == ("households",) and rule.unit == "representative"
    return "到会人员共代表" if by_proxy else _COUNT_ZH[count]


def _explain_zh(verdict: Verdict, rule: Rule) -> str:
    figures = {measure: verdict.figures[measure] for measure in rule.measures}
    clauses = [_silence_zh(rule, figures)] if _silence_matters(figures) else []
    if rule.quorum:
        counted = {measure: each.quorum_count or 0 for measure, each in figures.items()}
        shares = (
            f"{_roll_zh(rule, measure)} {_amount_zh(rule, measure, each.roll)}的 {percent(counted[measure], each.roll)}"
            for measure, each in figures.items()
        )
        judged = _judged_zh(
            rule,
            rule.quorum.share,
            {measure: each.quorum_met for measure, each in figures.items()},
            {measure: each.quorum_need or 0 for measure, each in figures.items()},
        )
        word = _count_word_zh(rule, rule.quorum.count)
        clauses.append(f"{word} {_amounts_zh(rule, counted)}，{_of_zh(shares)}，{judged}")
    if verdict.outcome != "no_quorum":
        clauses.append(_passing_zh(verdict, rule, figures))
    return "；".join(clauses) + "。" + _OUTCOME_ZH.get(verdict.outcome, "只作参考，不作决定。")


def _passing_zh(verdict: Verdict, rule: Rule, figures: dict[str, Figures]) -> str:
    if not isinstance(rule.passing, Share):
        return tally_line(verdict, rule, "zh-hans")
    bases = {measure: each.base for measure, each in figures.items()}
    word = _COUNT_ZH[rule.base]
    if not any(bases.values()):
        return f"{word} {_amounts_zh(rule, bases)}，没有可以计入的票，赞成 {_amounts_zh(rule, bases)}"
    votes = {measure: each.for_ for measure, each in figures.items()}
    percents = [percent(votes[measure], bases[measure]) for measure in figures]
    told = rule.quorum is not None and rule.quorum.count == rule.base  # the denominator stands in the first clause
    total = "" if told else f" {_amounts_zh(rule, bases)}"
    of = ("分别" if len(percents) > 1 else "") + f"占{word}{total}的 {'、'.join(percents)}"
    judged = _judged_zh(
        rule,
        rule.passing,
        {measure: each.pass_met for measure, each in figures.items()},
        {measure: each.need or 0 for measure, each in figures.items()},
    )
    return f"赞成 {_amounts_zh(rule, votes)}，{of}，{judged}"


def _silence_matters(figures: dict[str, Figures]) -> bool:
    return any(each.silent and each.silent_as != "absent" for each in figures.values())


def _silence_zh(rule: Rule, figures: dict[str, Figures]) -> str:
    silent = _amounts_zh(rule, {measure: each.silent for measure, each in figures.items()})
    side = next(iter(figures.values())).silent_as
    why = "已表决的多数意见不明确，" if rule.silence.mode == "follow" and side == "abstain" else ""
    return f"已送达未表态的 {silent}，{why}按议事规则{_SILENT_ZH[side]}，一并计入"


# --- English -----------------------------------------------------------------------------------------------
_UNIT_EN = {
    "person": ("person", "people"),
    "household": ("household", "households"),
    "owner": ("owner", "owners"),
    "representative": ("member", "members"),
}
_COUNT_EN = {"valid": "Valid votes", "cast": "Took part", "present": "Present", "served": "Served with the papers"}
_BASE_EN = {
    "decided": "all votes for and against",
    "valid": "all valid votes",
    "cast": "those who took part",
    "present": "those present",
    "served": "those served with the papers",
    "all": "the whole roll",
}
_SILENT_EN = {"for": "counted as for", "against": "counted as against", "abstain": "counted as abstaining"}
_OUTCOME_EN = {"passed": "Passed.", "failed": "Not passed.", "no_quorum": "No quorum: nothing is decided."}
_WORDS_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PARTS_EN = {2: ("half", "halves"), 3: ("third", "thirds"), 4: ("quarter", "quarters"), 5: ("fifth", "fifths")}


def share_en(share: Share) -> str:
    """ "more than half", "at least two thirds", "all"."""
    if share.a == share.b:
        return "all"
    if (share.a, share.b) == (1, 2):
        part = "half"
    elif share.b in _PARTS_EN:
        part = f"{_WORDS_EN[share.a]} {_PARTS_EN[share.b][share.a > 1]}"
    else:
        part = f"{share.a}/{share.b}"
    return f"{'more than' if share.op == '>' else 'at least'} {part}"


def _noun_en(rule: Rule, measure: str, count: int) -> str:
    if measure == "area":
        return "m²"
    return _UNIT_EN["household" if measure == "households" else rule.unit][count != 1]


def _amounts_en(rule: Rule, counts: dict[str, int]) -> str:
    shown = (
        f"{area(count) if measure == 'area' else count} {_noun_en(rule, measure, count)}"
        for measure, count in counts.items()
    )
    return " and ".join(shown)


def _of_en(rule: Rule, counts: dict[str, int], totals: dict[str, int]) -> str:
    parts = []
    for measure, total in totals.items():
        show = area if measure == "area" else str
        noun = _noun_en(rule, measure, total)
        parts.append(f"{show(counts[measure])} of {show(total)} {noun} ({percent(counts[measure], total)})")
    return " and ".join(parts)


def _judged_en(rule: Rule, share: Share, met: dict[str, bool], needs: dict[str, int]) -> str:
    if len(set(met.values())) == 1:
        told = "reached" if all(met.values()) else "not reached"
    else:
        names = {measure: "area" if measure == "area" else _noun_en(rule, measure, 2) for measure in met}
        told = ", ".join(
            f"{'reached' if each else 'not reached'} for {names[measure]}" for measure, each in met.items()
        )
    verb = "are" if share.a == share.b else "is"
    each = " in each" if len(met) > 1 else ""
    return f"{share_en(share)} {verb} needed{each} ({_amounts_en(rule, needs)}): {told}"


def _explain_en(verdict: Verdict, rule: Rule) -> str:
    figures = {measure: verdict.figures[measure] for measure in rule.measures}
    sentences = [_silence_en(rule, figures)] if _silence_matters(figures) else []
    if rule.quorum:
        judged = _judged_en(
            rule,
            rule.quorum.share,
            {measure: each.quorum_met for measure, each in figures.items()},
            {measure: each.quorum_need or 0 for measure, each in figures.items()},
        )
        counted = {measure: each.quorum_count or 0 for measure, each in figures.items()}
        of = _of_en(rule, counted, {measure: each.roll for measure, each in figures.items()})
        sentences.append(f"{_COUNT_EN[rule.quorum.count]}: {of}; {judged}.")
    if verdict.outcome != "no_quorum":
        sentences.append(_passing_en(verdict, rule, figures))
    sentences.append(_OUTCOME_EN.get(verdict.outcome, "This shows opinions only and decides nothing."))
    return " ".join(sentences)


def _passing_en(verdict: Verdict, rule: Rule, figures: dict[str, Figures]) -> str:
    if not isinstance(rule.passing, Share):
        return f"Counted: {tally_line(verdict, rule, 'en')}."
    bases = {measure: each.base for measure, each in figures.items()}
    if not any(bases.values()):
        return f"For, out of {_BASE_EN[rule.base]}: {_of_en(rule, bases, bases)}; there is no vote to count."
    judged = _judged_en(
        rule,
        rule.passing,
        {measure: each.pass_met for measure, each in figures.items()},
        {measure: each.need or 0 for measure, each in figures.items()},
    )
    votes = {measure: each.for_ for measure, each in figures.items()}
    return f"For, out of {_BASE_EN[rule.base]}: {_of_en(rule, votes, bases)}; {judged}."


def _silence_en(rule: Rule, figures: dict[str, Figures]) -> str:
    silent = _amounts_en(rule, {measure: each.silent for measure, each in figures.items()})
    side = next(iter(figures.values())).silent_as
    why = "there is no clear majority to follow, so " if rule.silence.mode == "follow" and side == "abstain" else ""
    return f"Served but silent: {silent}; {why}under the rules they are {_SILENT_EN[side]}."


# --- agreed without objection, and the minutes ---------------------------------------------------------------
def explain_consent(rule: Rule, objections: int, language: str) -> str:
    """The sentence of 一致通过: asked, waited, nobody objected; or how many did, and what follows."""
    seconds = rule.choice.wait_s
    if language.lower().startswith("zh"):
        asked = f"主持人询问是否有不同意见，等候 {seconds} 秒，"
        return asked + (f"有 {objections} 人提出。转为计票表决。" if objections else "无人提出。一致通过。")
    asked = f"The chair asked for objections and waited {seconds} seconds; "
    if objections:
        return f"{asked}objections: {objections}. The motion goes to a counted vote."
    return f"{asked}there was none. Agreed without objection."


_OPINION = "本结果为协商意见，不是居民会议、居民代表会议或业主大会的决议。"
MINUTES = {
    "consultation": f"到会居民协商表决：{{result}}{_OPINION}依据：{{basis}}。",
    "consent": f"{{result}}{_OPINION}依据：{{basis}}。",
    "intention": "意向征询：{result}本结果{basis}。",
    "assembly": "经居民会议表决：{result}依据：{basis}。",
    "representatives": "经居民代表会议表决：{result}依据：{basis}。",
    "owners": "经业主共同表决：{result}依据：{basis}。",
    "affected": "经征求有利害关系的业主意见：{result}依据：{basis}。",
    "election": "选举计票：{result}依据：{basis}。",
    "recall": "罢免表决：{result}依据：{basis}。",
    "rating": "评议计票：{result}依据：{basis}。",
    "pick": "项目票选：{result}本结果为协商意见。依据：{basis}。",
}
"""`Preset.minutes_key` → the sentence for the minutes, always Chinese; `result` is a full sentence, `basis` a text."""


def minutes_sentence(minutes_key: str, result: str, basis: str) -> str:
    return MINUTES[minutes_key].format(result=result, basis=basis)


# --- errors --------------------------------------------------------------------------------------------------
_ERRORS = {
    "not_whole": _("“%(field)s” must be a whole number."),
    "negative": _("“%(field)s” must not be negative (it is %(value)s)."),
    "not_in_list": _("“%(field)s” must be one of: %(allowed)s."),
    "empty_list": _("“%(field)s” must name at least one thing."),
    "twice_in_list": _("“%(field)s” names something twice."),
    "share_parts": _("A share needs whole numbers with 0 < a ≤ b (it has %(a)s of %(b)s)."),
    "share_never": _("“More than %(a)s of %(b)s” can never be reached."),
    "rule_shape": _("The rule's field “%(field)s” is missing, unknown or of the wrong kind."),
    "choice_seats": _("The number of seats does not fit this kind of choice (%(kind)s)."),
    "choice_marks": _("The least and most marks do not fit this kind of choice (%(kind)s)."),
    "choice_wait": _("The seconds to wait do not fit this kind of choice (%(kind)s)."),
    "choice_kind": _("This count is for “%(wanted)s”, but the rule is for “%(kind)s”."),
    "scale": _("The rating scale is not right at “%(field)s”."),
    "follow_needs": _("Counting silence with the majority needs “%(field)s” in writing."),
    "proxy_limit": _("A proxy limit must be at least one."),
    "proxy_representatives": _("Representatives vote in person: an election by them allows no proxies."),
    "area_without_owners": _("Floor area can only be counted on a roll of owners or households."),
    "households_of_persons": _("Households cannot be counted on a roll of single persons."),
    "reconcile_without_paper": _("Issued and returned papers can only be compared where paper is a channel."),
    "passing_kind": _("The way to win does not fit this kind of choice (%(kind)s)."),
    "only_heads": _("This kind of choice (%(kind)s) can only be counted by heads."),
    "silence_only_motion": _("A silence rule is only possible for a motion, not for “%(kind)s”."),
    "base_kind": _("Votes for and against cannot be the base of this kind of choice (%(kind)s)."),
    "tie_kind": _("The rule for ties does not fit this kind of choice (%(kind)s)."),
    "second_round_kind": _("A second round is only possible for an election with a majority."),
    "no_second_round": _("This rule has no second round."),
    "secret_weighted": _("A secret vote counts heads only: a floor area would give the voter away."),
    "secret_directed": _("A proxy told how to vote is not possible in a secret vote."),
    "receipt_without_secrecy": _("A receipt code is only for secret votes."),
    "hand_secret_or_weighted": _("A show of hands is only possible in an open vote counted by heads."),
    "cast_over_present": _("More votes counted (%(cast)s) than people present (%(limit)s)."),
    "cast_over_served": _("More votes counted (%(cast)s) than served with the papers (%(limit)s)."),
    "cast_over_roll": _("More votes counted (%(cast)s) than the roll holds (%(roll)s)."),
    "present_over_roll": _("More present (%(count)s) than the roll holds (%(roll)s)."),
    "served_over_roll": _("More served with the papers (%(count)s) than the roll holds (%(roll)s)."),
    "silent_over_present": _("With the silent ones, more take part (%(cast)s) than are present (%(limit)s)."),
    "tally_measures": _("The rule counts %(measures)s, so the tally must give exactly that."),
    "channel_closed": _("This vote has no channel “%(channel)s”."),
    "issued_missing": _("Say how many papers were issued."),
    "papers_over_issued": _("More papers counted (%(returned)s) than issued (%(issued)s): this count is void."),
    "hands_over_present": _("%(hands)s hands were counted, but only %(free)s present have not voted otherwise."),
    "invalid_over_cast": _("More invalid ballots (%(invalid)s) than ballots (%(cast)s)."),
    "marks_over_ballots": _("“%(name)s” has %(marks)s votes on only %(ballots)s valid ballots."),
    "marks_over_limit": _("%(marks)s marks were counted; the valid ballots can hold only %(limit)s."),
    "grades_differ": _("%(grades)s grades and %(invalid)s invalid do not add up to %(cast)s ballots."),
    "unknown_preset": _("There is no voting rule “%(key)s”."),
}


def say_error(error: RuleError, measure: str = "") -> str:
    """The sentence for an error in the reader's active language; counts of the measure ``area`` are shown in ㎡."""
    params: dict[str, Any] = dict(error.params)
    if measure == "area":
        params = {key: area(value) if isinstance(value, int) else value for key, value in params.items()}
    return str(_ERRORS[error.code]) % params
