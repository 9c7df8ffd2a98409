"""Intervals of shares (F8) and of the difference of two (F9), vectorised over cells."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]


def wilson(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """F8: Wilson score interval of a share.

    Args:
        successes: Counts, shape (cells,).
        n: Totals, shape (cells,).
        confidence: Of the interval, between 0 and 1.

    Returns:
        Lower and upper bounds, 0-1; NaN where the total is zero or unknown.
    """
    x, total = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    total = np.where(total > 0, total, np.nan)
    z = norm.ppf((1 + confidence) / 2)
    p = x / total
    middle = p + z**2 / (2 * total)
    half = z * np.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    # Rounding moves the two bounds that are exactly 0 and 1 by a hair.
    low = np.where(x == 0, 0 * total, (middle - half) / scale)
    high = np.where(x == total, 1 + 0 * total, (middle + half) / scale)
    return low, high


def newcombe(
    successes_1: ArrayLike, n_1: ArrayLike, successes_2: ArrayLike, n_2: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """F9: difference of two independent shares with Newcombe's interval, made of the two Wilson intervals.

    Args:
        successes_1: Counts of the first group, shape (cells,).
        n_1: Totals of the first group.
        successes_2: Counts of the second group.
        n_2: Totals of the second group.
        confidence: Of the interval, between 0 and 1.

    Returns:
        First share less second, lower and upper bound, -1 to 1; NaN where a total is zero.
    """
    shares = []
    for successes, n in ((successes_1, n_1), (successes_2, n_2)):
        low, high = wilson(successes, n, confidence)
        total = np.asarray(n, dtype=np.float64)
        shares.append((np.asarray(successes, dtype=np.float64) / np.where(total > 0, total, np.nan), low, high))
    (p_1, low_1, high_1), (p_2, low_2, high_2) = shares
    gap = p_1 - p_2
    return gap, gap - np.hypot(p_1 - low_1, high_2 - p_2), gap + np.hypot(high_1 - p_1, p_2 - low_2)


def with_share_interval(
    cells: pl.DataFrame, count: str, total: str, bounds: tuple[str, str], confidence: float
) -> pl.DataFrame:
    """Add F8 to cells.

    Args:
        cells: One row per cell.
        count: Column of the successes; null where the share is not one of counted events.
        total: Column of the totals.
        bounds: Names of the columns to add, lower and upper, 0-1; null where not estimable.
        confidence: Of the interval, between 0 and 1.
    """
    low, high = wilson(as_floats(cells[count]), as_floats(cells[total]), confidence)
    return cells.with_columns(as_column(bounds[0], low), as_column(bounds[1], high))


def as_floats(values: pl.Series) -> Floats:
    """Return a column as an array, null as NaN."""
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()


def as_column(name: str, values: Floats) -> pl.Series:
    """Return an array as a column, NaN as null."""
    return pl.Series(name, values, dtype=pl.Float64).fill_nan(None)
