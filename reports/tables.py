"""The tables of the annex: every published number of the period, row by row, as the reader may quote it."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from melflow.reports import rounding
from melflow.reports.context import Context, Row, in_order
from melflow.reports.document import Table
from melflow.reports.findings_score import people
from melflow.reports.phrases import say_or

#: A column: key of its header phrase, relative width, whether flush right, the cell of a row, whether it is a number.
Spec = tuple[str, float, bool, Callable[[Row], str], bool]
Order = Callable[[Row], tuple[object, ...]]


def _table(context: Context, title: str, rows: pl.DataFrame, specs: list[Spec], order: Order) -> Table:
    """Return a table; the numbers of a suppressed row, which stand last, are one cell that says so."""

    def cells(row: Row) -> tuple[str, ...]:
        shown = [spec[3](row) for spec in specs if not (row["is_suppressed"] and spec[4])]
        return tuple(shown) if len(shown) == len(specs) else (*shown, context.suppressed)

    return Table(
        title=context.say(title, period=context.period),
        columns=tuple(context.say(f"col.{spec[0]}") for spec in specs),
        widths=tuple(spec[1] for spec in specs),
        numeric=tuple(spec[2] for spec in specs),
        rows=tuple(cells(row) for row in sorted(rows.to_dicts(), key=order)),
        note="" if rows.height else context.say("table.empty"),
    )


def _places(context: Context, kind: str, rows: pl.DataFrame, column: str) -> dict[str, int]:
    return {key: number for number, key in enumerate(in_order(context.data, kind, rows[column]))}


def capability(context: Context) -> Table:
    """Return the capability scores of the period, by partner's name and in the framework's order."""
    rows = context.data.table("pub_capability_score")
    capabilities = _places(context, "capability", rows, "capability")
    levels = _places(context, "level", rows, "level")

    raters: list[Spec] = []
    if rows["rater"].n_unique() > 1:
        raters = [("rater", 0.9, False, lambda row: _word(context, f"rater.short.{row['rater']}"), False)]

    def order(row: Row) -> tuple[object, ...]:
        name = context.partner(row["partner_id"]).casefold()
        return name, row["partner_id"], capabilities[row["capability"]], levels[row["level"]], row["rater"]

    return _table(
        context,
        "table.capability",
        rows,
        [
            ("partner", 3.3, False, lambda row: context.partner(row["partner_id"]), False),
            ("capability", 3.5, False, lambda row: context.construct(row["capability"]), False),
            ("level", 1.25, False, lambda row: context.construct(row["level"]), False),
            *raters,
            ("n", 0.6, True, lambda row: context.count(row["n_respondents"]), True),
            ("score", 1.0, True, lambda row: context.points(row["score"]), True),
            ("interval", 1.15, True, lambda row: context.interval(row["ci_low"], row["ci_high"]), True),
            ("positive", 0.9, True, lambda row: context.percent(row["pct_positive"]), True),
        ],
        order,
    )  # fmt: skip


def change(context: Context) -> Table:
    """Return the changes of capability that end in the period, each with who stands behind it."""
    rows = context.data.table("pub_capability_change").filter("comparable")
    capabilities = _places(context, "capability", rows, "capability")
    levels = _places(context, "level", rows, "level")
    labels = {period.period_id: period.label for period in context.data.periods}
    order_of = {period.period_id: number for number, period in enumerate(context.data.periods)}

    def order(row: Row) -> tuple[object, ...]:
        name, since = context.partner(row["partner_id"]).casefold(), order_of[row["period_from"]]
        return name, row["partner_id"], capabilities[row["capability"]], levels[row["level"]], row["rater"], since

    return _table(
        context,
        "table.change",
        rows,
        [
            ("partner", 2.5, False, lambda row: context.partner(row["partner_id"]), False),
            ("capability", 2.7, False, lambda row: context.construct(row["capability"]), False),
            ("level", 1.35, False, lambda row: context.construct(row["level"]), False),
            ("since", 2.0, False, lambda row: labels[row["period_from"]], False),
            ("difference", 0.9, True, lambda row: rounding.difference(row["diff"], context.language), True),
            ("interval", 1.2, True, lambda row: context.interval(row["diff_ci_low"], row["diff_ci_high"]), True),
            ("people", 2.2, False, lambda row: people(context.language, row), True),
        ],
        order,
    )  # fmt: skip


def _word(context: Context, key: str) -> str:
    """Return the phrase of a closed set's value; a value without one in its own letters."""
    return say_or(context.language, key, key.rsplit(".", 1)[-1].replace("_", " "))


