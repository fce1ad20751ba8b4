"""Voting rules 表决规则 and their arithmetic. Pure: no Django, no clock, integers only.

A `Rule` holds the twelve orthogonal parameters of a vote; a `Tally` holds what was counted in one measure; `verdict`
says what follows. Heads and households are counted in ones, area in units of 0.01 ㎡ (``area_x100``).

Two words of the law decide every threshold (民法典 art. 1259): 以上 includes the number (``>=``), 超过 and 过半数 do
not (``>``). A threshold is therefore always (operator, numerator, denominator), never a percentage, and is compared
by cross-multiplying integers: binary floats turn an exact half into "more than half".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

OPS = (">", ">=")
UNITS = ("person", "household", "owner", "representative")  # who one line of the roll is
MEASURES = ("heads", "area", "households")
KINDS = ("motion", "consent", "choose", "slate", "rate")
COUNTS = ("present", "cast", "valid", "served")  # what a quorum may count, always against the whole roll
BASES = ("decided", "valid", "cast", "present", "served", "all")  # what a threshold may be a share of
SILENCES = ("absent", "abstain", "follow")
SECRECIES = ("named", "recorded", "secret")
RECEIPTS = ("none", "inclusion", "content")
REVOTES = ("final", "until_close")
CHANNELS = ("phone", "tablet", "desk", "paper", "hand", "door")
MERGES = ("first_wins", "paper_wins")
TIES = ("fails", "revote", "lot")  # lot: vote again among the tied, then draw a lot before the room


class RuleError(ValueError):
    """A contradictory rule or an impossible count. `code` and `params` are put into words by `wording.say_error`."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        told = ", ".join(f"{key}={value!r}" for key, value in self.params.items())
        return f"{self.code} ({told})" if told else self.code


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _require(holds: bool, code: str, **params: Any) -> None:
    if not holds:
        raise RuleError(code, **params)


def _counted(**figures: object) -> None:
    for name, value in figures.items():
        _require(_whole(value), "not_whole", field=name)
        _require(value >= 0, "negative", field=name, value=value)  # type: ignore[operator]


def _one_of(field: str, value: object, allowed: tuple[str, ...]) -> None:
    _require(isinstance(value, str) and value in allowed, "not_in_list", field=field, allowed=", ".join(allowed))


