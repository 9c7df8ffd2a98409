"""The charts of scores: capability by partner, its change, and partnership health from both sides.

Every function takes rows already chosen, wrapped and labelled, and returns a chart for ``vector.draw``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from melflow.reports.vector import (
    BLUE,
    HATCH,
    INK,
    MUTED,
    ORANGE,
    SERIES,
    SHAPES,
    WIDTH,
    inline,
    told,
)

Row = dict[str, Any]
LABELS = 168  # pixels for the names on the left
_LINES = "split(datum.label, '\\n')"
#: Vega sets the first line of a name at the middle of its row; two lines stand around it.
_MIDDLE: Any = {"condition": {"test": "indexof(datum.label, '\\n') >= 0", "value": -6}, "value": 0}


def names_axis(width: int = LABELS) -> alt.Axis:
    """Return the axis that carries names of up to two lines, flush left, always as wide as any other.

    Vega guesses how wide a text is, and too wide; so names are cut before (``vector.wrapped``) and never by Vega.
    """
    return alt.Axis(
        title=None,
        labelExpr=_LINES,
        labelLimit=1000,
        labelAlign="left",
        labelPadding=width,
        minExtent=width,
        maxExtent=width,
        labelLineHeight=12,
        labelOffset=_MIDDLE,
    )


def score_scale() -> alt.Scale:
    """Return the scale of every score: 0 to 100, so that charts can be compared."""
    return alt.Scale(domain=[0, 100], nice=False)


def _score_axis(values: Sequence[int] = (0, 50, 100)) -> alt.Axis:
    return alt.Axis(title=None, values=list(values), grid=True, domain=False, labelFlush=True)


def hatch(base: alt.Chart, text: str, **encoding: Any) -> alt.Chart:
    """Return the mark of a withheld number."""
    marks = base.transform_filter("datum.hidden").mark_text(color=MUTED, opacity=0.55, fontSize=8, description=text)
    chart: alt.Chart = marks.encode(text=alt.value(HATCH), **encoding)
    return chart


def capability(
    rows: list[Row], partners: list[str], capabilities: list[str], levels: list[str], word: str
) -> alt.TopLevelMixin:
    """Return scores with intervals: a row per partner, a panel per capability, a mark per level.

    Args:
        rows: partner, capability, level, score, low, high, hidden.
        partners: Order of the rows.
        capabilities: Order of the panels.
        levels: Order of the marks.
        word: The word for a withheld number.
    """
    base = told()
    y = alt.Y("partner:N", sort=partners, axis=names_axis())
    offset = alt.YOffset("level:N", sort=levels, scale=alt.Scale(paddingOuter=0.35))
    colour = series("level", levels)
    bars = base.mark_rule(strokeWidth=1.6, opacity=0.75).encode(
        x=alt.X("low:Q", scale=score_scale(), axis=_score_axis()), x2="high:Q", y=y, yOffset=offset, color=colour
    )
    dots = (
        base.transform_filter("datum.score != null")
        .mark_point(filled=True, size=34, opacity=1)
        .encode(
            x=alt.X("score:Q", scale=score_scale()), y=y, yOffset=offset, color=colour, shape=shapes("level", levels)
        )
    )
    hidden = hatch(base, word, x=alt.XDatum(50, scale=score_scale()), y=y, yOffset=offset)
    width = (WIDTH - LABELS - 12 * (len(capabilities) - 1)) / max(len(capabilities), 1)
    return (
        alt.layer(bars, dots, hidden)
        .properties(width=width, height=max(12 * len(levels) + 8, 26) * len(partners))
        .facet(column=panels("capability", capabilities), data=inline(rows))
    )


def change(
    rows: list[Row], partners: list[str], capabilities: list[str], levels: list[str], periods: list[str], word: str
) -> alt.TopLevelMixin:
    """Return scores over the periods: a row of panels per partner, a panel per capability, a mark per level.

    Args:
        rows: partner, capability, level, period, score, low, high, hidden.
        partners: Order of the rows of panels.
        capabilities: Order of the panels in a row.
        levels: Order of the marks.
        periods: The calendar, oldest first.
        word: The word for a withheld number.
    """
    lines = []
    for partner in partners:
        chosen = [row for row in rows if row["partner"] == partner]
        is_first, is_last = partner == partners[0], partner == partners[-1]
        panel = _over_time(levels, periods, word, legend=is_first, labels=is_last)
        panel = panel.properties(width=(WIDTH - LABELS - 12 * len(capabilities)) / max(len(capabilities), 1), height=46)
        line = panel.facet(column=panels("capability", capabilities, shown=is_first), data=inline(chosen))
        # "flush": panels stand by their frames, so that a mark that reaches over one does not shift the row
        line = line.properties(bounds="flush", spacing=12)
        lines.append(alt.hconcat(_name(partner, 46), line, bounds="flush", spacing=28))
    return alt.vconcat(*lines, spacing=8)


def _name(name: str, height: int) -> alt.Chart:
    """Return a name beside a row of panels."""
    text = alt.Chart(inline([{}])).mark_text(
        align="left", baseline="middle", lineHeight=12, fontSize=10.5, color=INK, text=name.split("\n")
    )
    chart: alt.Chart = text.encode(x=alt.value(0), y=alt.value(height / 2)).properties(width=LABELS - 40, height=height)
    return chart


def _over_time(levels: list[str], periods: list[str], word: str, *, legend: bool, labels: bool) -> Any:
    base = told()
    axis = alt.Axis(
        title=None,
        values=[periods[0], periods[-1]],
        labelAngle=0,
        labelFontSize=9,
        labelOverlap=False,
        labelExpr="slice(datum.label, 2)",
        labels=labels,
    )
    x = alt.X("period:O", sort=periods, scale=alt.Scale(domain=periods, paddingOuter=0.2), axis=axis)
    offset = alt.XOffset("level:N", sort=levels, scale=alt.Scale(paddingOuter=0.3))
    colour, shape = series("level", levels, legend=legend), shapes("level", levels, legend=legend)
    y_axis = alt.Axis(
        title=None, values=[0, 50, 100], grid=True, labelFontSize=8.5, labelColor=MUTED, minExtent=24, maxExtent=24
    )
    bars = base.mark_rule(strokeWidth=1.3, opacity=0.7).encode(
        y=alt.Y("low:Q", scale=score_scale(), axis=y_axis), y2="high:Q", x=x, xOffset=offset, color=colour
    )
    dots = base.transform_filter("datum.score != null").mark_point(filled=True, size=22, opacity=1)
    dots = dots.encode(y=alt.Y("score:Q", scale=score_scale()), x=x, xOffset=offset, color=colour, shape=shape)
    return alt.layer(bars, dots, hatch(base, word, y=alt.YDatum(8, scale=score_scale()), x=x))


def both_views(rows: list[Row], dyads: list[str], word: str) -> alt.TopLevelMixin:
    """Return the composite of each partnership as both sides see it, with the gap in figures at the right.

    Args:
        rows: dyad, a, b, gap (text), apart (bool), hidden.
        dyads: Order of the rows; each label names A above B.
        word: The word for a withheld number.
    """
    base = told(rows)
    height = 32 * len(dyads)
    y = alt.Y("dyad:N", sort=dyads, axis=names_axis(LABELS + 40))
    marks = alt.layer(*_dumbbell(base, y, 62), hatch(base, word, x=alt.XDatum(50, scale=score_scale()), y=y))
    figures = base.mark_text(align="left", color=INK, fontSize=10.5).encode(
        y=alt.Y("dyad:N", sort=dyads, axis=None),
        text="gap:N",
        x=alt.value(0),
        opacity=alt.condition("datum.apart", alt.value(1), alt.value(0.62)),
    )
    return alt.hconcat(
        marks.properties(width=WIDTH - LABELS - 40 - 150, height=height),
        figures.properties(width=126, height=height),
        spacing=16,
    )


def both_views_by_dimension(rows: list[Row], dyads: list[str], dimensions: list[str], word: str) -> alt.TopLevelMixin:
    """Return both views of each partnership, a panel per dimension, five panels a row.

    Args:
        rows: dyad, dimension, a, b, apart, hidden.
        dyads: Order of the rows.
        dimensions: Order of the panels.
        word: The word for a withheld number.
    """
    lines = [dimensions[start : start + 5] for start in range(0, len(dimensions), 5)]
    width = (WIDTH - LABELS - 48) / 5
    drawn = []
    for line in lines:
        chosen = [row for row in rows if row["dimension"] in line]
        base = told()
        y = alt.Y("dyad:N", sort=dyads, axis=names_axis())
        layers = [*_dumbbell(base, y, 26), hatch(base, word, x=alt.XDatum(50, scale=score_scale()), y=y)]
        drawn.append(
            alt.layer(*layers)
            .properties(width=width, height=26 * len(dyads))
            .facet(column=panels("dimension", line), data=inline(chosen))
        )
    return alt.vconcat(*drawn, spacing=18)


def _dumbbell(base: alt.Chart, y: alt.Y, size: int) -> list[alt.Chart]:
    """Return the line between two views and its ends; a gap that leaves out zero has a dark line."""
    x = alt.X("a:Q", scale=score_scale(), axis=_score_axis())
    line = (
        base.transform_filter("datum.a != null && datum.b != null")
        .mark_rule(strokeWidth=2.2)
        .encode(x=x, x2="b:Q", y=y, color=alt.condition("datum.apart", alt.value(INK), alt.value("#C3C9D1")))
    )
    end_a = base.transform_filter("datum.a != null").mark_point(
        filled=True, size=size, opacity=1, shape="circle", color=BLUE
    )
    end_b = base.transform_filter("datum.b != null").mark_point(
        filled=True, size=size, opacity=1, shape="square", color=ORANGE
    )
    return [line, end_a.encode(x=x, y=y), end_b.encode(x=alt.X("b:Q", scale=score_scale()), y=y)]


def series(name: str, order: list[str], *, legend: bool = True) -> alt.Color:
    """Return the colours of a series, with a legend where there are several."""
    shown = alt.Legend() if legend and len(order) > 1 else None
    return alt.Color(f"{name}:N", sort=order, scale=alt.Scale(domain=order, range=SERIES[: len(order)]), legend=shown)


def shapes(name: str, order: list[str], *, legend: bool = True) -> alt.Shape:
    """Return the shapes of a series, beside its colours."""
    shown = alt.Legend() if legend and len(order) > 1 else None
    return alt.Shape(f"{name}:N", sort=order, scale=alt.Scale(domain=order, range=SHAPES[: len(order)]), legend=shown)


def panels(name: str, order: list[str], *, shown: bool = True) -> alt.Column:
    """Return the column facet with its header in a few lines."""
    header = alt.Header(labels=shown, labelExpr=_LINES, labelLineHeight=12, labelLimit=1000, title=None)
    return alt.Column(f"{name}:N", sort=order, header=header)
