"""Intervals of mean scores (F3, F7, F8) and of the gap between two means (F15), vectorised over cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student_t

from melflow.core.statistics.proportions import Floats, as_column, as_floats, with_share_interval

#: Scores are points of a scale from 0 to 100.
LOWEST, HIGHEST = 0.0, 100.0


class MeanInterval(NamedTuple):
    """t interval of a mean score: bounds in points (NaN when not estimable) and whether one was cut to the scale."""

    low: Floats
    high: Floats
    clipped: NDArray[np.bool_]


class GapInterval(NamedTuple):
    """Difference of two means in points with its Welch interval (NaN when not estimable) and degrees of freedom."""

    gap: Floats
    low: Floats
    high: Floats
    df: Floats


def mean_interval(
    mean: ArrayLike, sd: ArrayLike, n: ArrayLike, confidence: float = 0.95, invited: ArrayLike = np.nan
) -> MeanInterval:
    """F3: mean ± t(n-1)·sd/√n, cut to 0-100; times √((N - n) / (N - 1)) where N people were asked.

    A single respondent has no spread, so no interval. Equal answers (sd = 0) give an interval without width.

    Args:
        mean: Mean scores, points, shape (cells,).
        sd: Standard deviations with n - 1, points, shape (cells,); NaN where n < 2.
        n: Numbers of respondents, shape (cells,).
        confidence: Of the interval, between 0 and 1.
        invited: Numbers of people asked (N), shape (cells,); NaN where unknown or smaller than n: no correction.
    """
    mean, sd, n = _floats(mean, sd, n)
    population = np.broadcast_to(np.asarray(invited, dtype=np.float64), n.shape)
    estimable = (n >= 2) & ~np.isnan(sd)
    half = np.full_like(mean, np.nan)
    size = n[estimable]
    half[estimable] = student_t.ppf((1 + confidence) / 2, size - 1) * sd[estimable] / np.sqrt(size)
    finite = estimable & (population >= n)
    half[finite] *= np.sqrt((population[finite] - n[finite]) / (population[finite] - 1))
    low, high = mean - half, mean + half
    clipped = (low < LOWEST) | (high > HIGHEST)
    return MeanInterval(np.clip(low, LOWEST, HIGHEST), np.clip(high, LOWEST, HIGHEST), clipped)


def mean_gap(
    mean_a: ArrayLike,
    sd_a: ArrayLike,
    n_a: ArrayLike,
    mean_b: ArrayLike,
    sd_b: ArrayLike,
    n_b: ArrayLike,
    confidence: float = 0.95,
) -> GapInterval:
    """F15: mean of side A minus mean of side B with Welch's interval.

    Both sides need two respondents for an interval. When neither side has any spread the interval has no width.

    Args:
        mean_a: Mean scores of side A, points, shape (cells,).
        sd_a: Standard deviations of side A with n - 1, points.
        n_a: Respondents of side A.
        mean_b: Mean scores of side B, points.
        sd_b: Standard deviations of side B with n - 1, points.
        n_b: Respondents of side B.
        confidence: Of the interval, between 0 and 1.
    """
    mean_a, sd_a, n_a = _floats(mean_a, sd_a, n_a)
    mean_b, sd_b, n_b = _floats(mean_b, sd_b, n_b)
    gap = mean_a - mean_b
    half, df = np.full_like(gap, np.nan), np.full_like(gap, np.nan)
    estimable = (n_a >= 2) & (n_b >= 2) & ~np.isnan(sd_a) & ~np.isnan(sd_b)
    var_a, var_b = np.full_like(gap, np.nan), np.full_like(gap, np.nan)
    var_a[estimable] = sd_a[estimable] ** 2 / n_a[estimable]
    var_b[estimable] = sd_b[estimable] ** 2 / n_b[estimable]
    half[estimable] = 0.0
    spread = estimable & (var_a + var_b > 0)
    a, b = var_a[spread], var_b[spread]
    df[spread] = (a + b) ** 2 / (a**2 / (n_a[spread] - 1) + b**2 / (n_b[spread] - 1))
    half[spread] = student_t.ppf((1 + confidence) / 2, df[spread]) * np.sqrt(a + b)
    return GapInterval(gap, gap - half, gap + half, df)


def with_score_intervals(cells: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Add F3, F7 and F8 to cells of scores.

    Args:
        cells: One row per cell with ``score``, ``sd`` (points), ``n_respondents``, ``n_positive`` and ``n_invited``
            (null where unknown).
        confidence: Of the intervals, between 0 and 1.

    Returns:
        The cells with ``ci_low``, ``ci_high`` (points), ``ci_clipped`` and ``pct_positive``, ``pct_ci_low``,
        ``pct_ci_high`` (0-1); null where not estimable.
    """
    mean, sd, n = (as_floats(cells[name]) for name in ("score", "sd", "n_respondents"))
    interval = mean_interval(mean, sd, n, confidence, as_floats(cells["n_invited"]))
    means = cells.with_columns(
        as_column("ci_low", interval.low),
        as_column("ci_high", interval.high),
        pl.Series("ci_clipped", interval.clipped, dtype=pl.Boolean),
        (pl.col("n_positive") / pl.col("n_respondents")).alias("pct_positive"),
    )
    return with_share_interval(means, "n_positive", "n_respondents", ("pct_ci_low", "pct_ci_high"), confidence)


def with_gap_intervals(pairs: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Add F15 to pairs of sides.

    Args:
        pairs: One row per dyad, dimension and period with ``score_*`` and ``sd_*`` (points) of the sides ``a_of_b`` and
            ``b_of_a``, and ``n_persons_a`` and ``n_persons_b``; null where a side did not answer.
        confidence: Of the interval, between 0 and 1.

    Returns:
        The pairs with ``gap``, ``gap_ci_low`` and ``gap_ci_high`` in points; null where not estimable.
    """
    a, b = (
        [as_floats(pairs[name]) for name in (f"score_{side}", f"sd_{side}", f"n_persons_{side[0]}")]
        for side in ("a_of_b", "b_of_a")
    )
    found = mean_gap(a[0], a[1], a[2], b[0], b[1], b[2], confidence)
    return pairs.with_columns(
        as_column("gap", found.gap), as_column("gap_ci_low", found.low), as_column("gap_ci_high", found.high)
    )


def _floats(*values: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.asarray(value, dtype=np.float64) for value in values)
