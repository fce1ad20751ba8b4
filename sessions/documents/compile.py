"""Compile 编写: from an exported record alone to the page of a document.

What a closed value says is unknown here: the public copy names residents by the masked form that was opened in it, so
the same code compiles the 公示版 from the public record and would compile the 存档版 from the full one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sessions.record.chain import opened

from .pages import (
    CHINA,
    Attendance,
    Bar,
    Channel,
    Figures,
    ItemPage,
    Measure,
    MinutesPage,
    MotionPage,
    RemarkPage,
    ResolutionPage,
    SpeechPage,
)

NUMERALS = "一二三四五六七八九十"
FORMS = {"joint": "联席会", "open_talk": "恳谈会", "mediation": "协调会"}
SPEECHES = {"question": "问", "answer": "答", "debate": "辩"}
STANCES = {"for": "赞成", "against": "反对", "add": "补充", "": ""}
CHANNELS = {"phone": "扫码", "tablet": "平板", "desk": "代录", "proxy": "委托"}
OUTCOMES = {"passed": "通过", "failed": "未通过", "no_quorum": "表决不成立", "noted": "只作了解，不作决定"}
LEVELS = {
    "intention": "意向征询",
    "consultation": "协商意见",
    "representatives": "居民代表会议决议",
    "assembly": "居民会议决议",
    "owners": "业主共同决定",
    "election": "选举计票记录",
}
SHARES = {
    (">", 1, 2): "过半数",
    (">=", 1, 2): "二分之一以上",
    (">=", 2, 3): "三分之二以上",
    (">", 2, 3): "超过三分之二",
    (">=", 3, 4): "四分之三以上",
    (">=", 1, 1): "一致同意",
}
MASKED = "公示版：居民姓名只留首尾字，户号、逐票选择和未展示的意见不公开；随附的会议记录同样如此。"


@dataclass(frozen=True)
class Event:
    """One entry with the values opened to this reader; a closed value is None."""

    seq: int
    kind: str
    at: datetime
    body: Mapping[str, Any]


@dataclass
class Sitting:
    """What the record tells of one meeting, entry by entry; `told` is its entry meeting.check_in_opened."""

    told: Mapping[str, Any] = field(default_factory=dict)
    begun: datetime | None = None
    closed: datetime | None = None
    present: Mapping[str, Any] = field(default_factory=dict)
    officials: list[str] = field(default_factory=list)
    proxies: int = 0
    items: dict[int, list[Event]] = field(default_factory=dict)
    votes: dict[str, Event] = field(default_factory=dict)  # vote.closed by motion
    opened: dict[str, Event] = field(default_factory=dict)  # vote.opened by motion
    revealed: set[str] = field(default_factory=set)
    head: str = ""
    seq: int = 0


def events(record: Mapping[str, Any]) -> Iterator[Event]:
    """The entries of an exported record, opened."""
    for entry in record["entries"]:
        yield Event(entry["seq"], entry["kind"], datetime.fromisoformat(entry["at"]), opened(entry)["body"])


def sitting(record: Mapping[str, Any]) -> Sitting:
    """Read the record of a meeting once, from its first entry to its last."""
    found = Sitting()
    item = 0
    for event in events(record):
        body = event.body
        match event.kind:
            case "meeting.check_in_opened":
                found.told = body
            case "meeting.begun":
                found.begun = event.at
            case "meeting.quorum_noted":
                found.present = body
            case "meeting.closed":
                found.closed = event.at
            case "presence.arrived" if body.get("standing") == "official" and body["shown_as"] not in found.officials:
                found.officials.append(body["shown_as"])
            case "proxy.registered":
                found.proxies += 1
            case "proxy.cancelled":
                found.proxies -= 1
            case "item.started":
                item = body["item"]
            case "vote.opened":
                found.opened[body["vote"]] = event
            case "vote.closed":
                found.votes[body["vote"]] = event
            case "vote.revealed":
                found.revealed.add(body["vote"])
        found.items.setdefault(body.get("item") or item, []).append(event)
    if record["entries"]:
        found.head, found.seq = record["entries"][-1]["digest"], record["entries"][-1]["seq"]
    return found


def _day(moment: datetime) -> str:
    local = moment.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日"


def _span(start: datetime, end: datetime) -> str:
    week = "一二三四五六日"[start.astimezone(CHINA).weekday()]
    return f"{_day(start)}（星期{week}）{start.astimezone(CHINA):%H:%M}—{end.astimezone(CHINA):%H:%M}"


def _speeches(happened: list[Event]) -> tuple[SpeechPage, ...]:
    lengths: dict[int, int] = {}
    for event in happened:
        if event.kind == "floor.ended":
            lengths[event.body["speech"]] = event.body["seconds"]
        elif event.kind == "floor.called" and event.body.get("ended"):
            lengths[event.body["ended"]["speech"]] = event.body["ended"]["seconds"]
    return tuple(
        SpeechPage(
            at=event.at,
            shown_as=event.body["shown_as"],
            kind=SPEECHES[event.body["kind"]],
            stance="列席" if event.body["standing"] == "official" else STANCES[event.body["stance"] or ""],
            seconds=lengths.get(event.body["speech"]),
            gist="",
        )
        for event in happened
        if event.kind == "floor.called"
    )


def _remarks(happened: list[Event], kind: str) -> tuple[RemarkPage, ...]:
    """What was shown to the hall, in the order of showing, less what was hidden again after it."""
    shown: dict[int, Event] = {}
    for event in happened:
        if event.kind == "remark.shown" and event.body["kind"] == kind:
            shown[event.body["remark"]] = event
        elif event.kind == "remark.hidden":
            shown.pop(event.body["remark"], None)
    return tuple(RemarkPage(shown_as=each.body["shown_as"], text=each.body["text"]) for each in shown.values())


def _share(share: list[Any]) -> str:
    op, a, b = share
    return SHARES.get((op, a, b)) or (f"{b}分之{a}以上" if op == ">=" else f"超过{b}分之{a}")


def figures_of(rule: Mapping[str, Any], verdict: Mapping[str, Any]) -> tuple[Figures, ...]:
    """The figures of a verdict as the document prints them, with the bars the rule set."""
    rows = []
    for measure in rule["measures"]:
        f = verdict["figures"][measure]
        quorum = passing = None
        if rule["quorum"]:
            quorum = Bar(
                rule=_share(rule["quorum"]["share"]),
                numerator=f["quorum_count"],
                denominator=f["roll"],
                need=f["quorum_need"],
                met=f["quorum_met"],
            )
        if f["need"] is not None and isinstance(rule["passing"], list | dict):
            share = rule["passing"] if isinstance(rule["passing"], list) else rule["passing"].get("share")
            if share:
                passing = Bar(
                    rule=_share(share), numerator=f["for"], denominator=f["base"], need=f["need"], met=f["pass_met"]
                )
        rows.append(
            Figures(
                measure=_measure(measure),
                roll=f["roll"],
                cast=f["cast"],
                agree=f["for"],
                against=f["against"],
                abstain=f["abstain"],
                invalid=f["invalid"] or None,
                quorum=quorum,
                passing=passing,
            )
        )
    return tuple(rows)


def _measure(name: str) -> Measure:
    if name not in {"heads", "area", "households"}:
        raise ValueError(f"a document knows no measure {name}")
    return name  # type: ignore[return-value]


def motion_page(told: Sitting, number: str) -> MotionPage:
    """A motion with its result, from vote.opened (text and rule, frozen) and vote.closed (figures)."""
    was, closed = told.opened[number].body, told.votes[number].body
    first = was["rule"]["measures"][0]
    return MotionPage(
        number=number,
        text=was["text"],
        rule_name=was["rule_name"],
        basis=was["basis"],
        outcome=OUTCOMES[closed["outcome"]],
        sentence=closed["sentence"]["zh"],
        figures=figures_of(was["rule"], closed),
        channels=tuple(
            Channel(words, sums[first]["for"], sums[first]["against"], sums[first]["abstain"])
            for name, words in CHANNELS.items()
            if (sums := closed["channels"].get(name)) and any(sums[first].values())
        ),
    )


def _present(told: Sitting) -> tuple[str, ...]:
    present = told.present.get("present")
    if not present:
        return ()
    ways = "、".join(f"{CHANNELS[name]} {present[name]}" for name in ("phone", "tablet", "desk") if present.get(name))
    half = "超过半数" if told.present["reached"] else "未过半数"
    line = f"应到 {present['of']} 户，实到 {present['households']} 户{f'（{ways}）' if ways else ''}，{half}。"
    return (line,)


def _items(told: Sitting) -> tuple[ItemPage, ...]:
    pages = []
    for item in told.told["items"]:
        happened = told.items.get(item["no"], [])
        if not any(event.kind == "item.started" for event in happened):
            continue
        motions = [e.body["vote"] for e in happened if e.kind == "vote.revealed"]
        pages.append(
            ItemPage(
                number=NUMERALS[item["no"] - 1] if item["no"] <= len(NUMERALS) else str(item["no"]),
                heading=item["title"],
                kind=item["kinds"],
                summary=tuple(f"背景：{'；'.join(item['background'])}。" for _ in range(1) if item["background"]),
                speeches=_speeches(happened),
                questions=_remarks(happened, "question"),
                remarks=_remarks(happened, "comment"),
                motions=tuple(motion_page(told, number) for number in motions),
            )
        )
    return tuple(pages)


def _lines(told: Sitting) -> tuple[Attendance, ...]:
    lines = []
    if told.present.get("present"):
        lines.append(Attendance("出席", f"{told.present['present']['households']} 户代表（名单存档）"))
    if told.proxies:
        lines.append(Attendance("委托", f"{told.proxies} 人"))
    if told.officials:
        lines.append(Attendance("列席", "、".join(told.officials)))
    return tuple(lines)


@dataclass(frozen=True)
class Imprint:
    """What a document bears that is not in the meeting's record: number, code, who seals it and when."""

    office: str  # 福苑里社区
    number: str
    check_code: str
    signer: str
    made_at: datetime
    verify_url: str = ""
    minutes_number: str = ""  # for a resolution


