"""Amounts of the published tables in the audience's currency and periods, by declared rates; never by a guess."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from melflow.reports.context import Context, Row
from melflow.reports.own_periods import Window, windows


@dataclass(frozen=True)
class UsedRate:
    """A declared rate: units of ``into`` for one unit of ``currency`` in a period, its day and its source."""

    currency: str
    into: str
    period_id: str
    rate: float
    dated: dt.date
    source: str


@dataclass(frozen=True)
class Amount:
    """An amount of money in a window.

    Attributes:
        what: received, committed_ahead, budget or spent.
        amount: In the alliance's currency; None where the reason says why.
        converted: In the audience's currency; None without one, or where the reason says why.
    """

    what: str
    window: Window
    amount: float | None = None
    currency: str | None = None
    converted: float | None = None
    reason: str = ""


def rate_of(context: Context, currency: str, period_id: str) -> UsedRate | None:
    """Return the rate from a currency into the audience's for a period; None when none is declared."""
    for one in context.frame.rates:
        if (one.currency, one.period_id) == (currency, period_id):
            return UsedRate(currency, one.into, period_id, one.rate, dt.date.fromisoformat(one.dated), one.source)
    return None


def converted(context: Context, amount: float, currency: str, period_id: str) -> float | None:
    """Return an amount in the audience's currency; None when a rate is needed and none is declared."""
    if context.frame.currency in (None, currency) or amount == 0:
        return amount
    rate = rate_of(context, currency, period_id)
    return None if rate is None else amount * rate.rate


def used(context: Context) -> list[UsedRate]:
    """Return the rates behind the amounts of the audience's periods, by period and currency."""
    shown = {period_id for span in windows(context) for period_id in span.period_ids}
    found = {
        (rate.period_id, rate.currency): rate
        for one in _of_periods(context)
        if one.currency and one.window.period_ids[0] in shown
        if (rate := rate_of(context, one.currency, one.window.period_ids[0]))
    }
    return [found[key] for key in sorted(found)]


def amounts(context: Context) -> tuple[Amount, ...]:
    """Return every amount in each of the audience's periods, the kinds in order."""
    single = list(_of_periods(context))
    spans = windows(context)
    if context.frame.fiscal_year_starts is None:
        shown = {window.period_ids for window in spans}
        return tuple(one for one in single if one.window.period_ids in shown)
    kinds = dict.fromkeys(one.what for one in single)
    return tuple(
        _year(context, what, span, [one for one in single if one.what == what]) for what in kinds for span in spans
    )


def _of_periods(context: Context) -> Iterator[Amount]:
    """Yield the amounts of the alliance's periods, converted where there is a rate."""
    single = {
        period.period_id: Window(period.label, period.starts_on, period.ends_on, (period.period_id,))
        for period in context.data.periods
    }
    funding = context.data.table("pub_funding", all_periods=True)
    for what in ("received", "committed_ahead"):
        for row in funding.sort("period_id").to_dicts():
            yield _amount(context, what, single[row["period_id"]], row[what], row["currency"], _why(context, row))
    budgets = context.data.table("pub_power_balance", all_periods=True)
    whole = budgets.filter(pl.col("scope") == "alliance", pl.col("resource") == "budget").sort("period_id")
    for row in whole.to_dicts():
        what = "spent" if row["basis"] == "actual" else "budget"
        yield _amount(context, what, single[row["period_id"]], row["total"], row["unit"], _why(context, row))


def _why(context: Context, row: Row) -> str | None:
    """Return why a row has no amount."""
    reason: str | None = row["reason"]
    if row["is_suppressed"]:
        reason = row["n_suppressed_reason"] or context.suppressed
    return context.why(reason) if reason else None


def _amount(
    context: Context, what: str, window: Window, amount: float | None, currency: str | None, reason: str | None
) -> Amount:
    if amount is None or currency is None:
        return Amount(what, window, reason=reason or context.say("money.none"))
    value = converted(context, amount, currency, window.period_ids[0])
    if value is not None:
        return Amount(what, window, amount, currency, value)
    facts = {"currency": currency, "into": context.frame.currency, "period": window.label}
    return Amount(what, window, amount, currency, reason=context.say("money.no_rate", **facts))


def _year(context: Context, what: str, span: Window, single: list[Amount]) -> Amount:
    """Add up the periods of a year; what is committed ahead is that of its last period."""
    if span.reason:
        return Amount(what, span, reason=span.reason)
    by_period = {one.window.period_ids[0]: one for one in single}
    wanted = span.period_ids[-1:] if what == "committed_ahead" else span.period_ids
    parts = [by_period.get(key) for key in wanted]
    there = [one for one in parts if one is not None]
    if len(there) < len(parts):
        return Amount(what, span, reason=context.say("money.part" if there else "money.none"))
    currencies = {one.currency for one in there}
    known = [one.amount for one in there if one.amount is not None]
    own = sum(known) if len(known) == len(there) and len(currencies) == 1 else None
    values = [one.converted for one in there if one.converted is not None]
    total = sum(values) if len(values) == len(there) and (own is not None or context.frame.currency) else None
    holes = "; ".join(dict.fromkeys(one.reason for one in there if one.reason))
    reason = holes or (context.say("money.several") if total is None else "")
    return Amount(what, span, own, next(iter(currencies)) if own is not None else None, total, reason)
