"""What every rule and every count is checked against. Pure: no Django, no clock, integers only."""

from __future__ import annotations

from typing import Any


class RuleError(ValueError):
    """A contradictory rule or an impossible count. `code` and `params` are put into words by `wording.say_error`."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        told = ", ".join(f"{key}={value!r}" for key, value in self.params.items())
        return f"{self.code} ({told})" if told else self.code


def whole(value: object) -> bool:
    """An integer; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def require(holds: bool, code: str, **params: Any) -> None:
    """RuleError(`code`) with `params`, unless it `holds`."""
    if not holds:
        raise RuleError(code, **params)


def require_counts(**figures: object) -> None:
    """Whole numbers from 0."""
    for name, value in figures.items():
        require(whole(value), "not_whole", field=name)
        require(value >= 0, "negative", field=name, value=value)  # type: ignore[operator]


def one_of(field: str, value: object, allowed: tuple[str, ...]) -> None:
    require(isinstance(value, str) and value in allowed, "not_in_list", field=field, allowed=", ".join(allowed))


def some_of(field: str, values: object, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """A non-empty choice from `allowed` in canonical order, so that equal rules have equal digests."""
    require(isinstance(values, list | tuple) and len(values) > 0, "empty_list", field=field)
    for value in values:  # type: ignore[attr-defined]
        one_of(field, value, allowed)
    require(len(set(values)) == len(values), "twice_in_list", field=field)  # type: ignore[call-overload, arg-type]
    return tuple(name for name in allowed if name in values)  # type: ignore[operator]
