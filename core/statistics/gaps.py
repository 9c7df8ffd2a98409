"""The gap between two groups' means with Welch's interval (F15), whatever the groups are."""

from __future__ import annotations

import polars as pl

from melflow.core.statistics.proportions import as_column, as_floats
from melflow.core.statistics.scores import mean_gap


def with_gap(cells: pl.DataFrame, sides: tuple[str, str], confidence: float) -> pl.DataFrame:
    """Add F15 to cells of two groups.

    Args:
        cells: One row per cell with ``score_*``, ``sd_*`` (points) and ``n_*`` of both sides; null where one is silent.
        sides: What stands for the star, the minuend first.
        confidence: Of the interval, between 0 and 1.

    Returns:
        The cells with ``gap``, ``gap_ci_low`` and ``gap_ci_high`` in points; null where not estimable.
    """
    one, other = ([as_floats(cells[f"{what}_{side}"]) for what in ("score", "sd", "n")] for side in sides)
    found = mean_gap(one[0], one[1], one[2], other[0], other[1], other[2], confidence)
    return cells.with_columns(
        as_column("gap", found.gap), as_column("gap_ci_low", found.low), as_column("gap_ci_high", found.high)
    )
