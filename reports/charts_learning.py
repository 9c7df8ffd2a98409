"""The charts of learning: the ladder of use, and the responses of those around."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, names_axis
from melflow.reports.vector import BLUE, GREEN, INK, ORANGE, RULE, WIDTH, told

Row = dict[str, Any]
_WORDS = 190  # pixels for the figures on the right


def ladder(rows: list[Row], rungs: list[str]) -> alt.TopLevelMixin:
    """Return how many claims got to each rung or above, and beside it how many went on.

    Args:
        rows: rung, claims, words.
        rungs: Order of the rows, the lowest first.
    """
    base = told(rows)
    width = WIDTH - LABELS - _WORDS
    bars = base.mark_bar(color=BLUE, height=13).encode(
        x=alt.X("claims:Q", axis=alt.Axis(title=None, tickMinStep=1, tickCount=5, grid=True)),
        y=alt.Y("rung:N", sort=rungs, axis=names_axis()),
    )
    return alt.layer(bars, _words(base, "rung", rungs, width)).properties(width=width, height=24 * len(rungs))


def responses(rows: list[Row], levels: list[str], kinds: tuple[str, str, str]) -> alt.TopLevelMixin:
    """Return shares of obstructive, neutral and reinforcing responses, the neutral ones around the middle.

    Args:
        rows: level, kind, start, end (per cent of the responses, from the middle), words (on one row of each level).
        levels: Order of the rows.
        kinds: The words for obstructive, neutral and reinforcing.
    """
    base = told(rows)
    width = WIDTH - LABELS - _WORDS
    x = alt.X(
        "start:Q",
        scale=alt.Scale(domain=[-100, 100]),
        axis=alt.Axis(title=None, values=[-100, -50, 0, 50, 100], labelExpr="abs(datum.value) + ' %'", grid=True),
    )
    y = alt.Y("level:N", sort=levels, axis=names_axis())
    colours = alt.Scale(domain=list(kinds), range=[ORANGE, RULE, GREEN])
    bars = base.mark_bar(height=13).encode(
        x=x, x2="end:Q", y=y, color=alt.Color("kind:N", scale=colours, sort=list(kinds))
    )
    return alt.layer(bars, _words(base, "level", levels, width)).properties(width=width, height=26 * len(levels))


def _words(base: alt.Chart, name: str, order: list[str], width: int) -> alt.Chart:
    words = base.transform_filter("datum.words != null").mark_text(align="left", color=INK, fontSize=10.5)
    chart: alt.Chart = words.encode(x=alt.value(width + 10), y=alt.Y(f"{name}:N", sort=order), text="words:N")
    return chart
