"""The sheets of the workbook in the audience's own periods, groups and currency: numbers as they are, with meanings."""

from __future__ import annotations

from dataclasses import dataclass

from melflow.reports.context import Context
from melflow.reports.money import Amount, amounts, rate_of
from melflow.reports.own_exchanges import Exchanged, exchanged
from melflow.reports.own_periods import value
from melflow.reports.section_own import shown

_RESULTS = (
    "indicator_id", "indicator", "whose", "dimension", "group", "unit", "period", "starts_on", "ends_on", "baseline",
    "target", "actual", "n_summed", "results_due", "reason",
)  # fmt: skip
_MONEY = (
    "what", "period", "starts_on", "ends_on", "amount", "currency", "rate", "rate_dated", "rate_source", "converted",
    "into", "reason",
)  # fmt: skip
_EXCHANGES = ("measure", "period", "starts_on", "ends_on", "total", "n_pairs", "reason")
Cell = str | float | None


@dataclass(frozen=True)
class OwnSheet:
    """A sheet: its columns with their meanings, and rows of cells."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]


def sheets(context: Context, wanted: tuple[str, ...]) -> tuple[OwnSheet, ...]:
    """Return the sheets of a report's sections; none when the audience chose neither periods, groups nor currency."""
    frame, found = context.frame, []
    if "results" in wanted and (frame.has_own_periods or frame.disaggregation):
        found.append(_sheet(context, "own_periods", _RESULTS, tuple(_results(context))))
    if "members" in wanted and (frame.has_own_periods or frame.currency):
        found.append(_sheet(context, "own_money", _MONEY, tuple(_money(context, one) for one in amounts(context))))
    if "flow" in wanted and frame.has_own_periods:
        found.append(_sheet(context, "own_exchanges", _EXCHANGES, tuple(map(_exchanged, exchanged(context)))))
    return tuple(found)


def _sheet(context: Context, key: str, names: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...]) -> OwnSheet:
    columns = tuple((name, context.say(f"field.{name}")) for name in names)
    return OwnSheet(context.say(f"sheet.{key}"), columns, rows)


def _results(context: Context) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for one, span in shown(context):
        found = value(context, one, span)
        named = (one.indicator_id, one.head["indicator_name"], one.who, one.dimension, one.group, one.head["unit"])
        days = (span.label, span.starts_on.isoformat(), span.ends_on.isoformat())
        numbers = (found.baseline, found.target, found.actual, found.n, found.of)
        rows.append((*(cell or None for cell in named), *days, *numbers, found.reason or None))
    return rows


def _exchanged(one: Exchanged) -> tuple[Cell, ...]:
    span = one.window
    days = (span.label, span.starts_on.isoformat(), span.ends_on.isoformat())
    return (one.measure, *days, one.total, one.n_pairs, one.reason or None)


def _money(context: Context, one: Amount) -> tuple[Cell, ...]:
    span, into = one.window, context.frame.currency
    rate = None
    if one.currency and len(span.period_ids) == 1:
        rate = rate_of(context, one.currency, span.period_ids[0])
    told: tuple[Cell, ...] = (rate.rate, rate.dated.isoformat(), rate.source) if rate else (None, None, None)
    days = (span.label, span.starts_on.isoformat(), span.ends_on.isoformat())
    own = one.converted if into else None
    return (context.say(f"money.{one.what}"), *days, one.amount, one.currency, *told, own, into, one.reason or None)
