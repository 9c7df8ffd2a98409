"""The tables that put results and money into the audience's own periods, groups and currency."""

from __future__ import annotations

from dataclasses import replace

from melflow.reports import rounding
from melflow.reports.context import Context
from melflow.reports.document import Block, Table
from melflow.reports.grid import grid
from melflow.reports.money import Amount, UsedRate, amounts, used
from melflow.reports.own_exchanges import exchanged
from melflow.reports.own_periods import Series, Value, Window, group_of, name_of, series, value, windows

_FIGURES = (("own_period", 1.7, False), ("baseline", 0.9, True), ("target", 0.9, True), ("actual", 0.9, True),
            ("of", 0.9, True), ("own_reason", 2.2, False))  # fmt: skip


def results(context: Context) -> list[Block]:
    """Return results by the audience's periods and groups; nothing when it chose neither."""
    if not context.frame.has_own_periods and not context.frame.disaggregation:
        return []
    is_years = context.frame.fiscal_year_starts is not None
    title = "own_years" if is_years else "own_periods" if context.frame.shown else "own_groups"
    totals: list[tuple[str, ...]] = []
    groups: dict[str, list[tuple[str, ...]]] = {}
    for one, span in shown(context):
        figures = _figures(context, span, value(context, one, span))
        if one.who or one.group:
            name = f"{name_of(one)} ({one.head['unit']})" if one.head["unit"] else name_of(one)
            groups.setdefault(name, []).append((group_of(context, one), *figures))
        else:
            totals.append((name_of(one), *figures))
    blocks: list[Table] = []
    if totals or not groups:
        blocks.append(grid(context, title, (("indicator", 3.2, False), *_FIGURES), totals))
    for name, lines in groups.items():
        table = grid(context, title, (("group_of", 3.2, False), *_FIGURES), lines)
        blocks.append(replace(table, title=f"{table.title}: {name}"))
    note = context.say("own.rule" if is_years else "own.note")
    return [*blocks[:-1], replace(blocks[-1], note=" ".join(filter(None, (blocks[-1].note, note))))]


def exchanges(context: Context) -> list[Block]:
    """Return how much was exchanged in the audience's periods; nothing when it counts in the alliance's."""
    head = (("what", 2.0, False), ("own_period", 2.0, False), ("in_all", 1.0, True), ("pairs_shown", 1.0, True),
            ("own_reason", 3.0, False))  # fmt: skip
    lines = []
    for one in exchanged(context):
        counts = (context.count(one.total), context.count(one.n_pairs), "")
        cells = (one.reason,) if one.total is None else counts
        lines.append((context.say(f"measure.{one.measure}"), one.window.label, *cells))
    return [grid(context, "own_exchanges", head, lines)] if lines else []


def shown(context: Context) -> list[tuple[Series, Window]]:
    """Return what results are shown of: every series in each of the audience's periods, or in the edition's."""
    spans = windows(context)
    if not context.frame.has_own_periods:
        spans = spans[-1:]
    return [(one, span) for one in series(context) for span in spans]


def _figures(context: Context, span: Window, found: Value) -> tuple[str, ...]:
    if found.target is None and found.actual is None:
        return (span.label, found.reason)
    numbers = (
        rounding.NOTHING if number is None else context.count(number)
        for number in (found.baseline, found.target, found.actual)
    )
    behind = rounding.NOTHING if found.of is None else context.say("results.part", n=found.n, of=found.of)
    return (span.label, *numbers, behind, found.reason)


def money(context: Context) -> list[Block]:
    """Return amounts in the audience's currency and periods, with the rates; nothing when it chose neither."""
    frame = context.frame
    if frame.currency is None and not frame.has_own_periods:
        return []
    found = amounts(context)
    head = [("what", 1.8, False), ("own_period", 1.8, False), ("amount", 1.6, True)]
    head += [("converted", 1.4, True)] if frame.currency is not None else []
    head += [("own_reason", 2.4, False)]
    title = context.say("table.money" if frame.currency else "table.money_own", currency=frame.currency)
    table = Table(
        title=title,
        columns=tuple(context.say(f"col.{key}", currency=frame.currency) for key, _, _ in head),
        widths=tuple(width for _, width, _ in head),
        numeric=tuple(flush for _, _, flush in head),
        rows=tuple(_amount(context, one) for one in found),
        note="" if found else context.say("table.empty"),
    )
    if frame.currency is None:
        return [table]
    return [table, replace(_rates(context), note=context.say("money.rule"))]


def _amount(context: Context, one: Amount) -> tuple[str, ...]:
    own = rounding.NOTHING if one.amount is None else f"{context.count(one.amount)} {one.currency or ''}".strip()
    cells = (context.say(f"money.{one.what}"), one.window.label, own)
    if context.frame.currency is None:
        return (*cells, one.reason)
    converted = rounding.NOTHING if one.converted is None else rounding.number(one.converted, 0, context.language)
    return (*cells, converted, one.reason)


def _rate(context: Context, one: UsedRate) -> str:
    rate = rounding.exact(one.rate, context.language)
    return context.say("money.rate", currency=one.currency, rate=rate, into=one.into)


def _rates(context: Context) -> Table:
    head = (("own_period", 1.6, False), ("rate", 2.0, False), ("rate_day", 1.4, False), ("rate_source", 3.0, False))
    labels = {period.period_id: period.label for period in context.data.periods}
    rows = [
        (
            labels[rate.period_id],
            _rate(context, rate),
            rounding.date(rate.dated, context.language),
            rate.source,
        )
        for rate in used(context)
    ]
    return grid(context, "rates", head, rows)
