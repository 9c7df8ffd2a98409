"""Restatements of what an edition works out itself: results and exchanges in the audience's own periods, and money.

Whether a corrected rate moved an amount is not guessed: today's amounts are converted by the earlier edition's rates as
well. A figure that is in one edition only because its audience chose otherwise is no restatement.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import polars as pl

from melflow.reports import rounding
from melflow.reports.context import Context
from melflow.reports.frame import Rate
from melflow.reports.money import Amount, amounts
from melflow.reports.own_exchanges import exchanged
from melflow.reports.own_periods import Window, group_of, name_of, value
from melflow.reports.restated import ROWS, without_numbers
from melflow.reports.section_own import shown

RESULTS, MONEY, EXCHANGES = "own_periods", "own_money", "own_exchanges"
_BUDGETS = ("budget", "spent")
_SAME = 1e-9


class _Key(NamedTuple):
    """Which figure: of what, in what time; ``into`` is the currency it is converted into."""

    table: str
    of: tuple[str | None, ...]
    starts_on: str
    ends_on: str
    figure: str
    into: str | None = None


@dataclass(frozen=True)
class _Figure:
    """What an edition says of it: the value, else the reason; ``n`` is how many results are behind it."""

    value: float | None
    name: str
    window: Window
    reason: str
    n: int | None = None


def own_restated(now: Context, before: Context, sections: tuple[str, ...], otherwise: str) -> pl.DataFrame:
    """Compare what both editions work out by themselves (schema ``restated.ROWS``).

    Args:
        now: This edition.
        before: The earlier one, with the frame it was made with.
        sections: Those that both have.
        otherwise: Why a figure differs when nothing of it says so itself (``restated.because``).
    """
    new, old = _all(now, sections), _all(before, sections)
    by_old_rates = replace(now, frame=replace(now.frame, rates=before.frame.rates))
    middle = _all(by_old_rates, sections) if now.frame.rates != before.frame.rates else new
    rows = [
        _row(now, before, key, old[key], new[key], middle[key].value, otherwise)
        for key in old
        if key in new and _moved(old[key], new[key])
    ]
    return without_numbers(pl.DataFrame(rows, schema=ROWS))


def _moved(old: _Figure, new: _Figure) -> bool:
    if old.value is None and old.window.reason:  # of a year that was not over
        return False
    return not _is_same(old.value, new.value)


def _is_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _SAME * max(abs(one), abs(other), 1.0)


def _all(context: Context, sections: tuple[str, ...]) -> dict[_Key, _Figure]:
    makers = {"results": _results, "members": _money, "power": _budgets, "flow": _exchanges}
    return {key: one for section, maker in makers.items() if section in sections for key, one in maker(context)}


def _results(context: Context) -> Iterator[tuple[_Key, _Figure]]:
    """Yield what is said of fiscal years; single periods stand in the published table."""
    if context.frame.fiscal_year_starts is None:
        return
    for one, span in shown(context):
        found = value(context, one, span)
        of = (one.indicator_id, one.dimension, one.group, one.head["partner_id"], one.head["dyad_id"])
        name = ", ".join((name_of(one), group_of(context, one)))
        for figure in ("baseline", "target", "actual"):
            number = getattr(found, figure)
            yield _key(RESULTS, of, span, figure), _Figure(number, name, span, found.reason, found.n)


def _money(context: Context) -> Iterator[tuple[_Key, _Figure]]:
    """Yield converted amounts, and those of fiscal years; others stand in the published table."""
    for one in amounts(context):
        yield from _amount(context, one)


def _budgets(context: Context) -> Iterator[tuple[_Key, _Figure]]:
    """Yield the converted budgets of the alliance's periods."""
    single = replace(context, frame=replace(context.frame, fiscal_year_starts=None, shown=()))
    for one in amounts(single):
        if one.what in _BUDGETS:
            yield from _amount(single, one)


def _amount(context: Context, one: Amount) -> Iterator[tuple[_Key, _Figure]]:
    name = context.say(f"money.{one.what}")
    if context.frame.fiscal_year_starts is not None:
        yield _key(MONEY, (one.what,), one.window, "amount"), _Figure(one.amount, name, one.window, one.reason)
    if context.frame.currency is not None:
        key = _key(MONEY, (one.what,), one.window, "converted", context.frame.currency)
        yield key, _Figure(one.converted, f"{name} ({context.frame.currency})", one.window, one.reason)


def _exchanges(context: Context) -> Iterator[tuple[_Key, _Figure]]:
    for one in exchanged(context):
        name = context.say(f"measure.{one.measure}")
        yield _key(EXCHANGES, (one.measure,), one.window, "total"), _Figure(one.total, name, one.window, one.reason)


def _key(table: str, of: tuple[str | None, ...], span: Window, figure: str, into: str | None = None) -> _Key:
    return _Key(table, of, span.starts_on.isoformat(), span.ends_on.isoformat(), figure, into)


def _row(
    now: Context, before: Context, key: _Key, old: _Figure, new: _Figure, by_old_rates: float | None, otherwise: str
) -> dict[str, object]:
    """Return one row; a name is kept as words, for keys of several tables make the figure."""
    said = None
    if key.table == EXCHANGES and set(before.data.dyads) - set(now.data.dyads):
        why = "fewer_pairs"  # the old sum less the new one is what was withdrawn
    elif new.value is None:
        why, said = "no_figure", new.reason or now.suppressed
    elif not _is_same(by_old_rates, new.value):
        rates = "; ".join(_corrected(now, before, new.window))
        only = _is_same(by_old_rates, old.value)
        why, said = ("rate_new" if old.value is None else "rate" if only else "rate_and_values"), rates
    elif old.value is None:
        why = "first"
    else:
        why = "answers" if old.n != new.n else otherwise
    own = {"figure": key.figure, "old": old.value, "new": new.value}
    facts = {"n_old": old.n, "n_new": new.n, "why": why, "said": said, "count": 1}
    names = {"table": key.table, "keys": json.dumps({"words": new.name}, ensure_ascii=False)}
    return dict.fromkeys(ROWS) | names | {"period_id": new.window.label} | own | facts


def _corrected(now: Context, before: Context, window: Window) -> Iterator[str]:
    """Yield the rates of a window that were corrected or declared since, old and new."""
    labels = {period.period_id: period.label for period in now.data.periods}
    was = {(rate.period_id, rate.currency): rate for rate in before.frame.rates}
    for rate in now.frame.rates:
        old = was.get((rate.period_id, rate.currency))
        if rate.period_id in window.period_ids and (old is None or old.rate != rate.rate):
            yield _told(now, rate, old, labels[rate.period_id])


def _told(context: Context, rate: Rate, old: Rate | None, period: str) -> str:
    new = rounding.exact(rate.rate, context.language)
    facts = {"currency": rate.currency, "into": rate.into, "period": period, "rate": new}
    if old is None:
        return context.say("rate.declared", **facts)
    return context.say("rate.corrected", old=rounding.exact(old.rate, context.language), **facts)