def _share_interval(context: Context, row: Row) -> str:
    return context.share_interval(row["share_ci_low"], row["share_ci_high"])


def _by_dyad(context: Context) -> Order:
    """Return the order of dyads: by the names of side A and side B."""

    def order(row: Row) -> tuple[object, ...]:
        names = (name.casefold() for name in context.data.dyad_names(row["dyad_id"]))
        return (*names, row["dyad_id"])

    return order


def _both(context: Context) -> list[Spec]:
    return [
        ("view_a", 0.9, True, lambda row: context.points(row["score_a_of_b"]), True),
        ("n_first", 0.5, True, lambda row: context.count(row["n_a_of_b"]), True),
        ("view_b", 1.0, True, lambda row: context.points(row["score_b_of_a"]), True),
        ("n_second", 0.5, True, lambda row: context.count(row["n_b_of_a"]), True),
        ("gap", 0.7, True, lambda row: rounding.difference(row["gap"], context.language), True),
        ("interval", 1.3, True, lambda row: context.interval(row["gap_ci_low"], row["gap_ci_high"]), True),
    ]


def overall(context: Context) -> Table:
    """Return the overall view of both sides with the gap and the weakest dimension."""
    rows = context.data.table("pub_health_dyad").filter(pl.col("dimension") == "composite")

    def weakest(row: Row) -> str:
        return context.construct(row["weakest_dimension"]) if row["weakest_dimension"] else rounding.NOTHING

    specs: list[Spec] = [
        ("partnership", 4.0, False, lambda row: context.dyad_text(row["dyad_id"]), False),
        *_both(context),
        ("weakest", 1.9, False, weakest, True),
    ]
    return _table(context, "table.overall", rows, specs, _by_dyad(context))


def health(context: Context) -> Table:
    """Return the views of both sides on each dimension with the gap."""
    rows = context.data.table("pub_health_dyad").filter(pl.col("dimension") != "composite")
    dimensions = _places(context, "health_dimension", rows, "dimension")
    by_dyad = _by_dyad(context)
    specs: list[Spec] = [
        ("partnership", 4.0, False, lambda row: context.dyad_text(row["dyad_id"]), False),
        ("dimension", 2.1, False, lambda row: context.construct(row["dimension"]), False),
        *_both(context),
    ]
    return _table(context, "table.health", rows, specs, lambda row: (*by_dyad(row), dimensions[row["dimension"]]))


def flow(context: Context) -> Table:
    """Return the flow in both directions, by measure and channel."""
    return _table(
        context,
        "table.flow",
        context.data.table("pub_mutuality_dyad"),
        [
            ("partnership", 3.6, False, lambda row: context.dyad_text(row["dyad_id"]), False),
            ("measure", 1.2, False, lambda row: _word(context, f"measure.{row['measure']}"), False),
            ("channel", 0.9, False, lambda row: _word(context, f"channel.{row['channel']}"), False),
            ("ab", 1.0, True, lambda row: context.count(row["flow_ab"]), True),
            ("ba", 1.0, True, lambda row: context.count(row["flow_ba"]), True),
            ("share", 0.9, True, lambda row: context.percent(row["share_a"]), True),
            ("interval", 1.5, True, lambda row: _share_interval(context, row), True),
            ("days", 0.6, True, lambda row: context.count(row["n_distinct_days"]), True),
        ],
        lambda row: (*_by_dyad(context)(row), row["measure"], row["channel"] != "all", row["channel"]),
    )  # fmt: skip


def quality(context: Context) -> Table:
    """Return what came from each partner and source, and how much of it is held."""
    return _table(
        context,
        "table.quality",
        context.data.table("pub_data_quality"),
        [
            ("partner", 2.8, False, lambda row: context.partner(row["partner_id"]), False),
            ("source", 2.0, False, lambda row: row["source"], False),
            ("held", 0.9, True, lambda row: context.count(row["rows_held"]), True),
            ("received", 1.0, True, lambda row: context.count(row["rows_received"]), True),
            ("duplicates", 0.8, True, lambda row: context.count(row["duplicates"]), True),
            (
                "skipped",
                1.0,
                True,
                lambda row: rounding.small_percent(row["item_missing_rate"], context.language),
                True,
            ),
            ("on_time", 1.0, True, lambda row: context.percent(row["on_time_share"]), True),
            ("lag_days", 0.9, True, lambda row: context.count(row["median_lag_days"]), True),
        ],
        lambda row: (context.partner(row["partner_id"]).casefold(), row["partner_id"], row["source"]),
    )
