"""Two-way flow of exchange inside a dyad (F18): what SQL cannot compute of it."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.stats import binom

from melflow.core.statistics.proportions import Floats, as_column, as_floats, with_share_interval


def balance_p(events_ab: ArrayLike, events_ba: ArrayLike) -> Floats:
    """F18: exact two-sided binomial test that either side gives equally often.

    At one half the distribution is symmetric, so the p value is twice the lower tail of the smaller count.

    Args:
        events_ab: Events given by A and received by B, shape (cells,).
        events_ba: Events the other way.

    Returns:
        p values, 0-1; NaN where there was no event.
    """
    ab, ba = np.asarray(events_ab, dtype=np.float64), np.asarray(events_ba, dtype=np.float64)
    total = ab + ba
    p = np.minimum(1.0, 2 * binom.cdf(np.minimum(ab, ba), total, 0.5))
    return np.where(total > 0, p, np.nan)


def with_balance(cells: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Add interval and test of F18 to flows.

    Hours and documents are amounts, not independent trials: they get neither.

    Args:
        cells: One row per cell with ``measure``, ``flow_ab`` and ``flow_ba`` in that measure.
        confidence: Of the interval, between 0 and 1.

    Returns:
        The cells with ``share_ci_low``, ``share_ci_high`` (of the share given by A, 0-1) and ``binom_p`` (0-1).
    """
    is_events = pl.col("measure") == "events"
    events = cells.select(
        pl.when(is_events).then("flow_ab").alias("ab"),
        pl.when(is_events).then("flow_ba").alias("ba"),
        pl.when(is_events).then(pl.col("flow_ab") + pl.col("flow_ba")).alias("total"),
    )
    bounds = with_share_interval(events, "ab", "total", ("share_ci_low", "share_ci_high"), confidence)
    return cells.with_columns(
        bounds["share_ci_low"],
        bounds["share_ci_high"],
        as_column("binom_p", balance_p(as_floats(events["ab"]), as_floats(events["ba"]))),
    )
