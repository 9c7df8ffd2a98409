"""The chart of gaps with their intervals, one below the other: which of them leave out zero."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, hatch, names_axis
from melflow.reports.vector import INK, MUTED, WIDTH, inline, told

_NAMES = LABELS + 60
_WORDS = 150  # pixels for the figures on the right


def gaps(rows: list[dict[str, Any]], labels: list[str], axis: str, word: str) -> alt.TopLevelMixin:
    """Return a mark with its interval for each gap; one that leaves out zero is dark and filled.

    Args:
        rows: label, gap, low, high, apart (bool), words, hidden.
        labels: Order of the rows.
        axis: Title of the axis, in points.
        word: The word for a withheld number.
    """
    base, width = told(rows), WIDTH - _NAMES - _WORDS
    known = [abs(row[name]) for row in rows for name in ("gap", "low", "high") if row[name] is not None]
    reach = max(20, -(-max(known, default=0) // 20) * 20)
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    shown = alt.Axis(title=axis, values=[-reach, -reach / 2, 0, reach / 2, reach], grid=True, domain=False,
                     labelFlush=True)  # fmt: skip
    y = alt.Y("label:N", sort=labels, axis=names_axis(_NAMES))
    colour = alt.condition("datum.apart", alt.value(INK), alt.value("#98A2AE"))
    line = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", scale=scale, axis=shown), x2="high:Q", y=y,
                                                color=colour)  # fmt: skip
    fill = alt.condition("datum.apart", alt.value(INK), alt.value("white"))
    mark = base.transform_filter("datum.gap != null").mark_point(size=60, opacity=1, strokeWidth=1.8)
    mark = mark.encode(x=alt.X("gap:Q", scale=scale), y=y, stroke=colour, fill=fill)
    zero = alt.Chart(inline([{}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x=alt.XDatum(0, scale=scale))
    hidden = hatch(base, word, x=alt.XDatum(0, scale=scale), y=y)
    words = base.mark_text(align="left", color=INK, fontSize=10.5).encode(x=alt.value(width + 10), y=y, text="words:N")
    return alt.layer(zero, line, mark, hidden, words).properties(width=width, height=30 * len(labels))
