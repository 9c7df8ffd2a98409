"""The charts of needs and of the navigational map."""

from __future__ import annotations

from typing import Any

import altair as alt

from melflow.reports.charts import LABELS, names_axis, score_scale
from melflow.reports.vector import BLUE, GREEN, INK, MUTED, ORANGE, PALE, RULE, WIDTH, inline, told

Row = dict[str, Any]
_PLACES = 90  # pixels for the places on the right
_DASHES = {"supported": [1, 0], "assumed": [5, 3], "contradicted": [2, 2], "removed": [1, 3]}
_COLOURS = {"supported": GREEN, "assumed": INK, "contradicted": ORANGE, "removed": MUTED}


def gaps(rows: list[Row], topics: list[str], sides: tuple[str, str]) -> alt.TopLevelMixin:
    """Return importance and current level of each topic with what lies between, and its place.

    Args:
        rows: topic, importance, current, place.
        topics: Order of the rows.
        sides: The words for importance and current level.
    """
    base = told(rows)
    y = alt.Y("topic:N", sort=topics, axis=names_axis())
    x = alt.X("current:Q", scale=score_scale(), axis=alt.Axis(title=None, values=[0, 25, 50, 75, 100], grid=True))
    line = base.mark_rule(strokeWidth=2.5, opacity=0.5, color=MUTED).encode(x=x, x2="importance:Q", y=y)
    marks = (
        base.transform_fold(["importance", "current"], as_=["side", "points"])
        .transform_calculate(word=f"datum.side == 'importance' ? {sides[0]!r} : {sides[1]!r}")
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            x=alt.X("points:Q", scale=score_scale()),
            y=y,
            color=alt.Color("word:N", scale=alt.Scale(domain=list(sides), range=[ORANGE, BLUE])),
            shape=alt.Shape("word:N", scale=alt.Scale(domain=list(sides), range=["diamond", "circle"])),
        )
    )
    width = WIDTH - LABELS - _PLACES
    places = base.mark_text(align="left", color=INK, fontSize=10.5).encode(x=alt.value(width + 10), y=y, text="place:N")
    return alt.layer(line, marks, places).properties(width=width, height=max(26 * len(topics), 40))


def network(boxes: list[Row], arrows: list[Row], columns: int, lines: int) -> alt.TopLevelMixin:
    """Return the map: boxes in columns, arrows from left to right.

    Args:
        boxes: x (column), y (line), label.
        arrows: x, y, x2, y2 (column and line of both ends), status (removed: dropped), bold.
        columns: How many columns.
        lines: How many boxes the fullest column has.
    """
    half = 0.34  # of the distance of two columns: half a box
    scale_x = alt.Scale(domain=[-0.5, columns - 0.5], nice=False, zero=False)
    scale_y = alt.Scale(domain=[lines - 0.5, -0.5], nice=False, zero=False)
    for row in arrows:
        row["status_at"] = list(_DASHES).index(row["status"])
    styles: dict[str, Any] = {
        "color": alt.Color(
            "status:N", scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values())), legend=None
        ),
        "strokeDash": alt.StrokeDash(
            "status:N", scale=alt.Scale(domain=list(_DASHES), range=list(_DASHES.values())), legend=None
        ),
        "strokeWidth": alt.StrokeWidth("bold:N", scale=alt.Scale(domain=[False, True], range=[1.3, 3.0]), legend=None),
    }
    moved = told(arrows).transform_calculate(
        begin=f"datum.x + {half}", end=f"datum.x2 - {half} - 0.02", tip=f"datum.x2 - {half} - 0.03"
    )
    hidden = alt.Axis(labels=False, grid=False, domain=False, title=None)
    x, y = alt.X("begin:Q", scale=scale_x, axis=hidden), alt.Y("y:Q", scale=scale_y, axis=hidden)
    rules = moved.mark_rule().encode(x=x, x2="end:Q", y=y, y2="y2:Q", **styles)
    tips = moved.mark_point(filled=True, shape="triangle-right", size=60, opacity=1).encode(
        x=alt.X("tip:Q", scale=scale_x, axis=hidden), y=alt.Y("y2:Q", scale=scale_y, axis=hidden), color=styles["color"]
    )
    placed = alt.Chart(inline(boxes)).transform_calculate(
        left=f"datum.x - {half}", right=f"datum.x + {half}", top="datum.y - 0.33", bottom="datum.y + 0.33"
    )
    frames = placed.mark_rect(fill=PALE, stroke=RULE, cornerRadius=3).encode(
        x=alt.X("left:Q", scale=scale_x, axis=hidden), x2="right:Q",
        y=alt.Y("top:Q", scale=scale_y, axis=hidden), y2="bottom:Q",
    )  # fmt: skip
    words = placed.mark_text(color=INK, fontSize=9.5, lineBreak="\n", baseline="middle", lineHeight=11).encode(
        x=alt.X("x:Q", scale=scale_x, axis=hidden), y=alt.Y("y:Q", scale=scale_y, axis=hidden), text="label:N"
    )
    return alt.layer(rules, tips, frames, words).properties(width=WIDTH, height=max(58 * lines, 80))
