"""The chart of who holds what: the largest share of one partner, beside the share if all held the same."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, hatch, names_axis
from melflow.reports.vector import BLUE, INK, WIDTH, told

_WORDS = 190  # pixels for the figures on the right


def largest_shares(rows: list[dict[str, Any]], labels: list[str], axis: str, word: str) -> alt.TopLevelMixin:
    """Return a bar for the largest share of each resource, with a line where an even share would end.

    Args:
        rows: resource, share, even (shares, 0-1), words, hidden.
        labels: Order of the rows.
        axis: Title of the axis.
        word: The word for a withheld number.
    """
    base, width = told(rows), WIDTH - LABELS - _WORDS
    scale = alt.Scale(domain=[0, 1], nice=False)
    values = alt.Axis(
        title=axis, values=[0, 0.25, 0.5, 0.75, 1], format=".0%", grid=True, domain=False, labelFlush=True
    )
    y = alt.Y("resource:N", sort=labels, axis=names_axis())
    bars = base.mark_bar(color=BLUE, height=11).encode(x=alt.X("share:Q", scale=scale, axis=values), y=y)
    even = base.transform_filter("datum.even != null").mark_tick(color=INK, thickness=2, height=19)
    hidden = hatch(base, word, x=alt.XDatum(0.5, scale=scale), y=y)
    words = base.mark_text(align="left", color=INK, fontSize=10.5).encode(x=alt.value(width + 10), y=y, text="words:N")
    layers = alt.layer(bars, even.encode(x=alt.X("even:Q", scale=scale), y=y), hidden, words)
    return layers.properties(width=width, height=26 * len(labels))
