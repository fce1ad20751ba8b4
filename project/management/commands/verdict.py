"""``verdict FILE``: what follows from counted votes, for anyone who wants to check the arithmetic.

The file is JSON: ``rules`` by name (``measures``, ``quorum``, ``base``, ``pass``, optional ``silence``, or ``like``
another rule with changes) and ``cases`` (``id``, ``rule``, ``tally``, optional ``expect``). A tally gives, per
measure, [roll, present, served, for, against, abstain, invalid]; present and served may be null. Heads and households
are whole numbers; areas are ㎡ with at most two decimals, as text or number, and are never turned into binary floats.

Prints JSON: per case the outcome, per measure every figure (area in units of 0.01 ㎡, and as exact decimals), and the
sentence in both languages. Exit code 1 with one sentence for a file that is not right, 2 when an outcome differs from
what the file expects. Needs no database.
"""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from voting.checks import RuleError
from voting.rules import MEASURES, Quorum, Rule, Share, Silence
from voting.verdicts import Tally, verdict
from voting.wording import area, explain, say_error

LIMIT = 20_000_000  # bytes
LIKES = 20  # rules that may be followed from one ``like`` to the next
FIELDS = ("roll", "present", "served", "for", "against", "abstain", "invalid")
OPTIONAL = ("present", "served")
OUTCOMES = ("passed", "failed", "no_quorum")
RULE_KEYS = {"measures", "quorum", "base", "pass", "silence"}
WHOLE = re.compile(r"[0-9]{1,15}")
AREA = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")
_FIGURES_NOT_COUNTED = {"base_name", "quorum_count_name", "quorum_met", "pass_met", "silent_as"}
_FROM_FILE = "given with the rule"  # a file of figures carries no clause, delivery list or warning


@dataclass(frozen=True)
class Written:
    """A JSON number with a point, an exponent or no value (NaN, Infinity), kept as written."""

    text: str

    def __str__(self) -> str:
        return self.text


class Command(BaseCommand):
    help = "Work out the verdicts of a file of counted votes and print them as JSON."
    requires_system_checks = []  # pure arithmetic: neither the database nor the settings matter

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="JSON file with rules and cases")

    def handle(self, *args: Any, **options: Any) -> None:
        results = judge(read(options["file"]))
        self.stdout.write(json.dumps({"cases": results}, indent=1))
        wrong = [result["id"] for result in results if result.get("matches") is False]
        if wrong:
            raise CommandError(
                _("The outcome differs from what the file expects in: %(cases)s.") % {"cases": ", ".join(wrong)},
                returncode=2,
            )


