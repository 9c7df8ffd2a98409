"""Reinforcing or obstructive: the net response of actors (F32), vectorised over cells."""

from __future__ import annotations

import polars as pl

from melflow.core.statistics.change import net_share
from melflow.core.statistics.proportions import as_column, as_floats


def with_net_response(cells: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Add F32 to cells of responses.

    Args:
        cells: One row per cell with ``n_reinforcing``, ``n_obstructive``, ``n_responses`` (neutral ones included),
            ``net_strength`` (strength of the reinforcing less that of the obstructive) and ``total_strength``.
        confidence: Of the interval, between 0 and 1.

    Returns:
        The cells with ``net_response`` = (reinforcing - obstructive) / all, its normal interval
        ``net_response_ci_low`` and ``net_response_ci_high`` (F12), all -1 to 1, and ``net_response_weighted``, in
        which each response counts by its strength; null where no strength is known.
    """
    up, down, n = (as_floats(cells[name]) for name in ("n_reinforcing", "n_obstructive", "n_responses"))
    names = ("net_response", "net_response_ci_low", "net_response_ci_high")
    found = [as_column(name, values) for name, values in zip(names, net_share(up, down, n, confidence), strict=True)]
    weighted = pl.when(pl.col("total_strength") > 0).then(pl.col("net_strength") / pl.col("total_strength"))
    return cells.with_columns(*found, weighted.cast(pl.Float64).alias("net_response_weighted"))
