"""Change between two waves (F9-F13) and net shares (F12, F14), vectorised over cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.stats import norm
from scipy.stats import t as student_t

from melflow.core.statistics.flow import balance_p
from melflow.core.statistics.proportions import Floats, as_column, as_floats, newcombe
from melflow.core.statistics.scores import mean_gap


class Effect(NamedTuple):
    """Effect sizes of a paired change, in standard deviations; NaN when not estimable."""

    d_z: Floats
    g_z: Floats
    d_av: Floats


def paired_interval(
    diff: ArrayLike, sd_diff: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """F10: mean difference ± t(n-1)·sd/√n of people in both waves.

    Args:
        diff: Mean differences, points, shape (cells,).
        sd_diff: Standard deviations of the differences with n - 1, points.
        n: Pairs.
        confidence: Of the interval, between 0 and 1.

    Returns:
        Lower and upper bounds, points; NaN below two pairs.
    """
    diff, sd_diff, n = (np.asarray(value, dtype=np.float64) for value in (diff, sd_diff, n))
    size = np.where(n >= 2, n, np.nan)
    half = student_t.ppf((1 + confidence) / 2, size - 1) * sd_diff / np.sqrt(size)
    return diff - half, diff + half


def paired_effect(diff: ArrayLike, sd_diff: ArrayLike, sd_from: ArrayLike, sd_to: ArrayLike, n: ArrayLike) -> Effect:
    """F11: change in standard deviations of the change (d_z, for small n g_z) and of the answers (d_av).

    Args:
        diff: Mean differences, points, shape (cells,).
        sd_diff: Standard deviations of the differences, points.
        sd_from: Standard deviations of the first wave, the same people, points.
        sd_to: Standard deviations of the second wave, the same people, points.
        n: Pairs; g_z needs three.
    """
    diff, sd_diff, sd_from, sd_to, n = (
        np.asarray(value, dtype=np.float64) for value in (diff, sd_diff, sd_from, sd_to, n)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        d_z = np.where(sd_diff > 0, diff / sd_diff, np.nan)
        g_z = np.where(n >= 3, d_z * (1 - 3 / (4 * (n - 1) - 1)), np.nan)
        spread = (sd_from + sd_to) / 2
        d_av = np.where(spread > 0, diff / spread, np.nan)
    return Effect(d_z, g_z, d_av)


def net_share(up: ArrayLike, down: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats, Floats]:
    """F12: (up - down) / n with its normal interval, cut to -1 … 1.

    Args:
        up: How many moved up, shape (cells,).
        down: How many moved down.
        n: How many there are, those that stayed included.
        confidence: Of the interval, between 0 and 1.

    Returns:
        Net share, lower and upper bound, -1 to 1; NaN where n is zero. Without any spread (all moved the same way,
        or nobody did) the interval has no width.
    """
    up, down, n = (np.asarray(value, dtype=np.float64) for value in (up, down, n))
    n = np.where(n > 0, n, np.nan)
    net = (up - down) / n
    variance = np.maximum((up + down) / n - net**2, 0) / n
    half = norm.ppf((1 + confidence) / 2) * np.sqrt(variance)
    return net, np.maximum(net - half, -1), np.minimum(net + half, 1)


def net_promoter(
    promoters: ArrayLike, detractors: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """F14: 100 · (9-10 less 0-6) / n with the interval of F12, points -100 to 100.

    Args:
        promoters: How many answered 9 or 10, shape (cells,).
        detractors: How many answered 0 to 6.
        n: How many answered.
        confidence: Of the interval, between 0 and 1.
    """
    score, low, high = net_share(promoters, detractors, n, confidence)
    return 100 * score, 100 * low, 100 * high


def with_net_promoter(cells: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Add F14 to cells.

    Args:
        cells: One row per cell with ``n_promoters``, ``n_detractors`` (null where nobody was asked) and
            ``n_respondents``.
        confidence: Of the interval, between 0 and 1.

    Returns:
        The cells with ``nps``, ``nps_ci_low`` and ``nps_ci_high``, points -100 to 100; null where not estimable.
    """
    promoters, detractors, n = (as_floats(cells[name]) for name in ("n_promoters", "n_detractors", "n_respondents"))
    found = zip(("nps", "nps_ci_low", "nps_ci_high"), net_promoter(promoters, detractors, n, confidence), strict=True)
    return cells.with_columns(as_column(name, values) for name, values in found)


def with_change(cells: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Add F9-F13 to cells of two waves.

    Args:
        cells: One row per cell and pair of periods with ``linkage`` (paired or unlinked), ``is_estimable``,
            ``n_from``, ``n_to``, ``score_from``, ``score_to``, ``sd_from``, ``sd_to`` (points; of the pairs where
            paired), ``n_pairs``, ``sd_diff``, ``n_up`` and ``n_down``, and, of unlinked waves, ``n_positive_from`` and
            ``n_positive_to``.
        confidence: Of the intervals, between 0 and 1.

    Returns:
        The cells with ``diff``, ``diff_ci_low``, ``diff_ci_high`` (points), ``d_z``, ``g_z``, ``d_av`` (standard
        deviations), ``net_change``, ``net_ci_low``, ``net_ci_high`` (-1 to 1) and ``sign_p`` (0-1). Only paired
        cells have effect sizes and net change; only unlinked ones have ``pct_diff``, ``pct_diff_ci_low`` and
        ``pct_diff_ci_high`` (-1 to 1). Nothing is estimated where ``is_estimable`` is false.
    """
    names = ("n_from", "n_to", "score_from", "score_to", "sd_from", "sd_to", "n_pairs", "sd_diff", "n_up", "n_down")
    n_from, n_to, score_from, score_to, sd_from, sd_to, n, sd_diff, up, down = (
        as_floats(cells[name]) for name in names
    )
    estimable = cells["is_estimable"].fill_null(False).to_numpy()
    paired = estimable & (cells["linkage"] == "paired").to_numpy()
    welch = mean_gap(score_to, sd_to, n_to, score_from, sd_from, n_from, confidence)
    low, high = paired_interval(welch.gap, sd_diff, n, confidence)
    effect = paired_effect(welch.gap, sd_diff, sd_from, sd_to, n)
    net = net_share(up, down, n, confidence)
    everywhere = {
        "diff": welch.gap,
        "diff_ci_low": np.where(paired, low, welch.low),
        "diff_ci_high": np.where(paired, high, welch.high),
    }
    of_pairs = effect._asdict() | dict(zip(("net_change", "net_ci_low", "net_ci_high"), net, strict=True))
    of_pairs |= {"sign_p": balance_p(up, down)}
    positive_from, positive_to = (as_floats(cells[name]) for name in ("n_positive_from", "n_positive_to"))
    of_groups = dict(zip(("pct_diff", "pct_diff_ci_low", "pct_diff_ci_high"),
                         newcombe(positive_to, n_to, positive_from, n_from, confidence), strict=True))  # fmt: skip
    return cells.with_columns(
        *(as_column(name, np.where(estimable, values, np.nan)) for name, values in everywhere.items()),
        *(as_column(name, np.where(paired, values, np.nan)) for name, values in of_pairs.items()),
        *(as_column(name, np.where(estimable & ~paired, values, np.nan)) for name, values in of_groups.items()),
    )
