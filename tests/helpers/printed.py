"""How a published row is printed in the tables of an edition, in other words than the reports' own."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from fake_release import CAPABILITIES, DIMENSIONS, HOSTILE, LEVELS

Row = dict[str, Any]
Cell = Callable[[Row], str]
DASH = "\N{EN DASH}"
NAMES = CAPABILITIES | LEVELS | DIMENSIONS | HOSTILE
NAMES |= {"adapt_renew": "Adaptive <b>capacity</b>", "mistrust": "Mistrust (lower is better)"}
NAMES |= {"events": "exchanges", "all": "all"}


def rounded(value: float | None, digits: int = 0) -> str:
    """Return a number as it is printed."""
    if value is None:
        return DASH
    exact = Decimal(str(value)).quantize(Decimal(10) ** -digits, rounding=ROUND_HALF_UP) + 0  # no negative zero
    return f"{exact:,}".replace("-", "\N{MINUS SIGN}")


def counted(value: float | None) -> str:
    """Return a count, or an amount with a decimal."""
    return rounded(value, 0 if value is None or float(value).is_integer() else 1)


def percent(value: float | None, digits: int = 0) -> str:
    """Return a share."""
    return DASH if value is None else rounded(float(Decimal(str(value)) * 100), digits) + "\N{NO-BREAK SPACE}%"


def signed(value: float | None) -> str:
    """Return a difference."""
    return ("+" if value is not None and value >= 0.5 else "") + rounded(value)


def between(low: float | None, high: float | None, text: Callable[[float | None], str] = rounded) -> str:
    """Return an interval."""
    return DASH if low is None or high is None else f"{text(low)} to {text(high)}"


def pair(row: Row, key: str = "dyad_id") -> str:
    """Return a pair by the names of both."""
    return f" {DASH} ".join(NAMES[side] for side in row[key].split("--"))


def called(column: str) -> Cell:
    """Return what gives the name of a key."""
    return lambda row: NAMES.get(row[column], row[column])


def worded(column: str) -> Cell:
    """Return what gives a key in readable words, the first letter large."""
    return lambda row: NAMES.get(row[column], row[column].replace("_", " ").capitalize())


def text(column: str) -> Cell:
    """Return what gives a text as it is; a dash for none."""
    return lambda row: DASH if row[column] is None else str(row[column])


def count(column: str) -> Cell:
    """Return what gives a count."""
    return lambda row: counted(row[column])


def points(column: str, digits: int = 0) -> Cell:
    """Return what gives a number at so many decimals."""
    return lambda row: rounded(row[column], digits)


def share(column: str, digits: int = 0) -> Cell:
    """Return what gives a share."""
    return lambda row: percent(row[column], digits)


def gap(column: str = "gap") -> Cell:
    """Return what gives a difference with its sign."""
    return lambda row: signed(row[column])


def interval(name: str = "", is_share: bool = False) -> Cell:
    """Return what gives an interval: the columns ``<name>ci_low`` and ``<name>ci_high``."""
    ends = (f"{name}ci_low", f"{name}ci_high")
    return lambda row: between(row[ends[0]], row[ends[1]], percent if is_share else rounded)


def beside(number: Cell, ci: Cell) -> Cell:
    """Return what gives a number with its interval in brackets."""
    return lambda row: f"{number(row)} ({ci(row)})"


def part(n: str, of: str) -> Cell:
    """Return what gives "n of m"."""
    return lambda row: f"{counted(row[n])} of {counted(row[of])}"
