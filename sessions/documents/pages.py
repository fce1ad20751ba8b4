"""What stands in a document 文书: the contract between the record, which fills these, and the templates.

Integers only, areas in 0.01 ㎡, times as aware datetimes. Text is what the reader shall see, already masked for the
公示版 (王*、夏*珍、欧**华); it is escaped and made printable later. Documents are always Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from sessions.halls import qr

from .typeset import title_lines

CHINA = ZoneInfo("Asia/Shanghai")  # documents state Chinese time wherever the server stands
Measure = Literal["heads", "area", "households", "present"]
MEASURES = {
    "heads": ("人数", "人"),
    "area": ("专有部分面积", "㎡"),
    "households": ("户数", "户"),
    "present": ("到会", "人"),
}
SPACE = "\u00a0"  # 千分空: 4 565.02, never broken


def figure(measure: Measure, count: int) -> str:
    """A count without its unit: 59, or 4 565.02 from 456502 hundredths of a ㎡."""
    whole, part = divmod(count, 100) if measure == "area" else (count, None)
    text = f"{whole:,}".replace(",", SPACE)
    return text if part is None else f"{text}.{part:02d}"


def amount(measure: Measure, count: int) -> str:
    """A count with its unit: 59 人, 60 户, 4 565.02 ㎡."""
    return f"{figure(measure, count)}{SPACE}{MEASURES[measure][1]}"


def percent(numerator: int, denominator: int) -> str:
    """A share to two decimals, half up, by integers: 81.36%; — of nothing."""
    if denominator == 0:
        return "—"
    hundredths = (numerator * 20000 + denominator) // (denominator * 2)
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


@dataclass(frozen=True)
class Bar:
    """One bar a vote had to clear: numerator of denominator, the least that was enough, and whether it was met.

    `need` is in the measure's unit (people, households, 0.01 ㎡): 2/3以上 of 59 is 40, 过半数 of 48 is 25.
    """

    rule: str  # 三分之二以上、过半数
    numerator: int
    denominator: int
    need: int
    met: bool


@dataclass(frozen=True)
class Figures:
    """A vote in one measure. `cast` 参与表决; `invalid` and the bars are None where the rule knows none."""

    measure: Measure
    roll: int
    cast: int
    agree: int
    against: int
    abstain: int
    invalid: int | None = None
    quorum: Bar | None = None  # 参与 of 应参加
    passing: Bar | None = None  # 赞成 of 参与


@dataclass(frozen=True)
class Row:
    """A row of the table of figures, one cell for each measure. `kind`: count, share (with its sum) or need."""

    label: str
    kind: Literal["count", "share", "need"]
    cells: tuple[str, ...]


def figure_rows(figures: tuple[Figures, ...]) -> tuple[Row, ...]:
    """应参加 · 参与 · 占比 · 须 · 赞成 · 反对 · 弃权 · 占比 · 须; every share shows what was divided by what."""

    def count(label: str, name: str) -> Row:
        values = [getattr(each, name) for each in figures]
        return Row(
            label,
            "count",
            tuple("—" if v is None else amount(f.measure, v) for f, v in zip(figures, values, strict=True)),
        )

    def bar(label: str, name: str) -> tuple[Row, ...]:
        bars = [(each.measure, getattr(each, name)) for each in figures]
        if not any(found for _, found in bars):
            return ()
        rules = {found.rule for _, found in bars if found}
        label_needed = f"须{rules.pop()}" if len(rules) == 1 else "要求"
        shares, needs = [], []
        for measure, found in bars:
            if found is None:
                shares.append("—")
                needs.append("不要求")
                continue
            top, bottom = (figure(measure, part) for part in (found.numerator, found.denominator))
            shares.append(f"{top} ÷ {bottom} ＝ {percent(found.numerator, found.denominator)}")
            rule = f"{found.rule}，" if label_needed == "要求" else ""
            needs.append(f"{rule}需 {amount(measure, found.need)}，{'达到' if found.met else '未达到'}")
        return Row(label, "share", tuple(shares)), Row(label_needed, "need", tuple(needs))

    invalid = (count("无效", "invalid"),) if any(each.invalid is not None for each in figures) else ()
    return (
        count("应参加", "roll"),
        count("参与表决", "cast"),
        *bar("参与占应参加", "quorum"),
        count("赞成", "agree"),
        count("反对", "against"),
        count("弃权", "abstain"),
        *invalid,
        *bar("赞成占参与", "passing"),
    )


@dataclass(frozen=True)
class Channel:
    """Ballots by the way they came in 扫码、平板、代录、委托, in heads or households."""

    name: str
    agree: int
    against: int
    abstain: int

    @property
    def total(self) -> int:
        return self.agree + self.against + self.abstain


@dataclass(frozen=True)
class MotionPage:
    """A motion 动议 with its result. Without `figures` (一致通过) only the sentence stands there."""

    number: str  # 1-1
    text: str
    rule_name: str
    basis: str  # 《民法典》第二百七十八条
    outcome: str  # 通过、未通过、表决不成立
    sentence: str
    figures: tuple[Figures, ...] = ()
    channels: tuple[Channel, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(MEASURES[each.measure][0] for each in self.figures)

    @property
    def rows(self) -> tuple[Row, ...]:
        return figure_rows(self.figures)


@dataclass(frozen=True)
class SpeechPage:
    """One speech 发言. `shown_as` is the (masked) name, perhaps with an office; `kind` 问、答、辩、程序问题."""

    at: datetime
    shown_as: str
    kind: str
    gist: str
    stance: str = ""  # 赞成、反对、补充、列席
    seconds: int | None = None

    @property
    def time(self) -> str:
        return f"{self.at.astimezone(CHINA):%H:%M}"

    @property
    def length(self) -> str:
        return "" if self.seconds is None else f"{self.seconds // 60}:{self.seconds % 60:02d}"


@dataclass(frozen=True)
class RemarkPage:
    """A written remark 意见 or question 提问; `answer` and `support` (how many also asked) belong to questions."""

    shown_as: str
    text: str
    answer: str = ""
    support: int = 0


@dataclass(frozen=True)
class ItemPage:
    """One agenda item 议题. `number` is 一、二、三; `kind` 评、议、定."""

    number: str
    heading: str
    kind: str
    summary: tuple[str, ...] = ()
    speeches: tuple[SpeechPage, ...] = ()
    questions: tuple[RemarkPage, ...] = ()
    remarks: tuple[RemarkPage, ...] = ()
    motions: tuple[MotionPage, ...] = ()

    @property
    def has_gists(self) -> bool:
        """Whether anyone has written down what was said; a column of dashes tells nothing."""
        return any(speech.gist for speech in self.speeches)


@dataclass(frozen=True)
class Attendance:
    """A line 出席、委托、请假、列席、监票人 after the text."""

    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """What every document carries. `number` is 福苑里议纪〔2026〕47号, `check_code` 8K4T-2M7X.

    `record_digest` is the digest (64 hex digits) of the entry that seals the attached record, `record_seq` its place.
    `verify_url` is empty where the hall has no public address; then no address is printed.
    """

    template: ClassVar[str]
    kind: ClassVar[str]

    office: str  # 福苑里社区居民议事会
    mark: str  # 福苑里社区居民议事会纪要
    number: str
    title: str
    made_at: datetime
    signer: str
    check_code: str
    record_digest: str
    record_seq: int
    verify_url: str = ""
    masked_note: str = ""
    posting: str = ""
    red_head: bool = False

    @property
    def mark_size(self) -> str:
        """A class that lets the mark stand in one line of 156 mm: 36 pt up to 12 characters, less for longer ones."""
        length = len(self.mark)
        return "m36" if length <= 12 else "m28" if length <= 15 else "m22" if length <= 20 else "m18"

    @property
    def title_lines(self) -> tuple[str, ...]:
        return title_lines(self.title)

    @property
    def made_on(self) -> str:
        day = self.made_at.astimezone(CHINA)
        return f"{day.year}年{day.month}月{day.day}日"

    @property
    def made_text(self) -> str:
        return f"{self.made_on} {self.made_at.astimezone(CHINA):%H:%M}"

    @property
    def digest_lines(self) -> tuple[str, ...]:
        """The digest in two lines of groups of four, so that two people can read it out to each other."""
        groups = [self.record_digest[at : at + 4] for at in range(0, len(self.record_digest), 4)]
        return tuple(" ".join(groups[at : at + 8]) for at in range(0, len(groups), 8))

    @property
    def qr(self) -> str:
        return qr.data_uri(self.verify_url) if self.verify_url else ""


@dataclass(frozen=True, kw_only=True)
class MinutesPage(Page):
    """Minutes 纪要."""

    template = "documents/minutes.html"
    kind = "minutes"

    when: str  # 2026年11月19日（星期四）15:00—16:50
    place: str
    form: str
    chair: str
    secretary: str
    opening: tuple[str, ...] = ()
    items: tuple[ItemPage, ...] = ()
    present: tuple[str, ...] = ()  # 应到、实到 and what follows from it
    attendance: tuple[Attendance, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ResolutionPage(Page):
    """Resolution 决议. `level` says what it is in law: 业主共同决定、居民会议决定、协商意见."""

    template = "documents/resolution.html"
    kind = "resolution"

    level: str
    motion: MotionPage
    meeting: str  # 2026年第47次居民议事会（2026年11月19日）
    minutes_number: str = ""
    preamble: tuple[str, ...] = ()
    attendance: tuple[Attendance, ...] = ()