def read(path: str) -> dict[str, Any]:
    """The JSON object of the file; CommandError with one sentence when there is none."""
    try:
        with open(path, "rb") as file:
            raw = file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError(
            _("The file %(path)s cannot be read: %(reason)s.") % {"path": show(path, most=1000), "reason": reason}
        ) from None
    if len(raw) > LIMIT:
        raise CommandError(_("The file is larger than %(limit)s MB.") % {"limit": LIMIT // 1_000_000})
    try:
        data = json.loads(
            raw.decode("utf-8-sig"), parse_float=Written, parse_constant=Written, object_pairs_hook=_no_twins
        )
    except UnicodeDecodeError:
        raise CommandError(_("The file is not UTF-8 text.")) from None
    except (ValueError, RecursionError) as error:
        reason = "too deeply nested" if isinstance(error, RecursionError) else str(error)
        raise CommandError(_("The file is not JSON: %(reason)s.") % {"reason": show(reason)}) from None
    if not isinstance(data, dict):
        raise CommandError(_("The file must be a JSON object with “rules” and “cases”."))
    return data


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise CommandError(_("The file names “%(field)s” twice in one object.") % {"field": show(name)})
        fields[name] = value
    return fields


def judge(data: dict[str, Any]) -> list[dict[str, Any]]:
    """One result per case, in the file's order; CommandError names the case and the field that is not right."""
    rules, cases = data.get("rules"), data.get("cases")
    if not isinstance(rules, dict):
        raise CommandError(_("The file's “rules” must be an object of rules by name."))
    if not isinstance(cases, list):
        raise CommandError(_("The file's “cases” must be a list."))
    built = {name: build_rule(name, rules) for name in rules}
    results: list[dict[str, Any]] = []
    seen: set[str] = set()
    for place, case in enumerate(cases, start=1):
        result = judge_case(place, case, built)
        if result["id"] in seen:
            raise CommandError(_("Two cases have the id “%(case)s”.") % {"case": result["id"]})
        seen.add(result["id"])
        results.append(result)
    return results


def build_rule(name: str, rules: dict[str, Any]) -> Rule:
    """The `Rule` of that name, following ``like`` to the rule it changes."""
    fields: dict[str, Any] = {}
    at: object = name
    steps = 0
    while at is not None:
        if not isinstance(at, str) or at not in rules:
            raise _rule_error(name, _("it is like “%(other)s”, which is not in the file") % {"other": show(at)})
        steps += 1
        if steps > LIKES:
            raise _rule_error(name, _("its “like” goes in a circle or through too many rules"))
        given = rules[at]
        if not isinstance(given, dict):
            raise _rule_error(name, _("it must be an object"))
        if unknown := [key for key in given if key not in RULE_KEYS | {"like"}]:
            raise _rule_error(name, _("“%(field)s” is not a field of a rule") % {"field": show(unknown[0])})
        fields = {**given, **fields}
        at = given.get("like")
        fields.pop("like", None)
    if missing := sorted(RULE_KEYS - {"silence"} - fields.keys()):
        raise _rule_error(name, _("“%(field)s” is missing") % {"field": missing[0]})
    try:
        return Rule(
            unit=_unit(fields["measures"]),
            measures=fields["measures"],
            quorum=_quorum(name, fields["quorum"]),
            base=fields["base"],
            passing=Share(*_list(name, "pass", fields["pass"], 3)),
            silence=_silence(fields.get("silence", "absent")),
        )
    except RuleError as error:
        raise CommandError(
            _("Rule “%(rule)s”: %(reason)s") % {"rule": show(name), "reason": say_error(error)}
        ) from None


def _rule_error(name: str, reason: str) -> CommandError:
    return CommandError(_("Rule “%(rule)s”: %(reason)s.") % {"rule": show(name), "reason": reason})


def _quorum(name: str, value: object) -> Quorum | None:
    if value is None:
        return None
    count, *share = _list(name, "quorum", value, 4)
    return Quorum(count, Share(*share))


def _unit(measures: object) -> str:
    """Whom the roll lists: the file does not say, and only the words of the sentence depend on it."""
    if isinstance(measures, list) and "area" in measures:
        return "owner"
    return "representative" if isinstance(measures, list) and "households" in measures else "person"


def _silence(mode: Any) -> Silence:
    if mode == "follow":
        return Silence("follow", clause=_FROM_FILE, delivery=_FROM_FILE, warning=_FROM_FILE)
    return Silence(mode)


def _list(name: str, field: str, value: object, length: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != length:
        raise _rule_error(name, _("“%(field)s” must be a list of %(length)s") % {"field": field, "length": length})
    return value


def judge_case(place: int, case: object, rules: dict[str, Rule]) -> dict[str, Any]:
    if not isinstance(case, dict):
        raise CommandError(_("Case number %(place)s must be an object.") % {"place": place})
    name = case.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= 200 or not name.isprintable():
        raise CommandError(_("Case number %(place)s: “id” must be a short text.") % {"place": place})
    chosen = case.get("rule")
    if not isinstance(chosen, str) or chosen not in rules:
        raise _case_error(name, "rule", _("there is no rule “%(rule)s” in the file") % {"rule": show(chosen)})
    rule = rules[chosen]
    expect = case.get("expect")
    if expect is not None and (not isinstance(expect, str) or expect not in OUTCOMES):
        raise _case_error(name, "expect", _("it must be one of: %(allowed)s") % {"allowed": ", ".join(OUTCOMES)})
    try:
        found = verdict(rule, _tallies(name, case.get("tally"), rule))
    except RuleError as error:
        raise CommandError(
            _("Case “%(case)s”, “%(field)s”: %(reason)s")
            % {"case": show(name), "field": "tally", "reason": say_error(error)}
        ) from None
    result = {
        "id": name,
        "rule": chosen,
        "outcome": found.outcome,
        "measures": {measure: _shown(measure, each.to_json()) for measure, each in found.figures.items()},
        "sentence": {language: explain(found, rule, language) for language in ("zh-hans", "en")},
    }
    return result if expect is None else {**result, "expect": expect, "matches": expect == found.outcome}


def _shown(measure: str, figures: dict[str, Any]) -> dict[str, Any]:
    """Integers; for areas also ``decimal`` with the same figures as exact text in ㎡."""
    if measure != "area":
        return {"scale": 1, **figures}
    counts = {
        key: area(value) for key, value in figures.items() if key not in _FIGURES_NOT_COUNTED and value is not None
    }
    return {"scale": 100, **figures, "decimal": counts}


def _tallies(case: str, tally: object, rule: Rule) -> dict[str, Tally]:
    if not isinstance(tally, dict):
        raise _case_error(case, "tally", _("it must be an object with one list per measure"))
    for measure in tally:
        if measure not in MEASURES:
            raise _case_error(case, f"tally.{show(measure)}", _("there is no such measure"))
    tallies = {}
    for measure, row in tally.items():
        field = f"tally.{measure}"
        if not isinstance(row, list) or len(row) != len(FIELDS):
            raise _case_error(
                case, field, _("it must be a list of %(length)s: %(fields)s")
                % {"length": len(FIELDS), "fields": ", ".join(FIELDS)},
            )  # fmt: skip
        numbers = [_number(case, measure, name, value) for name, value in zip(FIELDS, row, strict=True)]
        try:
            tallies[measure] = Tally(*numbers)  # type: ignore[arg-type]
        except RuleError as error:
            raise CommandError(
                _("Case “%(case)s”, “%(field)s”: %(reason)s")
                % {"case": show(case), "field": field, "reason": say_error(error, measure)}
            ) from None
    return tallies


def _number(case: str, measure: str, name: str, value: object) -> int | None:
    """Exact units of the measure (1, or 0.01 ㎡) from text or a JSON number; None only where it may not apply."""
    if value is None and name in OPTIONAL:
        return None
    text = value.text if isinstance(value, Written) else value
    if isinstance(text, int) and not isinstance(text, bool):
        text = show(text)
    if isinstance(text, str):
        if measure != "area" and WHOLE.fullmatch(text):
            return int(text)
        if measure == "area" and (found := AREA.fullmatch(text)):
            return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if measure == "area":
        reason = _("it must be an area in ㎡, not negative, with at most two decimals, not %(value)s")
    else:
        reason = _("it must be a whole number, not negative, not %(value)s")
    raise _case_error(case, f"tally.{measure}.{name}", reason % {"value": show(text)})


def _case_error(case: str, field: str, reason: str) -> CommandError:
    return CommandError(
        _("Case “%(case)s”, “%(field)s”: %(reason)s.") % {"case": show(case), "field": field, "reason": reason}
    )


def show(value: object, most: int = 60) -> str:
    """A foreign value for a sentence on the terminal: short, and without control or direction marks."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**15 else _("a huge number")
    if not isinstance(value, str):
        return _("a list or an object")
    clean = "".join(char if char.isprintable() else "?" for char in value)
    if len(clean) > most:
        return f"{clean[:most]}…"
    return clean or _("empty text")
