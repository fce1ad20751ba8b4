"""Names as the public sees them."""

from __future__ import annotations


def masked(name: str) -> str:
    """First and last character: 王* for two, 夏*珍 for three, 欧**华 for four and more."""
    if len(name) < 2:
        return "*" if name else ""
    if len(name) == 2:
        return f"{name[0]}*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"
