"""The ladder of use (F30), the time it takes (F31) and what came of it (F33), vectorised over cells."""

from __future__ import annotations

import polars as pl

from melflow.core.statistics.proportions import with_share_interval
from melflow.core.statistics.survival import happened_by, median_days

#: Highest rung of the ladder: 0 no transmission … 6 application, 7 impact.
TOP = 7
#: Days of the follow-up waves of 3, 6 and 12 months.
WAVES = {"3m": 91, "6m": 182, "12m": 365}
KEYS = ("scope", "scope_id", "level", "capability", "period_id")
#: Share -> its count and total.
SHARES = {
    "adapted": ("n_adapted", "n_used"),
    "unanticipated": ("n_unanticipated", "n_anticipation_known"),
    "novel": ("n_novel", "n_novelty_known"),
    "evidence_ge2": ("n_evidence_ge2", "n_evidence_known"),
    "absorption": ("n_partners_absorbed", "n_partners"),
}


def with_use(cells: pl.DataFrame, claims: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Add conversions, shares with their intervals and the time to application to cells of claims.

    Args:
        cells: One row per ``KEYS`` with ``n_from_rung0`` … ``n_from_rung7`` (claims at that rung or above) and the
            counts and totals of ``SHARES``.
        claims: One row per claim and cell with ``n_days`` until it was applied, or the data end, and ``is_applied``.
        confidence: Of the intervals, between 0 and 1.

    Returns:
        The cells with ``conv_k`` = N_{k+1} / N_k (F30) for k = 0 … 6, and ``<share>_share``, each with ``_ci_low`` and
        ``_ci_high`` (F8); ``median_days_to_application``, ``n_censored`` and ``applied_by_3m``, ``_6m``, ``_12m``
        (F31). Null where the total is zero or time cannot tell yet.
    """
    for rung in range(TOP):
        part, whole = f"n_from_rung{rung + 1}", f"n_from_rung{rung}"
        cells = _with_share(cells, f"conv_{rung}", (part, whole), confidence)
    for name, counts in SHARES.items():
        cells = _with_share(cells, f"{name}_share", counts, confidence)
    keys = list(KEYS)
    times = median_days(claims, keys, "n_days", "is_applied").select(
        *keys, pl.col("n_open").alias("n_censored"), pl.col("median_days").alias("median_days_to_application")
    )
    by_wave = happened_by(claims, keys, "n_days", "is_applied", {f"applied_by_{w}": d for w, d in WAVES.items()})
    return cells.join(times, on=keys, how="left").join(by_wave, on=keys, how="left")


def _with_share(cells: pl.DataFrame, name: str, counts: tuple[str, str], confidence: float) -> pl.DataFrame:
    count, total = counts
    bounds = (name.removesuffix("_share") + "_ci_low", name.removesuffix("_share") + "_ci_high")
    share = pl.when(pl.col(total) > 0).then(pl.col(count) / pl.col(total)).alias(name)
    return with_share_interval(cells.with_columns(share), count, total, bounds, confidence)
