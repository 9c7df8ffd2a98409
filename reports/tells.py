"""What a page tells of a point of a chart when a reader comes to it: who, and the values as they are printed."""

from __future__ import annotations

from melflow.reports import rounding
from melflow.reports.context import Context, Row


def tells(who: tuple[str, ...] | str, what: str) -> str:
    """Return the two lines of a point; a name on several lines is one again."""
    names = (who,) if isinstance(who, str) else who
    return f"{', '.join(' '.join(name.split()) for name in names)}\n{what}"


def score(context: Context, row: Row) -> str:
    """Return a row's score with its interval, in points."""
    return _with_interval(context, row, context.points(row["score"]), context.interval(row["ci_low"], row["ci_high"]))


def share(context: Context, row: Row) -> str:
    """Return a row's share of the first side with its interval."""
    ci = context.share_interval(row["share_ci_low"], row["share_ci_high"])
    return _with_interval(context, row, context.percent(row["share_a"]), ci)


def views(context: Context, row: Row, gap: str) -> str:
    """Return both sides' views of a pair, in points, with the gap as the chart writes it."""
    if row["is_suppressed"]:
        return context.suppressed
    sides = {"a": context.points(row["score_a_of_b"]), "b": context.points(row["score_b_of_a"])}
    return context.say("tells.views.gap" if gap else "tells.views", gap=gap, **sides)


def flow(context: Context, row: Row) -> str:
    """Return what both sides of a pair gave, and the share of the first."""
    if row["is_suppressed"]:
        return context.suppressed
    facts = {"ab": context.count(row["flow_ab"]), "ba": context.count(row["flow_ba"])}
    return context.say("tells.flow", share=share(context, row), **facts)


def _with_interval(context: Context, row: Row, value: str, ci: str) -> str:
    if row["is_suppressed"]:
        return context.suppressed
    return value if ci == rounding.NOTHING else context.say("tells.interval", value=value, ci=ci)
