"""The sheets of the workbook in the audience's own periods, groups and currency: numbers as they are, with meanings."""

from __future__ import annotations

from dataclasses import dataclass

from melflow.reports.context import Context
from melflow.reports.money import Amount, UsedRate, amounts, used
from melflow.reports.own_exchanges import Exchanged, exchanged
from melflow.reports.own_periods import value
from melflow.reports.section_own import shown

_RESULTS = (
    "indicator_id", "indicator", "whose", "dimension", "group", "unit", "period", "starts_on", "ends_on", "baseline",
    "target", "actual", "n_summed", "results_due", "reason",
)  # fmt: skip
_MONEY = ("what", "period", "starts_on", "ends_on", "amount", "currency", "converted", "into", "reason")
_RATES = ("currency", "into", "period", "rate", "rate_dated", "rate_source")
_EXCHANGES = ("measure", "period", "starts_on", "ends_on", "total", "n_pairs", "reason")
Cell = str | float | None


@dataclass(frozen=True)
class OwnSheet:
    """A sheet: its columns with their meanings, and rows of cells; key and fields are for programs."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    key: str
    fields: tuple[str, ...]


def sheets(context: Context, wanted: tuple[str, ...]) -> tuple[OwnSheet, ...]:
    """Return the sheets of a report's sections; none when the audience chose neither periods, groups nor currency."""
    frame, found = context.frame, []
    if "results" in wanted and (frame.has_own_periods or frame.disaggregation):
        found.append(_sheet(context, "own_periods", _RESULTS, tuple(_results(context))))
    if "members" in wanted and (frame.has_own_periods or frame.currency):
        found.append(_sheet(context, "own_money", _MONEY, tuple(_money(context, one) for one in amounts(context))))
        rates = tuple(_rate(context, one) for one in used(context))
        found += [_sheet(context, "own_rates", _RATES, rates)] if rates else []
    if "flow" in wanted and frame.has_own_periods:
        found.append(_sheet(context, "own_exchanges", _EXCHANGES, tuple(map(_exchanged, exchanged(context)))))
    return tuple(found)


def _sheet(context: Context, key: str, names: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...]) -> OwnSheet:
    columns = tuple((name, context.say(f"field.{name}")) for name in names)
    return OwnSheet(context.say(f"sheet.{key}"), columns, rows, key, names)


def _results(context: Context) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for one, span in shown(context):
        found = value(context, one, span)
        named = (one.indicator_id, one.head["indicator_name"], one.who, one.dimension, one.group, one.head["unit"])
        days = (span.label, span.starts_on.isoformat(), span.ends_on.isoformat())
        numbers = (found.baseline, found.target, found.actual, found.n, found.of)
        rows.append((*(cell or None for cell in named), *days, *numbers, found.reason or None))
    return rows


def _rate(context: Context, one: UsedRate) -> tuple[Cell, ...]:
    label = next(period.label for period in context.data.periods if period.period_id == one.period_id)
    return (one.currency, one.into, label, one.rate, one.dated.isoformat(), one.source)


def _exchanged(one: Exchanged) -> tuple[Cell, ...]:
    span = one.window
    days = (span.label, span.starts_on.isoformat(), span.ends_on.isoformat())
    return (one.measure, *days, one.total, one.n_pairs, one.reason or None)


def _money(context: Context, one: Amount) -> tuple[Cell, ...]:
    span, into = one.window, context.frame.currency
    days = (span.label, span.starts_on.isoformat(), span.ends_on.isoformat())
    own = one.converted if into else None
    return (context.say(f"money.{one.what}"), *days, one.amount, one.currency, own, into, one.reason or None)
