"""BCa bootstrap interval of a mean (F3), vectorised over cells of equal size."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from melflow.core.statistics.proportions import Floats, as_column

#: Fewest respondents of a bootstrap interval (F3).
FEWEST = 10
#: Resamples drawn for each interval.
DRAWS = 1999
#: Numbers held at once while resampling; bounds memory to some tens of megabytes.
_HELD = 4_000_000


def bca_interval(samples: ArrayLike, seed: int, confidence: float = 0.95, draws: int = DRAWS) -> tuple[Floats, Floats]:
    """F3: bias-corrected and accelerated bootstrap interval of the mean, as scipy.stats.bootstrap defines it.

    Every row is resampled with the same draws, those that scipy makes from ``numpy.random.default_rng(seed)``; the
    means of all rows are then one product of matrices. Rows are put in order first, so that the interval does not
    depend on the order of respondents.

    Args:
        samples: One row per cell, one column per respondent, points, shape (cells, n).
        seed: Of the resampling.
        confidence: Of the interval, between 0 and 1.
        draws: Resamples.

    Returns:
        Lower and upper bounds, points, shape (cells,); for equal answers both are that answer.
    """
    values = np.sort(np.asarray(samples, dtype=np.float64), axis=1)
    n = values.shape[1]
    drawn = np.random.default_rng(seed).integers(0, n, (draws, n))
    counts = np.zeros((draws, n))
    np.add.at(counts, (np.arange(draws)[:, None], drawn), 1.0)
    low, high = np.empty(len(values)), np.empty(len(values))
    step = max(1, _HELD // draws)
    for start in range(0, len(values), step):  # over memory, not over cells: thousands at a time
        part = slice(start, start + step)
        low[part], high[part] = _interval(values[part], counts, confidence)
    return low, high


def _interval(values: Floats, counts: Floats, confidence: float) -> tuple[Floats, Floats]:
    n, draws = values.shape[1], len(counts)
    # Rounded, so that a resample with the same sum as the sample is a tie whatever the order of adding.
    totals = np.sort(np.round(values @ counts.T, 9), axis=1)
    total = np.round(values.sum(axis=1), 9)[:, None]
    below = (totals < total).sum(axis=1)
    ties = (totals == total).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = ndtri((below + ties / 2) / draws)
        # Leaving one out moves the mean by (x - mean) / (n - 1): the jackknife in closed form.
        away = values - values.mean(axis=1, keepdims=True)
        acceleration = (away**3).sum(axis=1) / (6 * (away**2).sum(axis=1) ** 1.5)
        z = ndtri((1 - confidence) / 2)
        places = [ndtr(bias + (bias + one) / (1 - acceleration * (bias + one))) for one in (z, -z)]
    low, high = (_quantile(totals, place) / n for place in places)
    constant = values[:, 0] == values[:, -1]
    return np.where(constant, values[:, 0], low), np.where(constant, values[:, 0], high)


def _quantile(ordered: Floats, share: Floats) -> Floats:
    """Return each row's own quantile, linear between neighbours; NaN where the share is."""
    place = np.where(np.isnan(share), 0.0, share) * (ordered.shape[1] - 1)
    floor: NDArray[np.intp] = np.minimum(place.astype(np.intp), ordered.shape[1] - 2)
    rows = np.arange(len(ordered))
    left, right = ordered[rows, floor], ordered[rows, floor + 1]
    return np.where(np.isnan(share), np.nan, left + (right - left) * (place - floor))


def with_bootstrap(cells: pl.DataFrame, seed: int, confidence: float) -> pl.DataFrame:
    """Add the bootstrap interval of F3 to cells of at least ten respondents.

    Args:
        cells: One row per cell with ``scores``, the list of its person scores in points (null or short: no interval).
        seed: Of the resampling.
        confidence: Of the interval, between 0 and 1.

    Returns:
        The cells without ``scores``, with ``bca_low``, ``bca_high`` (points 0-100), ``bca_seed`` and ``bca_draws``
        (null where there is no interval).
    """
    sizes = cells["scores"].list.len().fill_null(0).to_numpy()
    low, high = np.full(len(cells), np.nan), np.full(len(cells), np.nan)
    for size in np.unique(sizes[sizes >= FEWEST]):
        chosen = np.flatnonzero(sizes == size)
        samples = cells["scores"].gather(chosen).explode().to_numpy().reshape(-1, int(size))
        low[chosen], high[chosen] = bca_interval(samples, seed, confidence)
    made = pl.col("bca_low").is_not_null()
    return (
        cells.drop("scores")
        .with_columns(as_column("bca_low", low), as_column("bca_high", high))
        .with_columns(
            pl.when(made).then(pl.lit(seed, dtype=pl.Int64)).alias("bca_seed"),
            pl.when(made).then(pl.lit(DRAWS, dtype=pl.Int64)).alias("bca_draws"),
        )
    )
