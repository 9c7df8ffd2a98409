"""The chart of a partner's own figures beside the middle half of the group's."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, hatch, names_axis, score_scale
from melflow.reports.vector import INK, ORANGE, WIDTH, told

_NAMES = LABELS + 90


def beside(rows: list[dict[str, Any]], labels: list[str], word: str) -> alt.TopLevelMixin:
    """Return a mark with its interval for each own figure, over a bar from quartile to quartile with the median.

    Args:
        rows: label, own, own_low, own_high, low, median, high (points; None where there is none), hidden.
        labels: Order of the rows.
        word: The word for a withheld number.
    """
    base = told(rows)
    y = alt.Y("label:N", sort=labels, axis=names_axis(_NAMES))
    axis = alt.Axis(title=None, values=[0, 25, 50, 75, 100], grid=True, domain=False, labelFlush=True)
    bar = base.transform_filter("datum.low != null").mark_bar(size=13, color="#C9D6E2")
    bar = bar.encode(x=alt.X("low:Q", scale=score_scale(), axis=axis), x2="high:Q", y=y)
    median = base.transform_filter("datum.median != null").mark_tick(color=INK, thickness=2, size=15)
    line = base.transform_filter("datum.own_low != null").mark_rule(color=ORANGE, strokeWidth=1.6)
    own = base.transform_filter("datum.own != null").mark_point(filled=True, size=52, opacity=1, color=ORANGE)
    return alt.layer(
        bar,
        median.encode(x=alt.X("median:Q", scale=score_scale()), y=y),
        line.encode(x=alt.X("own_low:Q", scale=score_scale()), x2="own_high:Q", y=y),
        own.encode(x=alt.X("own:Q", scale=score_scale()), y=y),
        hatch(base, word, x=alt.XDatum(50, scale=score_scale()), y=y),
    ).properties(width=WIDTH - _NAMES, height=(25 if any("\n" in label for label in labels) else 21) * len(labels))
