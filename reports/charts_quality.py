"""The chart of parts of a whole: rows held of those received, forms that came of those expected."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, hatch, names_axis
from melflow.reports.vector import INK, WIDTH, told


def parts(
    rows: list[dict[str, Any]], labels: list[str], longest: float, title: str, colour: str, word: str
) -> alt.TopLevelMixin:
    """Return the whole as a pale bar with its part as a narrow one on it, and both in words at the end.

    Args:
        rows: label, whole, part, longer (the longer of the two), words, hidden; without a whole there is no pale bar.
        labels: Order of the rows.
        longest: Length of the longest bar.
        title: Title of the axis.
        colour: Of the part.
        word: The word for a withheld number.
    """
    base, row = told(rows), 30 if any("\n" in label for label in labels) else 24
    scale = alt.Scale(domain=[0, max(longest, 1) * 1.35], nice=False)
    y = alt.Y("label:N", sort=labels, axis=names_axis(LABELS + 20))
    axis = alt.Axis(title=title, grid=False, domain=False, tickCount=5, tickMinStep=1, format=",d")
    whole = base.mark_bar(color="#CBD3DC", height=13).encode(x=alt.X("whole:Q", scale=scale, axis=axis), y=y)
    part = base.mark_bar(color=colour, height=7).encode(x=alt.X("part:Q", scale=scale), y=y)
    words = base.transform_filter("datum.longer != null").mark_text(align="left", dx=5, color=INK, fontSize=10.5)
    words = words.encode(x=alt.X("longer:Q", scale=scale), y=y, text="words:N")
    hidden = hatch(base, word, x=alt.value(20), y=y)
    return alt.layer(whole, part, words, hidden).properties(width=WIDTH - LABELS - 40, height=row * len(labels))
