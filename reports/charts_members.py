"""The chart of comings and goings: who left to the left, who came to the right, period by period."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, hatch, names_axis
from melflow.reports.vector import BLUE, INK, ORANGE, WIDTH, inline, told

_WORDS = 150  # pixels for the share that stayed, on the right


def comings(rows: list[dict[str, Any]], labels: list[str], titles: tuple[str, str], word: str) -> alt.TopLevelMixin:
    """Return bars from a middle line with their numbers, and at the right how many stayed.

    Args:
        rows: label, came, minus_left, label_came, label_left, words, hidden.
        labels: Order of the rows.
        titles: What stands to the left and to the right of the middle.
        word: The word for a withheld number.
    """
    base, width = told(rows), WIDTH - LABELS - _WORDS
    known = [abs(row[name]) for row in rows for name in ("came", "minus_left") if row[name] is not None]
    most = max([*known, 5]) * 1.2
    scale = alt.Scale(domain=[-most, most], nice=False)
    axis = alt.Axis(title="    |    ".join(titles), labels=False, grid=False, domain=False)
    y = alt.Y("label:N", sort=labels, axis=names_axis())
    sides = []
    for name, label, colour, align, away in (
        ("minus_left", "label_left", ORANGE, "right", -4),
        ("came", "label_came", BLUE, "left", 4),
    ):
        x = alt.X(f"{name}:Q", scale=scale, axis=axis)
        sides.append(base.mark_bar(color=colour, height=11).encode(x=x, y=y))
        text = base.mark_text(align=align, dx=away, color=INK, fontSize=10)  # type: ignore[arg-type]
        sides.append(text.encode(x=x, y=y, text=f"{label}:N"))
    middle = alt.Chart(inline([{}])).mark_rule(color=INK, strokeWidth=1).encode(x=alt.XDatum(0, scale=scale))
    hidden = hatch(base, word, x=alt.XDatum(0, scale=scale), y=y)
    words = base.mark_text(align="left", color=INK, fontSize=10.5).encode(x=alt.value(width + 10), y=y, text="words:N")
    return alt.layer(*sides, middle, hidden, words).properties(width=width, height=24 * len(labels))
