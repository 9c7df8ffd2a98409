"""The charts of flow: diverging bars, and the way of the balance over time."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, names_axis
from melflow.reports.vector import BLUE, GREEN, INK, MUTED, ORANGE, WIDTH, inline, told

Row = dict[str, Any]
_LINES = "split(datum.label, '\\n')"


def two_way(rows: list[Row], dyads: list[str], longest: float, titles: dict[str, str]) -> alt.TopLevelMixin:
    """Return what each side gave, left and right of a middle line, and side A's share with its interval.

    Args:
        rows: dyad, ab, ba, minus_ba, label_ab, label_ba, share, low, high, leans, hidden.
        dyads: Order of the rows; each label names A above B.
        longest: Length of the longest bar.
        titles: ``bars`` and ``share``: what the two panels show; ``hidden``: the word for a withheld number.
    """
    base = told(rows)
    height = 30 * len(dyads)
    labels = LABELS + 20
    y = alt.Y("dyad:N", sort=dyads, axis=names_axis(labels))
    bare = alt.Y("dyad:N", sort=dyads, axis=None)
    reach = alt.Scale(domain=[-longest * 1.2, longest * 1.2], nice=False)
    none = alt.Axis(title=titles["bars"], labels=False, grid=False, domain=False)
    right = base.mark_bar(color=BLUE, height=11).encode(x=alt.X("ab:Q", scale=reach, axis=none), y=y)
    left = base.mark_bar(color=ORANGE, height=11).encode(x=alt.X("minus_ba:Q", scale=reach), y=y)
    text_right = base.mark_text(align="left", dx=4, color=INK, fontSize=10).encode(x="ab:Q", y=y, text="label_ab:N")
    text_left = base.mark_text(align="right", dx=-4, color=INK, fontSize=10).encode(
        x="minus_ba:Q", y=y, text="label_ba:N"
    )
    hidden = (
        base.transform_filter("datum.hidden")
        .mark_text(text=titles["hidden"], color=MUTED, fontSize=10, dx=30)
        .encode(x=alt.XDatum(0, scale=reach), y=y)
    )
    middle = alt.Chart(inline([{}])).mark_rule(color=INK, strokeWidth=1).encode(x=alt.XDatum(0, scale=reach))
    share = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(title=titles["share"], values=[0, 0.5, 1], format=".0%", grid=False, domain=False, labelFlush=True)
    even = (
        alt.Chart(inline([{}]))
        .mark_rule(color=MUTED, strokeDash=[3, 3], strokeWidth=1)
        .encode(x=alt.XDatum(0.5, scale=share))
    )
    colour = alt.condition("datum.leans", alt.value(INK), alt.value("#98A2AE"))
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=share, axis=axis), x2="high:Q", y=bare, color=colour
    )
    dots = (
        base.transform_filter("datum.share != null")
        .mark_point(filled=True, size=48, opacity=1)
        .encode(x=alt.X("share:Q", scale=share), y=bare, color=colour)
    )
    return alt.hconcat(
        alt.layer(right, left, text_right, text_left, hidden, middle).properties(width=280, height=height),
        alt.layer(even, bars, dots).properties(width=WIDTH - labels - 280 - 30, height=height),
        spacing=18,
    )


def trajectory(rows: list[Row], dyads: list[str], periods: list[str]) -> alt.TopLevelMixin:
    """Return side A's share over the periods with its interval, a panel per partnership, four panels a row.

    Args:
        rows: dyad, period, share, low, high, turned (bool).
        dyads: Order of the panels; each label names A above B.
        periods: The calendar, oldest first.
    """
    width, lines = (WIDTH - 40 - 3 * 18) / 4, []
    for start in range(0, len(dyads), 4):
        line = dyads[start : start + 4]
        chosen = [row for row in rows if row["dyad"] in line]
        base = told()
        x = alt.X(
            "period:O",
            scale=alt.Scale(domain=periods, paddingOuter=0.15),
            axis=alt.Axis(
                title=None, values=[periods[0], periods[-1]], labelAngle=0, labelFontSize=9, labelOverlap=False
            ),
        )
        scale = alt.Scale(domain=[0, 1], nice=False)
        axis = alt.Axis(title=None, values=[0, 0.5, 1], format=".0%", labelFontSize=9, labelColor=MUTED, grid=False)
        even = alt.Chart().mark_rule(color=MUTED, strokeDash=[3, 3], strokeWidth=0.8)
        even = even.encode(y=alt.YDatum(0.5, scale=scale))
        band = base.mark_rule(strokeWidth=5, color="#B9D5E8").encode(
            x=x, y=alt.Y("low:Q", scale=scale, axis=axis), y2="high:Q"
        )
        path = alt.Chart().mark_line(color=BLUE, strokeWidth=1.6).encode(x=x, y=alt.Y("share:Q", scale=scale))
        dots = base.mark_point(filled=True, size=30, opacity=1, color=BLUE).encode(x=x, y="share:Q")
        turned = (
            base.transform_filter("datum.turned")
            .mark_point(filled=False, size=130, strokeWidth=2.2, color=GREEN, opacity=1)
            .encode(x=x, y="share:Q")
        )
        panel = alt.layer(even, band, path, dots, turned).properties(width=width, height=70)
        column = alt.Column(
            "dyad:N",
            sort=line,
            header=alt.Header(
                labelExpr=_LINES, labelLineHeight=12, labelLimit=1000, labelFontWeight="normal", labelFontSize=9.5
            ),
        )
        lines.append(panel.facet(column=column, data=inline(chosen)).properties(spacing=18))
    return alt.vconcat(*lines, spacing=14)
