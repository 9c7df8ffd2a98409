"""What expressions of forms are made of: values with their kind, how one kind becomes another, and the functions.

As the survey tools do it (ODK XForms specification, "XPath functions"); what differs between them is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["text", "number", "truth", "day"]
_EPOCH = pl.date(1970, 1, 1)
_SECONDS_A_DAY = 86_400


class UnsupportedError(ValueError):
    """An expression that is not evaluated; its text says what in it is beyond us, without any answer."""


@dataclass(frozen=True)
class Value:
    """What a part of an expression stands for.

    Attributes:
        kind: text; number (null is NaN); truth; day (a date, or a time as days since 1970 with a fraction).
        expr: Over the rows of the frame the expression is judged on. Text and truth: null is unknown.
    """

    kind: Kind
    expr: pl.Expr


def answer(expr: pl.Expr, type_: str) -> Value:
    """Return the answer to a question of a type as an expression sees it.

    Args:
        expr: The answers as text; null is no answer, which XForms know as empty text.
        type_: Of the question: date, dateTime and what the form calls so; anything else is text.
    """
    if type_ in ("date", "today"):
        return Value("day", days_of(expr.str.head(10).str.to_date("%Y-%m-%d", strict=False)))
    if type_ in ("dateTime", "start", "end"):
        moment = expr.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
        return Value("day", moments_of(moment))
    return Value("text", expr.fill_null(""))


def as_number(value: Value) -> pl.Expr:
    """Return the value as a number; null is not a number."""
    if value.kind == "text":
        clean = value.expr.str.strip_chars()
        return pl.when(clean.str.contains(r"^-?(\d+(\.\d*)?|\.\d+)$")).then(clean).cast(pl.Float64, strict=False)
    return value.expr.cast(pl.Float64)


def as_truth(value: Value) -> pl.Expr:
    """Return the value as a truth: text is true when there is any, a number when it is not 0."""
    match value.kind:
        case "truth":
            return value.expr
        case "text":
            return value.expr != ""
        case "number":
            return (value.expr != 0).fill_null(False)
        case "day":
            return value.expr.is_not_null()


def as_text(value: Value) -> pl.Expr:
    """Return the value as text.

    Raises:
        UnsupportedError: It is a date, which the survey tools write in ways of their own.
    """
    match value.kind:
        case "text":
            return value.expr
        case "truth":
            return pl.when(value.expr).then(pl.lit("true")).otherwise(pl.lit("false"))
        case "number":
            whole = value.expr.cast(pl.Int64, strict=False)
            plain = pl.when(whole == value.expr).then(whole.cast(pl.String)).otherwise(value.expr.cast(pl.String))
            return plain.fill_null("NaN")
        case "day":
            raise UnsupportedError("a date as text")


def days_of(day: pl.Expr) -> pl.Expr:
    """Return dates as days since 1970."""
    return (day - _EPOCH).dt.total_days().cast(pl.Float64)


def moments_of(moment: pl.Expr) -> pl.Expr:
    """Return times as days since 1970, with a fraction."""
    return moment.dt.timestamp("ms") / (1000 * _SECONDS_A_DAY)


def _words(value: Value) -> pl.Expr:
    return as_text(value).str.strip_chars().str.split(" ").list.eval(pl.element().filter(pl.element() != ""))


def _selected(value: Value, word: Value) -> Value:
    return Value("truth", _words(value).list.contains(as_text(word).str.strip_chars()))


def _regex(value: Value, pattern: Value) -> Value:
    """Match the whole text, as the survey tools do."""
    (written,) = pl.select(as_text(pattern).first()).to_series() if not pattern.expr.meta.root_names() else (None,)
    if written is None:
        raise UnsupportedError("a pattern that is itself an answer")
    whole = f"^(?:{written})$"
    try:
        pl.select(pl.lit("").str.contains(whole))
    except pl.exceptions.PolarsError as error:
        raise UnsupportedError("a pattern with parts that cannot be judged, such as looking ahead") from error
    return Value("truth", as_text(value).str.contains(whole))


def _if(condition: Value, then: Value, otherwise: Value) -> Value:
    if then.kind != otherwise.kind:
        then, otherwise = Value("text", as_text(then)), Value("text", as_text(otherwise))
    return Value(then.kind, pl.when(as_truth(condition)).then(then.expr).otherwise(otherwise.expr))


def _coalesce(one: Value, other: Value) -> Value:
    return _if(Value("truth", _filled(one)), one, other)


def _filled(value: Value) -> pl.Expr:
    return as_text(value) != "" if value.kind == "text" else value.expr.is_not_null()


def _date(value: Value) -> Value:
    if value.kind == "text":
        return Value("day", days_of(value.expr.str.head(10).str.to_date("%Y-%m-%d", strict=False)))
    return Value("day", as_number(value))


def _round(value: Value, digits: Value | None = None) -> Value:
    scale = 1.0 if digits is None else pl.lit(10.0).pow(as_number(digits))
    return Value("number", (as_number(value) * scale + 0.5).floor() / scale)


def _extreme(fold: Callable[..., pl.Expr]) -> Callable[..., Value]:
    """Return min or max: not a number when one of the answers is none."""

    def of(*values: Value) -> Value:
        numbers = [as_number(value) for value in values]
        known = pl.all_horizontal(*(number.is_not_null() for number in numbers))
        return Value("number", pl.when(known).then(fold(*numbers)))

    return of


def _of_number(change: Callable[[pl.Expr], pl.Expr]) -> Callable[[Value], Value]:
    return lambda value: Value("number", change(as_number(value)))


_MANY = 1000
#: Name -> fewest and most arguments, and what it does.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Value]]] = {
    "not": (1, 1, lambda value: Value("truth", ~as_truth(value))),
    "true": (0, 0, lambda: Value("truth", pl.lit(True))),
    "false": (0, 0, lambda: Value("truth", pl.lit(False))),
    "boolean": (1, 1, lambda value: Value("truth", as_truth(value))),
    "selected": (2, 2, _selected),
    "count-selected": (1, 1, lambda value: Value("number", _words(value).list.len().cast(pl.Float64))),
    "selected-at": (
        2, 2, lambda value, at: Value(
            "text", _words(value).list.get(as_number(at).cast(pl.Int64, strict=False), null_on_oob=True).fill_null("")
        ),
    ),
    "count-non-empty": (
        1, _MANY, lambda *values: Value(
            "number", pl.sum_horizontal(*(_filled(value).cast(pl.Float64) for value in values))
        ),
    ),
    "string": (1, 1, lambda value: Value("text", as_text(value))),
    "string-length": (1, 1, lambda value: Value("number", as_text(value).str.len_chars().cast(pl.Float64))),
    "concat": (1, _MANY, lambda *values: Value("text", pl.concat_str(*(as_text(value) for value in values)))),
    "contains": (2, 2, lambda value, part: Value("truth", as_text(value).str.contains(as_text(part), literal=True))),
    "starts-with": (2, 2, lambda value, part: Value("truth", as_text(value).str.starts_with(as_text(part)))),
    "ends-with": (2, 2, lambda value, part: Value("truth", as_text(value).str.ends_with(as_text(part)))),
    "normalize-space": (
        1, 1, lambda value: Value("text", as_text(value).str.strip_chars().str.replace_all(r"\s+", " "))
    ),
    "regex": (2, 2, _regex),
    "if": (3, 3, _if),
    "coalesce": (2, 2, _coalesce),
    "number": (1, 1, _of_number(lambda number: number)),
    "int": (1, 1, _of_number(lambda number: number.truncate())),
    "floor": (1, 1, _of_number(lambda number: number.floor())),
    "ceiling": (1, 1, _of_number(lambda number: number.ceil())),
    "abs": (1, 1, _of_number(lambda number: number.abs())),
    "round": (1, 2, _round),
    "pow": (2, 2, lambda base, power: Value("number", as_number(base).pow(as_number(power)).fill_nan(None))),
    "min": (1, _MANY, _extreme(pl.min_horizontal)),
    "max": (1, _MANY, _extreme(pl.max_horizontal)),
    "date": (1, 1, _date),
    "decimal-date-time": (1, 1, lambda value: Value("number", as_number(_date(value)))),
}  # fmt: skip
