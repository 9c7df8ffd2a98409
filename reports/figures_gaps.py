"""The figures of gaps between two sides, in points with their intervals: page by page, and told in words."""

from __future__ import annotations

from collections.abc import Sequence

from melflow.reports import charts_gaps, rounding
from melflow.reports.context import Context, Row, pages
from melflow.reports.document import Figure
from melflow.reports.intervals import Interval
from melflow.reports.tells import tells
from melflow.reports.vector import draw

GAPS = 20  # on a page


def gap_row(context: Context, row: Row, label: str, who: tuple[str, ...] | str, gap: float | None) -> Row:
    """Return a row of the chart of gaps: a gap of two sides with its interval, in points."""
    interval = Interval(row["gap_ci_low"], row["gap_ci_high"])
    words = context.suppressed
    if not row["is_suppressed"]:
        ci = context.interval(interval.low, interval.high)
        words = context.say("power.felt", gap=rounding.difference(gap, context.language), ci=ci)
    return {
        "label": label, "gap": gap, "low": interval.low, "high": interval.high, "words": words,
        "apart": interval.leans(0) != "unclear", "hidden": row["is_suppressed"], "tells": tells(who, words),
    }  # fmt: skip


def gap_figures(context: Context, name: str, rows: Sequence[Row]) -> list[Figure]:
    """Return the figures of these gaps.

    Args:
        context: Words.
        name: Of the figure: what its keys and phrases begin with.
        rows: As ``gap_row`` made them, in order.
    """
    figures = []
    portions = pages(list(rows), GAPS)
    for number, drawn in enumerate(portions, start=1):
        title = context.part(context.say(f"figure.{name}", period=context.period), number, portions)
        text = context.say("figure.gaps.alt", n=len(drawn), apart=sum(row["apart"] for row in drawn),
                           rows=context.joined(row["tells"].replace("\n", ": ") for row in drawn))  # fmt: skip
        axis = context.say(f"figure.{name}.axis")
        chart = charts_gaps.gaps(list(drawn), [row["label"] for row in drawn], axis, context.suppressed)
        figures.append(draw(chart, f"{name}-{number}", title, text, context.say(f"figure.{name}.note")))
    return figures
