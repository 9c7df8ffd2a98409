"""Reliability of a scale: Cronbach's alpha with Feldt's interval (F4), McDonald's omega (F5); vectorised over cells."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution

from melflow.core.statistics.proportions import Floats, as_column, as_floats

#: A reliability is published from this many items and respondents on (F4).
FEWEST_ITEMS, FEWEST_RESPONDENTS = 3, 20
#: A uniqueness of zero is an impossible (Heywood) solution; the same floor as R's psych.
LOWEST_UNIQUENESS = 0.005
_ROUNDS, _CLOSE = 20_000, 1e-12


def cronbach_alpha(covariance: ArrayLike) -> Floats:
    """F4: k/(k-1) · (1 - sum of item variances / variance of the sum).

    Args:
        covariance: Covariances of the items, shape (cells, k, k); pairwise or listwise, as the caller decided.

    Returns:
        Alpha, at most 1, may be negative; NaN where the sum of the items does not vary.
    """
    matrices = np.asarray(covariance, dtype=np.float64)
    k = matrices.shape[-1]
    total = matrices.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = k / (k - 1) * (1 - np.trace(matrices, axis1=-2, axis2=-1) / total)
    return np.where(total > 0, alpha, np.nan)


def feldt_interval(alpha: ArrayLike, n: ArrayLike, k: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """F4: Feldt's interval of alpha, 1 - (1 - alpha) · F with n - 1 and (n - 1)(k - 1) degrees of freedom.

    Args:
        alpha: Alphas, shape (cells,).
        n: Respondents, shape (cells,).
        k: Items, shape (cells,).
        confidence: Of the interval, between 0 and 1.
    """
    alpha, n, k = (np.asarray(value, dtype=np.float64) for value in (alpha, n, k))
    tail = (1 - confidence) / 2
    low, high = (
        1 - (1 - alpha) * f_distribution.ppf(quantile, n - 1, (n - 1) * (k - 1)) for quantile in (1 - tail, tail)
    )
    return low, high


def spearman_brown(correlation: ArrayLike) -> Floats:
    """F4 for two items: 2r / (1 + r); NaN where r is -1."""
    r = np.asarray(correlation, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(r > -1, 2 * r / (1 + r), np.nan)


def one_factor_loadings(correlation: ArrayLike) -> Floats:
    """F5: loadings of one factor by minimum residuals, for many scales at once.

    Minimises the squares of what r_ij - λ_i·λ_j leaves off the diagonal. Each loading has a closed form given the
    others (Harman & Jones), so that all cells take a step together instead of one call of an optimiser per cell; the
    tests hold it against scipy.optimize. λ² stays at or below 1 - 0.005, so that no item is without uniqueness.

    Args:
        correlation: Correlations of the items, shape (cells, k, k), k at least 3.

    Returns:
        Loadings, shape (cells, k); NaN for a cell with an unknown correlation.
    """
    r = np.array(correlation, dtype=np.float64)
    k = r.shape[-1]
    found = np.full(r.shape[:2], np.nan)
    known = np.flatnonzero(~np.isnan(r).any(axis=(-2, -1)))
    active, r = known, r[known]
    values, vectors = np.linalg.eigh(r)
    bound = np.sqrt(1 - LOWEST_UNIQUENESS)
    loadings = np.clip(vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1:], 0)), -bound, bound)
    for _ in range(_ROUNDS):
        before = loadings.copy()
        squares = (loadings**2).sum(axis=1)
        for item in range(k):
            own = loadings[:, item]
            above = np.einsum("cj,cj->c", r[:, item], loadings) - r[:, item, item] * own
            below = squares - own**2
            new = np.clip(np.divide(above, below, out=np.zeros_like(above), where=below > 0), -bound, bound)
            loadings[:, item] = new
            squares = below + new**2
        moving = np.abs(loadings - before).max(axis=1) > _CLOSE
        found[active[~moving]] = loadings[~moving]
        active, r, loadings = active[moving], r[moving], loadings[moving]
        if not len(active):
            break
    found[active] = loadings
    return found


def omega_total(correlation: ArrayLike) -> Floats:
    """F5: 1 - Σ(1 - λ²) / ΣΣR with one-factor minres loadings λ.

    Args:
        correlation: Correlations of the items, shape (cells, k, k), k at least 3.

    Returns:
        Omega, at most 1; NaN where a correlation is unknown or the correlations add up to nothing.
    """
    matrices = np.asarray(correlation, dtype=np.float64)
    uniqueness = (1 - one_factor_loadings(matrices) ** 2).sum(axis=-1)
    total = matrices.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, 1 - uniqueness / total, np.nan)


def with_reliability(cells: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Add F4 and F5 to cells of item moments.

    Args:
        cells: One row per cell with ``reliability_items`` (k), ``reliability_n``, and ``covariances`` and
            ``correlations``, lists of the k(k+1)/2 entries of the upper triangle, row by row; a list of another length
            or with a gap gives no reliability.
        confidence: Of the interval, between 0 and 1.

    Returns:
        The cells without the lists, with ``alpha``, ``alpha_ci_low``, ``alpha_ci_high``, ``omega`` (from three items
        on) and ``spearman_brown`` (two items); null where not estimable.
    """
    names = ("alpha", "omega", "spearman_brown")
    found = {name: np.full(len(cells), np.nan) for name in names}
    n, k = as_floats(cells["reliability_n"]), as_floats(cells["reliability_items"])
    whole = (cells["correlations"].list.len().fill_null(0).to_numpy() == k * (k + 1) / 2) & (n >= FEWEST_RESPONDENTS)
    for size in np.unique(k[whole & (k >= FEWEST_ITEMS - 1)]).astype(int):
        chosen = np.flatnonzero(whole & (k == size))
        covariance, correlation = (
            _matrices(cells[name].gather(chosen), size) for name in ("covariances", "correlations")
        )
        if size < FEWEST_ITEMS:
            found["spearman_brown"][chosen] = spearman_brown(correlation[:, 0, 1])
            continue
        found["alpha"][chosen] = cronbach_alpha(covariance)
        found["omega"][chosen] = omega_total(correlation)
    low, high = feldt_interval(found["alpha"], n, k, confidence)
    return cells.drop("covariances", "correlations").with_columns(
        *(as_column(name, values) for name, values in found.items()),
        as_column("alpha_ci_low", low),
        as_column("alpha_ci_high", high),
    )


def _matrices(triangles: pl.Series, k: int) -> Floats:
    """Return upper triangles, row by row, as full symmetric matrices."""
    flat = as_floats(triangles.explode()).reshape(len(triangles), -1)
    matrices = np.empty((len(triangles), k, k))
    rows, columns = np.triu_indices(k)
    matrices[:, rows, columns] = flat
    matrices[:, columns, rows] = flat
    return matrices
