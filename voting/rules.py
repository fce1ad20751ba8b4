"""Voting rules 表决规则: the parameters of a vote. Pure: no Django, no clock, integers only.

A `Rule` holds the twelve orthogonal parameters; `verdicts`, `elections` and `ratings` say what follows from a count.

Two words of the law decide every threshold (民法典 art. 1259): 以上 includes the number (``>=``), 超过 and 过半数 do
not (``>``). A threshold is therefore always (operator, numerator, denominator), never a percentage, and is compared
by cross-multiplying integers: binary floats turn an exact half into "more than half".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from .checks import one_of, require, require_counts, some_of, whole

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


@dataclass(frozen=True)
class Share:
    """A threshold: more than (``>``) or at least (``>=``) `a` of `b` parts, 0 < a <= b."""

    op: str
    a: int
    b: int

    def __post_init__(self) -> None:
        one_of("op", self.op, OPS)
        require(whole(self.a) and whole(self.b) and 0 < self.a <= self.b, "share_parts", a=self.a, b=self.b)
        require(self.op == ">=" or self.a < self.b, "share_never", a=self.a, b=self.b)

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
        one_of("quorum", self.count, COUNTS)


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
        require(all(isinstance(text, str) and text for text in (self.code, self.label)), "scale", field="grade")
        require(self.points is None or (whole(self.points) and self.points >= 0), "scale", field=self.code)
        require(isinstance(self.favourable, bool), "scale", field=self.code)
        require(self.points is not None or not self.favourable, "scale", field=self.code)


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
        one_of("choice", self.kind, KINDS)
        require_counts(minimum=self.minimum, maximum=self.maximum, seats=self.seats, wait_s=self.wait_s)
        require(isinstance(self.write_in, bool), "rule_shape", field="write_in")
        elects = self.kind in ("choose", "slate")
        require((self.seats > 0) == elects, "choice_seats", kind=self.kind)
        require(elects or not self.write_in, "choice_seats", kind=self.kind)
        require((self.maximum > 0) == (self.kind == "choose"), "choice_marks", kind=self.kind)
        require(self.minimum <= self.maximum, "choice_marks", kind=self.kind)
        require((self.wait_s > 0) == (self.kind == "consent"), "choice_wait", kind=self.kind)
        codes = [grade.code for grade in self.scale]
        require((len(codes) > 1) == (self.kind == "rate") and len(set(codes)) == len(codes), "scale", field="scale")


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
        one_of("silence", self.mode, SILENCES)
        for name in ("clause", "delivery", "warning"):
            text = getattr(self, name)
            require(isinstance(text, str), "rule_shape", field=name)
            require(self.mode != "follow" or bool(text.strip()), "follow_needs", field=name)


@dataclass(frozen=True)
class Proxy:
    """委托: how many principals one holder may stand for, and under which limits."""

    per_holder: int
    candidate_may_hold: bool = False
    directed: bool = False
    publish_list: bool = False

    def __post_init__(self) -> None:
        require_counts(per_holder=self.per_holder)
        require(self.per_holder > 0, "proxy_limit")
        for name in ("candidate_may_hold", "directed", "publish_list"):
            require(isinstance(getattr(self, name), bool), "rule_shape", field=name)


@dataclass(frozen=True)
class SecondRound:
    """另行选举: open seats plus `extra` more names (None: as many more as in the first round), most votes ≥ `floor`."""

    floor: Share
    extra: int | None = None

    def __post_init__(self) -> None:
        if self.extra is not None:
            require_counts(extra=self.extra)


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
        object.__setattr__(self, "measures", some_of("measures", self.measures, MEASURES))
        object.__setattr__(self, "channels", some_of("channels", self.channels, CHANNELS))
        for name, allowed in (
            ("unit", UNITS), ("base", BASES), ("secrecy", SECRECIES), ("receipt", RECEIPTS),
            ("revote", REVOTES), ("merge", MERGES), ("tie", TIES),
        ):  # fmt: skip
            one_of(name, getattr(self, name), allowed)
        require(isinstance(self.reconcile, bool), "rule_shape", field="reconcile")
        require("area" not in self.measures or self.unit in ("owner", "household"), "area_without_owners")
        require("households" not in self.measures or self.unit != "person", "households_of_persons")
        self._check_choice()
        self._check_secrecy()
        require("paper" in self.channels or not self.reconcile, "reconcile_without_paper")

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
        require(isinstance(self.passing, allowed), "passing_kind", kind=kind)
        require(kind == "motion" or self.measures == ("heads",), "only_heads", kind=kind)
        require(kind == "motion" or self.silence.mode == "absent", "silence_only_motion", kind=kind)
        require(not (elects and self.base == "decided"), "base_kind", kind=kind)
        require((self.tie != "fails") == elects, "tie_kind", kind=kind)
        require(self.second_round is None or (elects and isinstance(self.passing, Share)), "second_round_kind")
        require(not (elects and self.unit == "representative" and self.proxy), "proxy_representatives")

    def _check_secrecy(self) -> None:
        secret = self.secrecy == "secret"
        weighted = self.measures != ("heads",)
        require(not (secret and weighted), "secret_weighted")  # 89.52 ㎡ is a fingerprint
        require(secret or self.receipt == "none", "receipt_without_secrecy")
        require(not (secret and self.proxy and self.proxy.directed), "secret_directed")
        require("hand" not in self.channels or not (secret or weighted), "hand_secret_or_weighted")

    @property
    def weighted(self) -> bool:
        return self.measures != ("heads",)

    def rematch(self, seats: int) -> Rule:
        """The same rule for a vote again among the tied: most votes win the open `seats`."""
        return replace(self, choice=self._seats(seats), passing=Plurality(), second_round=None)

    def runoff(self, seats: int) -> Rule:
        """The second round for `seats` left vacant: most votes win, with the floor of the ballots cast."""
        require(self.second_round is not None, "no_second_round")
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
        require(isinstance(choice["scale"], list), "rule_shape", field="scale")
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
    require(isinstance(data, dict) and set(data) == names, "rule_shape", field=field)
    return dict(data)  # type: ignore[call-overload, no-any-return]


def _share(data: object, field: str) -> Share:
    require(isinstance(data, list) and len(data) == 3, "rule_shape", field=field)
    return Share(*data)  # type: ignore[misc]


def _passing(data: object) -> Share | Plurality | None:
    if data is None:
        return None
    require(isinstance(data, dict) and list(data) in (["share"], ["plurality"]), "rule_shape", field="passing")
    ((kind, value),) = data.items()  # type: ignore[attr-defined]
    if kind == "share":
        return _share(value, "passing")
    return Plurality(None if value is None else _share(value, "passing"))
