"""The charts of change between waves, and of what a network gives back."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, names_axis, panels, series, shapes
from melflow.reports.vector import BLUE, INK, ORANGE, WIDTH, inline, told

Row = dict[str, Any]


def moved(rows: list[Row], partners: list[str], capabilities: list[str], levels: list[str]) -> alt.TopLevelMixin:
    """Return changes with intervals around a line of no change: a row per partner, a panel per capability.

    Args:
        rows: partner, capability, level, diff, low, high (points).
        partners: Order of the rows.
        capabilities: Order of the panels.
        levels: Order of the marks.
    """
    base = told()
    widest = max([10.0, *(abs(row[end]) for row in rows for end in ("low", "high"))])
    reach = math.ceil(widest / 10) * 10
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    axis = alt.Axis(title=None, values=[-reach, 0, reach], grid=True, domain=False, labelFlush=True, labelOverlap=False,
                    labelExpr="datum.value ? format(datum.value, '+d') : '0'")  # fmt: skip
    y = alt.Y("partner:N", sort=partners, axis=names_axis())
    offset = alt.YOffset("level:N", sort=levels, scale=alt.Scale(paddingOuter=0.35))
    colour, shape = series("level", levels), shapes("level", levels)
    none = alt.Chart().mark_rule(color=INK, strokeWidth=0.8).encode(x=alt.XDatum(0, scale=scale))
    bars = base.mark_rule(strokeWidth=1.6, opacity=0.75).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=y, yOffset=offset, color=colour
    )
    dots = base.mark_point(filled=True, size=34, opacity=1)
    dots = dots.encode(x=alt.X("diff:Q", scale=scale), y=y, yOffset=offset, color=colour, shape=shape)
    width = (WIDTH - LABELS - 12 * (len(capabilities) - 1)) / max(len(capabilities), 1)
    return (
        alt.layer(none, bars, dots)
        .properties(width=width, height=max(12 * len(levels) + 8, 26) * len(partners))
        .facet(column=panels("capability", capabilities), data=inline(rows))
    )


def given_back(rows: list[Row], periods: list[str], words: tuple[str, str]) -> alt.TopLevelMixin:
    """Return which part of the flow of each period was given back, beside what chance would give back.

    Args:
        rows: period, back and chance (shares; null where not estimable).
        periods: Order of the rows.
        words: For what was given back, and for chance.
    """
    base = told(rows)
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(title=None, values=[0, 0.25, 0.5, 0.75, 1], format=".0%", grid=True, domain=False)
    y = alt.Y("period:N", sort=periods, axis=names_axis())
    colour = alt.Scale(domain=list(words), range=[BLUE, ORANGE])
    bars = (
        base.transform_filter("datum.back != null")
        .mark_bar(height=12)
        .encode(x=alt.X("back:Q", scale=scale, axis=axis), y=y, color=alt.Color(datum=words[0], scale=colour))
    )
    ticks = base.transform_filter("datum.chance != null").mark_tick(thickness=3, size=20).encode(
        x=alt.X("chance:Q", scale=scale), y=y, color=alt.Color(datum=words[1], scale=colour)
    )  # fmt: skip
    return alt.layer(bars, ticks).properties(width=WIDTH - LABELS, height=28 * len(periods))
