"""Results in the audience's own periods and groups, each by the rule of its indicator; nothing is averaged.

A running total of a year is that of its last period; figures of a period alone add up when none is missing; shares and
distinct reach are neither added nor averaged. A year that cuts a period of the alliance has no figure, and says so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from melflow.core import calendar
from melflow.core.names import fold
from melflow.reports.context import Context, Row
from melflow.reports.edition_data import Period
from melflow.reports.read import spoken

TOTAL = "total"


@dataclass(frozen=True)
class Window:
    """A span of time a figure stands for.

    Attributes:
        period_ids: The alliance's periods in it, in order.
        reason: Why nothing can be said of it; empty when something can.
    """

    label: str
    starts_on: dt.date
    ends_on: dt.date
    period_ids: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class Series:
    """One indicator of one group, of the alliance or of whom it is.

    Attributes:
        dimension: What the group is a value of; empty for the total.
        group: Group as the results write it, without its dimension; empty for the total.
        who: Partner, or pair; empty for the alliance.
        rows: Period id -> row of pub_indicator_progress.
        head: One of the rows, for name, unit and kind.
    """

    indicator_id: str
    dimension: str
    group: str
    who: str
    rows: Mapping[str, Row]
    head: Row


@dataclass(frozen=True)
class Value:
    """Baseline, target and actual of a series in a window, in its unit; None where the reason says why.

    Attributes:
        n: Results behind the figure.
        of: Results that were agreed or reported.
    """

    baseline: float | None = None
    target: float | None = None
    actual: float | None = None
    n: int | None = None
    of: int | None = None
    reason: str = ""


def windows(context: Context) -> tuple[Window, ...]:
    """Return the audience's periods up to the edition's: fiscal years, some of the alliance's periods, or all."""
    periods, starts = context.data.periods, context.frame.fiscal_year_starts
    if starts is None:
        shown = context.frame.shown or tuple(period.period_id for period in periods)
        chosen = (period for period in periods if period.period_id in shown)
        return tuple(Window(one.label, one.starts_on, one.ends_on, (one.period_id,)) for one in chosen)
    first, last = (_fiscal_year(day, starts) for day in (periods[0].starts_on, periods[-1].ends_on))
    return tuple(
        _year(context, _label(context, year), year.starts_on, year.ends_on)
        for year in calendar.make_periods("year", f"{first:04d}", f"{last:04d}", starts)
    )


def _label(context: Context, year: calendar.Period) -> str:
    return spoken(Period(year.period_id, year.label, year.starts_on, year.ends_on), context.language).label


def _fiscal_year(day: dt.date, starts: int) -> int:
    return day.year - (day.month < starts)


def _year(context: Context, label: str, starts_on: dt.date, ends_on: dt.date) -> Window:
    periods = context.data.periods
    inside = [one for one in periods if one.starts_on >= starts_on and one.ends_on <= ends_on]
    cut = next((o for o in periods if o.starts_on < starts_on <= o.ends_on or o.starts_on <= ends_on < o.ends_on), None)
    if cut is not None:
        reason = context.say("own.cut", period=cut.label)
    elif periods[0].starts_on > starts_on:
        reason = context.say("own.before", period=periods[0].label)
    elif periods[-1].ends_on < ends_on:
        reason = context.say("own.after", period=periods[-1].label)
    else:
        reason = ""
    return Window(label, starts_on, ends_on, tuple(one.period_id for one in inside), reason)


def series(context: Context) -> Iterator[Series]:
    """Yield what is shown: totals, then the groups and partners the audience chose, by indicator in its order."""
    rows = context.data.table("pub_indicator_progress", all_periods=True)
    whole = rows.filter(pl.col("scope") == "alliance")
    by_partner = fold("partner") in {fold(one) for one in context.frame.disaggregation} or whole.is_empty()
    for (indicator_id,), mine in rows.group_by("indicator_id", maintain_order=True):
        totals = mine.filter(pl.col("scope") == "alliance")
        yield from _grouped(context, str(indicator_id), totals, "")
        if by_partner:
            own = mine.filter(pl.col("scope") == "partner")
            for _, part in own.group_by("partner_id", "dyad_id", maintain_order=True):
                row = part.row(0, named=True)
                n_sides = own.filter(pl.col("dyad_id").eq_missing(row["dyad_id"]))["partner_id"].n_unique()
                yield from _grouped(context, str(indicator_id), part, _who(context, row, n_sides))