def _imprint(told: Sitting, imprint: Imprint) -> dict[str, Any]:
    """What every document bears alike."""
    return {
        "office": f"{imprint.office}居民议事会",
        "number": imprint.number,
        "made_at": imprint.made_at,
        "signer": imprint.signer,
        "check_code": imprint.check_code,
        "record_digest": told.head,
        "record_seq": told.seq,
        "verify_url": imprint.verify_url,
        "masked_note": MASKED,
    }


def minutes(record: Mapping[str, Any], imprint: Imprint) -> MinutesPage:
    """The minutes 纪要 of a closed meeting."""
    told = sitting(record)
    facts = told.told
    start = told.begun or datetime.fromisoformat(facts["starts_at"])
    end = told.closed or start
    opening = (
        f"{_day(start)}，{facts['community']}在“{facts['hall']}”召开{facts['title']}（{FORMS[facts['form']]}），"
        f"{facts['chair']}主持，{facts['secretary']}记录。"
        + (f"{facts['also']}。" if facts["also"] else "")
        + (f"议事规则：{facts['rules_version']}。" if facts["rules_version"] else "")
    )
    return MinutesPage(
        **_imprint(told, imprint),
        mark=f"{imprint.office}居民议事会纪要",
        title=f"{facts['title']}纪要",
        when=_span(start, end),
        place="　".join(part for part in (facts["venue"], facts["place"]) if part) or facts["hall"],
        form=FORMS[facts["form"]],
        chair=facts["chair"],
        secretary=facts["secretary"],
        opening=(opening,),
        present=_present(told),
        items=_items(told),
        attendance=_lines(told),
    )


def resolution(record: Mapping[str, Any], motion: str, imprint: Imprint) -> ResolutionPage:
    """The resolution 决议 on a motion that passed; its heading says what it is in law (意向、协商、业主 …)."""
    told = sitting(record)
    facts = told.told
    level = LEVELS[told.opened[motion].body["level"]]
    item = next(each for each in facts["items"] if each["no"] == told.opened[motion].body["item"])
    return ResolutionPage(
        **_imprint(told, imprint),
        mark=f"{imprint.office}{level}",
        title=f"关于{item['title']}的决定",
        level=level,
        motion=motion_page(told, motion),
        meeting=f"{facts['title']}（{_day(told.begun or imprint.made_at)}）",
        minutes_number=imprint.minutes_number,
    )
