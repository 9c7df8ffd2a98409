"""The map of quadrants: health and agreed results of each pair, with the two fixed cuts."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.vector import BLUE, INK, MUTED, ORANGE, WIDTH, inline, told

Row = dict[str, Any]


def quadrants(rows: list[Row], cuts: tuple[float, float], titles: tuple[str, str]) -> alt.TopLevelMixin:
    """Return a point per pair with its number.

    Args:
        rows: number, health, result, echo.
        cuts: Health and result index that are high.
        titles: Of the two axes.
    """
    base = told(rows)
    x = alt.X("health:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=alt.Axis(title=titles[0]))
    y = alt.Y("result:Q", scale=alt.Scale(domain=[0, 150], nice=False), axis=alt.Axis(title=titles[1]))
    colour = alt.condition("datum.echo", alt.value(ORANGE), alt.value(BLUE))
    points = base.mark_point(filled=True, size=70, opacity=0.9).encode(x=x, y=y, color=colour)
    names = base.mark_text(dx=9, dy=-7, color=INK, fontSize=10).encode(x=x, y=y, text="number:N")
    rule = alt.Chart(inline([{}])).mark_rule(color=MUTED, strokeDash=[4, 3])
    lines = rule.encode(x=alt.XDatum(cuts[0])) + rule.encode(y=alt.YDatum(cuts[1]))
    chart: alt.TopLevelMixin = (lines + points + names).properties(width=WIDTH * 0.7, height=260)
    return chart
