"""The chart of results: how far each is on the way from its baseline to its target."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, hatch, names_axis
from melflow.reports.vector import BLUE, GREEN, INK, ORANGE, PALE, PURPLE, WIDTH, inline, told

Row = dict[str, Any]
_WORDS = 170  # pixels for the figures on the right
#: Full way and the most the index can be (F34).
_TARGET, _MOST = 100, 150
_COLOURS, _SHAPES = (GREEN, BLUE, ORANGE, PURPLE), ("circle", "triangle-right", "square", "diamond")


def bullets(rows: list[Row], labels: list[str], statuses: list[str], axis: str, word: str) -> alt.TopLevelMixin:
    """Return a bar for the way covered on a pale one for the whole way, a line where the target is.

    Args:
        rows: indicator, index (null when there is none), status, words, hidden.
        labels: Order of the rows.
        statuses: The words for met, on track, behind and off track: a colour and a mark each.
        axis: Title of the axis.
        word: The word for a withheld number.
    """
    base, width = told(rows), WIDTH - LABELS - _WORDS
    scale = alt.Scale(domain=[0, _MOST], nice=False)
    values = alt.Axis(title=axis, values=[0, 50, _TARGET, _MOST], grid=True, domain=False, labelFlush=True)
    y = alt.Y("indicator:N", sort=labels, axis=names_axis())
    colour = alt.Color("status:N", sort=statuses, scale=alt.Scale(domain=statuses, range=list(_COLOURS)))
    shape = alt.Shape("status:N", sort=statuses, scale=alt.Scale(domain=statuses, range=list(_SHAPES)))
    judged = base.transform_filter("datum.index != null")
    way = judged.mark_bar(color=PALE, height=18).encode(x=alt.XDatum(0, scale=scale), x2=alt.X2Datum(_TARGET), y=y)
    covered = judged.mark_bar(height=7).encode(x=alt.X("index:Q", scale=scale, axis=values), y=y, color=colour)
    end = judged.mark_point(filled=True, size=85, opacity=1).encode(
        x=alt.X("index:Q", scale=scale), y=y, color=colour, shape=shape
    )
    target = alt.Chart(inline([{}])).mark_rule(color=INK, strokeWidth=1.6).encode(x=alt.XDatum(_TARGET, scale=scale))
    hidden = hatch(base, word, x=alt.XDatum(50, scale=scale), y=y)
    words = base.mark_text(align="left", color=INK, fontSize=10.5).encode(x=alt.value(width + 10), y=y, text="words:N")
    layers = alt.layer(way, covered, target, end, hidden, words)
    return layers.properties(width=width, height=30 * len(labels))
