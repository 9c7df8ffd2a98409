"""The chart of learning cycles: planned, actual and still open."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, names_axis
from melflow.reports.vector import BLUE, MUTED, ORANGE, WIDTH, told


def gantt(rows: list[dict[str, Any]], labels: list[str]) -> alt.TopLevelMixin:
    """Return a bar of the plan with a thinner one of what happened on it; open ones end in a triangle.

    Args:
        rows: cycle, planned_start, planned_end, start, end (ISO dates or null), late and open (bool), state (text).
        labels: Order of the rows.
    """
    base = told(rows)
    y = alt.Y("cycle:N", sort=labels, axis=names_axis(LABELS))
    axis = alt.Axis(title=None, format="%Y-%m", grid=True, domain=False, labelFlush=True, tickCount=8)
    colour = alt.condition("datum.late", alt.value(ORANGE), alt.value(BLUE))
    planned = base.mark_bar(color="#CBD3DC", height=14).encode(
        x=alt.X("planned_start:T", axis=axis), x2="planned_end:T", y=y
    )
    actual = base.mark_bar(height=6).encode(x=alt.X("start:T", axis=axis), x2="end:T", y=y, color=colour)
    still = (
        base.transform_filter("datum.open")
        .mark_point(shape="triangle-right", filled=True, size=90, opacity=1)
        .encode(x="end:T", y=y, color=colour)
    )
    last = base.mark_text(align="left", dx=9, fontSize=10, color=MUTED).encode(x="last:T", y=y, text="state:N")
    return alt.layer(planned, actual, still, last).properties(width=WIDTH - LABELS - 70, height=20 * len(labels))
