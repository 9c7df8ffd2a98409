"""The map of quadrants: health and agreed results of each pair, with the two fixed cuts."""

from __future__ import annotations

from itertools import product
from math import cos, hypot, pi, sin
from typing import Any

import altair as alt

from melflow.reports.vector import BLUE, INK, MUTED, ORANGE, WIDTH, inline, told

Row = dict[str, Any]
_ACROSS, _UP = WIDTH - 60, 300  # pixels of the map
_HEALTH, _RESULT = 100, 150  # ends of the axes
#: Where the number of a point may stand: how far from it, and in how many directions; the nearest free place wins.
_DISTANCES, _DIRECTIONS, _APART = (12, 20, 28, 36), 12, 11


def quadrants(
    rows: list[Row], cuts: tuple[float, float], titles: tuple[str, str], names: tuple[str, str, str, str]
) -> alt.TopLevelMixin:
    """Return a point per pair with its number.

    Args:
        rows: number, health, result, echo.
        cuts: Health and result index that are high.
        titles: Of the two axes.
        names: Of the quadrants: high in both, in health only, in results only, in neither.
    """
    base = told(_numbered(rows))
    across, up = (alt.Scale(domain=[0, end], nice=False) for end in (_HEALTH, _RESULT))
    x = alt.X("health:Q", scale=across, axis=alt.Axis(title=titles[0], tickCount=5))
    y = alt.Y("result:Q", scale=up, axis=alt.Axis(title=titles[1], tickCount=4, minExtent=40, maxExtent=40))
    colour = alt.condition("datum.echo", alt.value(ORANGE), alt.value(BLUE))
    shape = alt.condition("datum.echo", alt.value("diamond"), alt.value("circle"))
    points = base.mark_point(filled=True, size=75, opacity=0.9).encode(x=x, y=y, color=colour, shape=shape)
    leader = base.mark_rule(color=MUTED, strokeWidth=0.7).encode(x=x, y=y, x2="to_health:Q", y2="to_result:Q")
    numbers = base.mark_text(color=INK, fontSize=10).encode(
        x=alt.X("at_health:Q", scale=across), y=alt.Y("at_result:Q", scale=up), text="number:N"
    )
    rule = alt.Chart(inline([{}])).mark_rule(color=MUTED, strokeDash=[4, 3])
    lines = rule.encode(x=alt.XDatum(cuts[0])) + rule.encode(y=alt.YDatum(cuts[1]))
    layers = alt.layer(*_corners(names, across, up), lines, leader, points, numbers)
    return layers.properties(width=_ACROSS, height=_UP)


def _corners(names: tuple[str, ...], across: alt.Scale, up: alt.Scale) -> list[alt.Chart]:
    """Return the name of each quadrant, in its outer corner."""
    made = []
    for name, is_right, is_top in zip(names, (True, True, False, False), (True, False, True, False), strict=True):
        text = alt.Chart(inline([{}])).mark_text(
            text=name, color=MUTED, fontSize=10, fontStyle="italic", align="right" if is_right else "left",
            dx=-6 if is_right else 6, baseline="top" if is_top else "bottom", dy=6 if is_top else -6,
        )  # fmt: skip
        x = alt.XDatum(_HEALTH if is_right else 0, scale=across)
        made.append(text.encode(x=x, y=alt.YDatum(_RESULT if is_top else 0, scale=up)))
    return made


def _numbered(rows: list[Row]) -> list[Row]:
    """Return the rows with a place for each number that is free of points and of the numbers before it."""
    points = [(row["health"] / _HEALTH * _ACROSS, row["result"] / _RESULT * _UP) for row in rows]
    taken: list[tuple[float, float]] = []
    placed = []
    for row, (left, bottom) in zip(rows, points, strict=True):
        angles = [2 * pi * turn / _DIRECTIONS + pi / 4 for turn in range(_DIRECTIONS)]
        ways = [(left + far * cos(angle), bottom + far * sin(angle)) for far, angle in product(_DISTANCES, angles)]
        free = [at for at in ways if _is_free(at, [*points, *taken])]
        x, y = free[0] if free else ways[0]
        taken.append((x, y))
        way = 1 - _APART / 1.6 / hypot(x - left, y - bottom)  # a line to the number ends before it
        ends = {"at": (x, y), "to": (left + way * (x - left), bottom + way * (y - bottom))}
        placed.append(
            row
            | {f"{end}_health": at[0] / _ACROSS * _HEALTH for end, at in ends.items()}
            | {f"{end}_result": at[1] / _UP * _RESULT for end, at in ends.items()}
        )
    return placed


def _is_free(at: tuple[float, float], others: list[tuple[float, float]]) -> bool:
    inside = _APART / 2 < at[0] < _ACROSS - _APART / 2 and _APART / 2 < at[1] < _UP - _APART / 2
    return inside and all(hypot(at[0] - x, at[1] - y) >= _APART for x, y in others)