def _some_of(field: str, values: object, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """A non-empty choice from `allowed` in canonical order, so that equal rules have equal digests."""
    _require(isinstance(values, list | tuple) and len(values) > 0, "empty_list", field=field)
    for value in values:  # type: ignore[attr-defined]
        _one_of(field, value, allowed)
    _require(len(set(values)) == len(values), "twice_in_list", field=field)  # type: ignore[call-overload, arg-type]
    return tuple(name for name in allowed if name in values)  # type: ignore[operator]


# --- the parameters ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Share:
    """A threshold: more than (``>``) or at least (``>=``) `a` of `b` parts, 0 < a <= b."""

    op: str
    a: int
    b: int

    def __post_init__(self) -> None:
        _one_of("op", self.op, OPS)
        _require(_whole(self.a) and _whole(self.b) and 0 < self.a <= self.b, "share_parts", a=self.a, b=self.b)
        _require(self.op == ">=" or self.a < self.b, "share_never", a=self.a, b=self.b)

    def met(self, count: int, total: int) -> bool:
        return count * self.b > total * self.a or (self.op == ">=" and count * self.b == total * self.a)

    def need(self, total: int) -> int:
        """The least integer that meets the share of `total`, in units (1 head, 0.01 ㎡)."""
        below = total * self.a // self.b
        return below + (self.op == ">" or below * self.b != total * self.a)

    def to_json(self) -> list[Any]:
        return [self.op, self.a, self.b]


def need(share: Share, total: int) -> int:
    """``>=``: ceil(a·T over b); ``>``: floor(a·T over b) + 1."""
    return share.need(total)


def percent_x100(count: int, total: int) -> int | None:
    """Hundredths of a percent, rounded half up, for display only (6875 is 68.75 %); None of a total of zero."""
    return (count * 20000 + total) // (2 * total) if total > 0 else None


@dataclass(frozen=True)
class Quorum:
    """法定人数: `count` of the whole roll (minus recused) must meet `share`, in every measure."""

    count: str
    share: Share

    def __post_init__(self) -> None:
        _one_of("quorum", self.count, COUNTS)


@dataclass(frozen=True)
class Plurality:
    """Most votes win; with a `floor`, only with that share of the ballots cast (组织法 art. 19: one third)."""

    floor: Share | None = None


@dataclass(frozen=True)
class Grade:
    """One step of a rating scale. Without `points` it states no opinion (不了解) and leaves the score alone."""

    code: str
    label: str
    points: int | None = None
    favourable: bool = False

    def __post_init__(self) -> None:
        _require(all(isinstance(text, str) and text for text in (self.code, self.label)), "scale", field="grade")
        _require(self.points is None or (_whole(self.points) and self.points >= 0), "scale", field=self.code)
        _require(isinstance(self.favourable, bool), "scale", field=self.code)
        _require(self.points is not None or not self.favourable, "scale", field=self.code)


@dataclass(frozen=True)
class Choice:
    """What is on the ballot.

    motion 动议 (for, against, abstain) · consent 一致通过 (an objection within `wait_s` seconds asks for a vote) ·
    choose 推选 (`minimum` to `maximum` marks, the first `seats` win) · slate 差额选举 (each candidate for, against or
    abstain, at most `seats` for) · rate 评议 (one grade of `scale`).
    """

    kind: str = "motion"
    minimum: int = 0
    maximum: int = 0
    seats: int = 0
    write_in: bool = False
    scale: tuple[Grade, ...] = ()
    wait_s: int = 0

    def __post_init__(self) -> None:
        _one_of("choice", self.kind, KINDS)
        _counted(minimum=self.minimum, maximum=self.maximum, seats=self.seats, wait_s=self.wait_s)
        _require(isinstance(self.write_in, bool), "rule_shape", field="write_in")
        elects = self.kind in ("choose", "slate")
        _require((self.seats > 0) == elects, "choice_seats", kind=self.kind)
        _require(elects or not self.write_in, "choice_seats", kind=self.kind)
        _require((self.maximum > 0) == (self.kind == "choose"), "choice_marks", kind=self.kind)
        _require(self.minimum <= self.maximum, "choice_marks", kind=self.kind)
        _require((self.wait_s > 0) == (self.kind == "consent"), "choice_wait", kind=self.kind)
        codes = [grade.code for grade in self.scale]
        _require((len(codes) > 1) == (self.kind == "rate") and len(set(codes)) == len(codes), "scale", field="scale")


@dataclass(frozen=True)
class Silence:
    """Who was served and stays silent is absent, abstains, or follows the decided majority (沪02民初16号, 2022).

    `follow` holds only with the clause of the 议事规则, the way delivery was proved, and the warning given.
    """

    mode: str = "absent"
    clause: str = ""
    delivery: str = ""
    warning: str = ""

    def __post_init__(self) -> None:
        _one_of("silence", self.mode, SILENCES)
        for name in ("clause", "delivery", "warning"):
            text = getattr(self, name)
            _require(isinstance(text, str), "rule_shape", field=name)
            _require(self.mode != "follow" or bool(text.strip()), "follow_needs", field=name)


@dataclass(frozen=True)
class Proxy:
    """委托: how many principals one holder may stand for, and under which limits."""

    per_holder: int
    candidate_may_hold: bool = False
    directed: bool = False
    publish_list: bool = False

    def __post_init__(self) -> None:
        _counted(per_holder=self.per_holder)
        _require(self.per_holder > 0, "proxy_limit")
        for name in ("candidate_may_hold", "directed", "publish_list"):
            _require(isinstance(getattr(self, name), bool), "rule_shape", field=name)


@dataclass(frozen=True)
class SecondRound:
    """另行选举: open seats plus `extra` more names (None: as many more as in the first round), most votes ≥ `floor`."""

    floor: Share
    extra: int | None = None

    def __post_init__(self) -> None:
        if self.extra is not None:
            _counted(extra=self.extra)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The twelve parameters of a vote (voting law: 组织法 arts. 13–29, 民法典 arts. 278–279). Frozen when it opens.

    Raises `RuleError` when parameters contradict each other.
    """

    unit: str  # 1 roll 名册
    measures: tuple[str, ...] = ("heads",)  # 2 quorum and threshold must hold in each
    choice: Choice = Choice()  # 3
    quorum: Quorum | None = None  # 4
    base: str  # 5 denominator 基数
    passing: Share | Plurality | None  # 6; None: shows the distribution, decides nothing
    silence: Silence = Silence()  # 7
    secrecy: str = "recorded"  # 8 named 记名 · recorded 实名不公开 · secret 无记名
    receipt: str = "none"
    proxy: Proxy | None = None  # 9
    revote: str = "until_close"  # 10
    channels: tuple[str, ...] = ("phone", "tablet", "desk")  # 11
    merge: str = "first_wins"
    reconcile: bool = False  # papers issued and returned must be stated
    tie: str = "fails"  # 12
    second_round: SecondRound | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "measures", _some_of("measures", self.measures, MEASURES))
        object.__setattr__(self, "channels", _some_of("channels", self.channels, CHANNELS))
        for name, allowed in (
            ("unit", UNITS), ("base", BASES), ("secrecy", SECRECIES), ("receipt", RECEIPTS),
            ("revote", REVOTES), ("merge", MERGES), ("tie", TIES),
        ):  # fmt: skip
            _one_of(name, getattr(self, name), allowed)
        _require(isinstance(self.reconcile, bool), "rule_shape", field="reconcile")
        _require("area" not in self.measures or self.unit in ("owner", "household"), "area_without_owners")
        _require("households" not in self.measures or self.unit != "person", "households_of_persons")
        self._check_choice()
        self._check_secrecy()
        _require("paper" in self.channels or not self.reconcile, "reconcile_without_paper")

    def _check_choice(self) -> None:
        kind = self.choice.kind
        elects = kind in ("choose", "slate")
        allowed = {
            "motion": (Share, type(None)),
            "rate": (Share, type(None)),
            "consent": (type(None),),
            "choose": (Share, Plurality),
            "slate": (Share, Plurality),
        }[kind]
        _require(isinstance(self.passing, allowed), "passing_kind", kind=kind)
        _require(kind == "motion" or self.measures == ("heads",), "only_heads", kind=kind)
        _require(kind == "motion" or self.silence.mode == "absent", "silence_only_motion", kind=kind)
        _require(not (elects and self.base == "decided"), "base_kind", kind=kind)
        _require((self.tie != "fails") == elects, "tie_kind", kind=kind)
        _require(self.second_round is None or (elects and isinstance(self.passing, Share)), "second_round_kind")
        _require(not (elects and self.unit == "representative" and self.proxy), "proxy_representatives")

    def _check_secrecy(self) -> None:
        secret = self.secrecy == "secret"
        weighted = self.measures != ("heads",)
        _require(not (secret and weighted), "secret_weighted")  # 89.52 ㎡ is a fingerprint
        _require(secret or self.receipt == "none", "receipt_without_secrecy")
        _require(not (secret and self.proxy and self.proxy.directed), "secret_directed")
        _require("hand" not in self.channels or not (secret or weighted), "hand_secret_or_weighted")

    @property
    def weighted(self) -> bool:
        return self.measures != ("heads",)

    def rematch(self, seats: int) -> Rule:
        """The same rule for a vote again among the tied: most votes win the open `seats`."""
        return replace(self, choice=self._seats(seats), passing=Plurality(), second_round=None)

    def runoff(self, seats: int) -> Rule:
        """The second round for `seats` left vacant: most votes win, with the floor of the ballots cast."""
        _require(self.second_round is not None, "no_second_round")
        floor = self.second_round.floor  # type: ignore[union-attr]
        return replace(self, choice=self._seats(seats), passing=Plurality(floor), second_round=None)

    def _seats(self, seats: int) -> Choice:
        choice = replace(self.choice, seats=seats)
        return choice if choice.kind == "slate" else replace(choice, maximum=seats, minimum=min(choice.minimum, seats))

    def to_json(self) -> dict[str, Any]:
        """The canonical form that is hashed when a vote opens: sorted keys; text, integers, booleans, None, lists."""
        plain = {key: _plain(value) for key, value in asdict(self).items()}
        plain["passing"] = None if self.passing is None else _passing_json(self.passing)
        plain["quorum"] = self.quorum and {"count": self.quorum.count, "share": self.quorum.share.to_json()}
        if self.second_round:
            plain["second_round"] = {"extra": self.second_round.extra, "floor": self.second_round.floor.to_json()}
        return dict(sorted(plain.items()))

    @classmethod
    def from_json(cls, data: object) -> Rule:
        """The rule of a canonical form; RuleError("rule_shape") for a missing, unknown or ill-typed field."""
        given = _fields(data, cls, "rule")
        choice = _fields(given["choice"], Choice, "choice")
        _require(isinstance(choice["scale"], list), "rule_shape", field="scale")
        choice["scale"] = tuple(Grade(**_fields(grade, Grade, "scale")) for grade in choice["scale"])
        given["choice"] = Choice(**choice)
        given["silence"] = Silence(**_fields(given["silence"], Silence, "silence"))
        if given["proxy"] is not None:
            given["proxy"] = Proxy(**_fields(given["proxy"], Proxy, "proxy"))
        given["passing"] = _passing(given["passing"])
        if given["quorum"] is not None:
            quorum = _fields(given["quorum"], Quorum, "quorum")
            given["quorum"] = Quorum(quorum["count"], _share(quorum["share"], "quorum"))
        if given["second_round"] is not None:
            second = _fields(given["second_round"], SecondRound, "second_round")
            given["second_round"] = SecondRound(_share(second["floor"], "second_round"), second["extra"])
        return cls(**given)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _passing_json(passing: Share | Plurality) -> dict[str, Any]:
    if isinstance(passing, Share):
        return {"share": passing.to_json()}
    return {"plurality": passing.floor and passing.floor.to_json()}


def _fields(data: object, shape: type, field: str) -> dict[str, Any]:
    names = set(shape.__dataclass_fields__)  # type: ignore[attr-defined]
    _require(isinstance(data, dict) and set(data) == names, "rule_shape", field=field)
    return dict(data)  # type: ignore[call-overload, no-any-return]


def _share(data: object, field: str) -> Share:
    _require(isinstance(data, list) and len(data) == 3, "rule_shape", field=field)
    return Share(*data)  # type: ignore[misc]


def _passing(data: object) -> Share | Plurality | None:
    if data is None:
        return None
    _require(isinstance(data, dict) and list(data) in (["share"], ["plurality"]), "rule_shape", field="passing")
    ((kind, value),) = data.items()  # type: ignore[attr-defined]
    if kind == "share":
        return _share(value, "passing")
    return Plurality(None if value is None else _share(value, "passing"))


# --- a motion ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Tally:
    """What was counted in one measure. `roll` is net of the recused; `present` and `served` may not apply (None).

    Whoever voted was present: a caller counts those who voted and left as present, or the tally is refused.
    """

    roll: int
    present: int | None
    served: int | None
    for_: int
    against: int
    abstain: int
    invalid: int = 0

    def __post_init__(self) -> None:
        _counted(**{name.rstrip("_"): value for name, value in vars(self).items() if value is not None})
        for name in ("present", "served"):
            if (limit := getattr(self, name)) is not None:
                _require(self.cast <= limit, f"cast_over_{name}", cast=self.cast, limit=limit)
                _require(limit <= self.roll, f"{name}_over_roll", count=limit, roll=self.roll)
        _require(self.cast <= self.roll, "cast_over_roll", cast=self.cast, roll=self.roll)

    @property
    def decided(self) -> int:
        return self.for_ + self.against

    @property
    def valid(self) -> int:
        return self.decided + self.abstain

    @property
    def cast(self) -> int:
        return self.valid + self.invalid

    @property
    def silent(self) -> int:
        """Served with the papers and not heard of; what it means is the rule's seventh parameter."""
        return 0 if self.served is None else self.served - self.cast


@dataclass(frozen=True)
class Figures:
    """Every figure behind a verdict in one measure, silence already applied (`silent` went to `silent_as`)."""

    roll: int
    present: int
    served: int
    for_: int
    against: int
    abstain: int
    invalid: int
    silent: int
    silent_as: str  # absent, abstain, for, against
    decided: int
    valid: int
    cast: int
    base_name: str
    base: int
    need: int | None  # None: nothing is decided
    quorum_count_name: str | None
    quorum_count: int | None
    quorum_need: int | None
    quorum_met: bool
    pass_met: bool

    def to_json(self) -> dict[str, Any]:
        return {name.rstrip("_"): value for name, value in vars(self).items()}


@dataclass(frozen=True)
class Verdict:
    """`outcome`: passed 通过, failed 未通过, no_quorum 表决不成立, or noted (a sense check decides nothing)."""

    outcome: str
    figures: Mapping[str, Figures]

    def to_json(self) -> dict[str, Any]:
        return {"outcome": self.outcome, "figures": {name: each.to_json() for name, each in self.figures.items()}}


def verdict(rule: Rule, tallies: Mapping[str, Tally]) -> Verdict:
    """What follows from the tallies, one per measure of the rule.

    no_quorum comes before failed; every measure must hold; nothing passes without a vote for it.
    """
    _kind(rule, "motion")
    _require(set(tallies) == set(rule.measures), "tally_measures", measures=", ".join(rule.measures))
    side = _silent_side(rule.silence.mode, tallies)
    figures = {measure: _figures(rule, tallies[measure], side) for measure in rule.measures}
    if not all(each.quorum_met for each in figures.values()):
        outcome = "no_quorum"
    elif rule.passing is None:
        outcome = "noted"
    else:
        outcome = "passed" if all(each.pass_met for each in figures.values()) else "failed"
    return Verdict(outcome, figures)


def _kind(rule: Rule, kind: str) -> None:
    _require(rule.choice.kind == kind, "choice_kind", kind=rule.choice.kind, wanted=kind)


def _silent_side(mode: str, tallies: Mapping[str, Tally]) -> str:
    if mode != "follow":
        return mode
    leading = {_leading(tally) for tally in tallies.values()}
    return leading.pop() if len(leading) == 1 else "abstain"  # heads and area disagree: nobody to follow


def _leading(tally: Tally) -> str:
    if tally.for_ == tally.against:
        return "abstain"
    return "for" if tally.for_ > tally.against else "against"


def _counts(tally: Tally, present: int | None) -> dict[str, int]:
    """Every number a quorum or a threshold may refer to; present and served are the cast where they do not apply."""
    return {
        "decided": tally.decided,
        "valid": tally.valid,
        "cast": tally.cast,
        "present": tally.cast if present is None else present,
        "served": tally.cast if tally.served is None else tally.served,
        "all": tally.roll,
    }


def _quorum(rule: Rule, counts: Mapping[str, int]) -> tuple[str | None, int | None, int | None, bool]:
    """(name of the count, count, need, met) of the rule's quorum; a rule without one is always met."""
    if rule.quorum is None:
        return None, None, None, True
    name, share = rule.quorum.count, rule.quorum.share
    return name, counts[name], share.need(counts["all"]), share.met(counts[name], counts["all"])


def _figures(rule: Rule, given: Tally, side: str) -> Figures:
    silent = given.silent
    tally = given
    if side != "absent":
        field = "for_" if side == "for" else side
        # the silent were served with papers and need not be in the room
        tally = replace(given, present=None, **{field: getattr(given, field) + silent})
    present = tally.cast if given.present is None else given.present
    counts = _counts(tally, present)
    uses_present = rule.base == "present" or (rule.quorum is not None and rule.quorum.count == "present")
    _require(not uses_present or tally.cast <= present, "silent_over_present", cast=tally.cast, limit=present)
    base = counts[rule.base]
    share = rule.passing if isinstance(rule.passing, Share) else None
    quorum_name, quorum_count, quorum_need, quorum_met = _quorum(rule, counts)
    return Figures(
        roll=tally.roll,
        present=present,
        served=counts["served"],
        for_=tally.for_,
        against=tally.against,
        abstain=tally.abstain,
        invalid=tally.invalid,
        silent=silent,
        silent_as=side,
        decided=tally.decided,
        valid=tally.valid,
        cast=tally.cast,
        base_name=rule.base,
        base=base,
        need=share.need(base) if share else None,
        quorum_count_name=quorum_name,
        quorum_count=quorum_count,
        quorum_need=quorum_need,
        quorum_met=quorum_met,
        pass_met=share is not None and tally.for_ > 0 and share.met(tally.for_, base),
    )


# --- several channels --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Count:
    """What one channel counted in one measure."""

    for_: int = 0
    against: int = 0
    abstain: int = 0
    invalid: int = 0

    def __post_init__(self) -> None:
        _counted(**{name.rstrip("_"): value for name, value in vars(self).items()})

    @property
    def cast(self) -> int:
        return self.for_ + self.against + self.abstain + self.invalid


def merge(
    rule: Rule,
    counts: Mapping[str, Count],
    *,
    roll: int,
    present: int | None = None,
    served: int | None = None,
    issued: int | None = None,
) -> Tally:
    """One measure summed over its channels. RuleError for what cannot be, with the numbers.

    `issued`: papers handed out, in the same measure. More papers counted than issued void the vote (川选举条例 29);
    more hands than people present who have not voted otherwise are a miscount.
    """
    for channel in counts:
        _require(channel in rule.channels, "channel_closed", channel=channel)
    if "paper" in counts:
        _require(issued is not None or not rule.reconcile, "issued_missing")
        _check_papers(counts["paper"].cast, issued)
    total = sum(count.cast for count in counts.values())
    if present is not None and "hand" in counts:
        _counted(present=present)
        free = present - (total - counts["hand"].cast)
        _require(counts["hand"].cast <= free, "hands_over_present", hands=counts["hand"].cast, free=free)
    _require(present is None or total <= present, "cast_over_present", cast=total, limit=present)
    for_, against, abstain, invalid = (
        sum(getattr(count, field) for count in counts.values()) for field in ("for_", "against", "abstain", "invalid")
    )
    return Tally(roll, present, served, for_, against, abstain, invalid)


def _check_papers(returned: int, issued: int | None) -> None:
    if issued is not None:
        _counted(issued=issued)
        _require(returned <= issued, "papers_over_issued", returned=returned, issued=issued)


# --- elections and picks -----------------------------------------------------------------------------------
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
    _kind(rule, "slate")
    return _elect(rule, marks, rule.choice.seats, **given)


def count_pick(rule: Rule, marks: Mapping[str, int], **given: Any) -> Election:
    """推选、项目票选: marks per name, at most `maximum` a ballot.

    Figures by keyword: roll, cast (all ballots returned, invalid and blank ones too), invalid, and where they apply
    present, served, issued (more returned than issued voids it), listed (names printed on the ballot, without
    write-ins; default all), again (this already was the vote again among the tied: now the lot, if the rule has it).
    """
    _kind(rule, "choose")
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
    _counted(cast=cast, invalid=invalid)
    _counted(**marks)
    _check_papers(cast, issued)
    _require(invalid <= cast, "invalid_over_cast", invalid=invalid, cast=cast)
    tally = Tally(roll, present, served, 0, 0, cast - invalid, invalid)
    for name, count in marks.items():
        _require(count <= tally.valid, "marks_over_ballots", name=name, marks=count, ballots=tally.valid)
    total = sum(marks.values())
    _require(total <= limit * tally.valid, "marks_over_limit", marks=total, limit=limit * tally.valid)
    counts = _counts(tally, present)
    share, base_name = rule.passing, rule.base
    if isinstance(share, Plurality):  # its floor is always of the ballots cast
        share, base_name = share.floor, "cast"
    floor = share.need(counts[base_name]) if share else None
    ranked = tuple(sorted(marks.items(), key=lambda mark: -mark[1]))  # stable: equals stay in ballot order
    quorum_name, quorum_count, quorum_need, quorum_met = _quorum(rule, counts)
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


# --- ratings -----------------------------------------------------------------------------------------------
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
    _kind(rule, "rate")
    _require(set(grades) <= {grade.code for grade in rule.choice.scale}, "scale", field="grades")
    _counted(cast=cast, invalid=invalid)
    _counted(**grades)
    _check_papers(cast, issued)
    rows = [(grade, grades.get(grade.code, 0)) for grade in rule.choice.scale]
    given = sum(count for _, count in rows)
    _require(given + invalid == cast, "grades_differ", grades=given, invalid=invalid, cast=cast)
    opinions = [(grade.points, count) for grade, count in rows if grade.points is not None]
    expressed = sum(count for _, count in opinions)
    tally = Tally(roll, present, served, expressed, 0, given - expressed, invalid)
    counts = _counts(tally, present)
    base = counts[rule.base]
    favourable = sum(count for grade, count in rows if grade.favourable)
    points = sum(each * count for each, count in opinions)
    share = rule.passing if isinstance(rule.passing, Share) else None
    score = (points * 200 + expressed) // (2 * expressed) if expressed else None
    shown = "—" if score is None else f"{score // 100}.{score % 100:02d}"
    if not _quorum(rule, counts)[-1]:
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


# --- without objection -------------------------------------------------------------------------------------
def consent(rule: Rule, objections: int) -> str:
    """一致通过: "passed" when nobody objects within the wait, else "objected": the motion goes to a counted vote."""
    _kind(rule, "consent")
    _counted(objections=objections)
    return "objected" if objections else "passed"
