"""Agreement of two coders beyond chance (F29): Cohen's kappa, weighted where the categories are in an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm

from melflow.core.statistics.proportions import as_column

Floats = NDArray[np.float64]
Weights = Literal["none", "linear", "quadratic"]
#: F29: a sample of the coded things that two coders see, below which kappa says little.
LEAST_SHARE = 0.2


def kappa(counts: Floats, weights: Weights = "none") -> tuple[Floats, Floats]:
    """F29: Cohen's kappa and its standard error.

    Args:
        counts: How often the first coder chose the row's category and the second the column's, shape
            (cells, categories, categories), the categories in their order.
        weights: How disagreement grows with the distance of two categories; none: all count alike.

    Returns:
        kappa, -1 to 1, and its large-sample standard error (Fleiss, Cohen and Everitt); NaN where nothing was coded
        twice, or both coders used one and the same category throughout.
    """
    size = counts.shape[-1]
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) / max(size - 1, 1)
    alike = 1 - {"none": (apart > 0).astype(float), "linear": apart, "quadratic": apart**2}[weights]
    n = counts.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        p = counts / n[:, None, None]
        first, second = p.sum(axis=2), p.sum(axis=1)
        seen = (p * alike).sum(axis=(1, 2))
        expected = np.einsum("ci,cj,ij->c", first, second, alike)
        beyond = np.where(expected < 1 - 1e-12, 1 - expected, np.nan)
        found = (seen - expected) / beyond
        by_first, by_second = second @ alike.T, first @ alike
        off = alike - (by_first[:, :, None] + by_second[:, None, :]) * (1 - found)[:, None, None]
        spread = (p * off**2).sum(axis=(1, 2)) - (found - expected * (1 - found)) ** 2
        error = np.sqrt(np.maximum(spread, 0) / n) / beyond
    return found, error


def with_kappa(
    cells: pl.DataFrame,
    pairs: pl.DataFrame,
    by: Sequence[str],
    categories: Sequence[str],
    confidence: float,
    weights: Weights = "none",
) -> pl.DataFrame:
    """Add F29 to cells of coded things.

    Args:
        cells: One row per cell, with ``n_coded``: things that were coded, once or twice.
        pairs: One row per thing coded twice, with ``first`` and ``second``: the category by each coder.
        by: Columns that name the cell, in both.
        categories: All categories, in their order where they have one.
        confidence: Of the interval, between 0 and 1.
        weights: As in ``kappa``.

    Returns:
        The cells with ``n_double_coded``, ``double_coded_share``, ``agreement`` (0-1), ``kappa``, ``kappa_ci_low``,
        ``kappa_ci_high`` (-1 to 1; null where all pairs are alike, so that nothing spreads) and ``reason``: why there
        is no kappa.
    """
    keys, size = list(by), len(categories)
    places = {name: place for place, name in enumerate(categories)}
    numbered = cells.select(keys).with_row_index("__place")
    found = pairs.join(numbered, on=keys, how="inner", nulls_equal=True)
    counts = np.zeros((cells.height, size, size))
    places_of = [found[name].replace_strict(places, return_dtype=pl.Int64).to_numpy() for name in ("first", "second")]
    np.add.at(counts, (found["__place"].to_numpy(), *places_of), 1.0)
    n = counts.sum(axis=(1, 2))
    coded = cells["n_coded"].cast(pl.Float64).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(coded > 0, n / coded, np.nan)
        agreement = np.where(n > 0, np.trace(counts, axis1=1, axis2=2) / n, np.nan)
    value, error = kappa(counts, weights)
    too_few = share < LEAST_SHARE - 1e-12
    value = np.where(too_few, np.nan, value)
    # Without any spread the large-sample error is nil, which says nothing about how sure one can be.
    half = np.where(error > 0, norm.ppf((1 + confidence) / 2) * error, np.nan)
    reason = np.select(
        [coded == 0, n == 0, too_few, np.isnan(value)],
        ["nothing was coded", "nothing was coded by two coders", "fewer than 20 % were coded by two coders",
         "both coders used one and the same category throughout"],
        default="",
    )  # fmt: skip
    return cells.with_columns(
        pl.Series("n_double_coded", n.astype(np.int64)),
        as_column("double_coded_share", share),
        as_column("agreement", agreement),
        as_column("kappa", value),
        as_column("kappa_ci_low", np.maximum(value - half, -1)),
        as_column("kappa_ci_high", np.minimum(value + half, 1)),
        pl.Series("reason", [text or None for text in reason.tolist()], dtype=pl.String),
    )