def _grouped(context: Context, indicator_id: str, rows: pl.DataFrame, who: str) -> Iterator[Series]:
    wanted = {fold(one) for one in context.frame.disaggregation}
    names = sorted(set(rows["disaggregation"]), key=lambda one: (one != TOTAL, one))
    for name in names:
        dimension, group = _group(context, name)
        if name == TOTAL or wanted & {fold(one) for one in (name, dimension, group)}:
            kept = {row["period_id"]: row for row in rows.filter(pl.col("disaggregation") == name).to_dicts()}
            yield Series(indicator_id, dimension, group, who, kept, next(iter(kept.values())))


def _group(context: Context, name: str) -> tuple[str, str]:
    """Return dimension and value of a group; ``sex: women`` names both, ``women`` only the value."""
    if name == TOTAL:
        return "", ""
    dimension, sign, group = [*re.split(r"\s*([:=])\s*", name, maxsplit=1), "", ""][:3]
    return (dimension, group) if sign and dimension and group else (context.say("own.group"), name)


def _who(context: Context, row: Row, n_sides: int) -> str:
    """Return the partner, or the pair; which side reported it, when both did."""
    partner = context.partner(row["partner_id"])
    if row["dyad_id"] is None:
        return partner
    pair = context.dyad_text(row["dyad_id"])
    return pair if n_sides < 2 else context.say("own.pair", partner=partner, pair=pair)


def value(context: Context, one: Series, window: Window) -> Value:
    """Return a series' figures of a window, by its indicator's own rule."""
    if window.reason:
        return Value(reason=window.reason)
    rows = [one.rows.get(period_id) for period_id in window.period_ids]
    kind = one.head["kind"]
    if len(rows) == 1 or kind == "cumulative":
        return _of(context, rows[-1])
    if kind != "non_cumulative":
        return Value(reason=context.say("own.never" if kind == "non_summing" else "own.no_kind"))
    return _summed(context, rows, window)


def _of(context: Context, row: Row | None) -> Value:
    if row is None:
        return Value(reason=context.say("own.nothing"))
    if row["is_suppressed"]:
        hidden = row["n_suppressed_reason"]
        return Value(reason=context.why(hidden) if hidden else context.suppressed)
    return Value(
        baseline=row["baseline"],
        target=row["target_in_force"],
        actual=row["actual"],
        n=row["n_summed"],
        of=row["results_due"],
        reason=context.why(row["reason"]) if row["reason"] else "",
    )


def _summed(context: Context, rows: Sequence[Row | None], window: Window) -> Value:
    """Add up figures of periods alone; a hole is not a zero, and baselines of a half-year are none of a year."""
    values = [_of(context, row) for row in rows]
    labels = {period.period_id: period.label for period in context.data.periods}
    holes = [
        context.say("own.hole", period=labels[key], reason=one.reason or context.say("own.nothing"))
        for key, one in zip(window.period_ids, values, strict=True)
        if one.target is None or one.actual is None
    ]
    return Value(
        target=_sum([one.target for one in values]),
        actual=_sum([one.actual for one in values]),
        n=sum(one.n or 0 for one in values),
        of=sum(one.of or 0 for one in values),
        reason="; ".join(holes),
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) if len(known) == len(values) else None


def name_of(one: Series) -> str:
    """Return an indicator's code with its name, as the results section prints it."""
    return f"{one.indicator_id} {one.head['indicator_name'] or ''}".strip()


def group_of(context: Context, one: Series) -> str:
    """Return whose and which group's figures these are, in words."""
    group = f"{one.dimension}: {one.group}" if one.group else context.say("own.all")
    return f"{one.who}, {group}" if one.who and one.group else one.who or group
