"""Needs survey: what is missing most (F10), how sure the order is, and whether countries have one order (F28)."""

from __future__ import annotations

import polars as pl

from melflow.core.statistics.change import paired_interval
from melflow.core.statistics.concordance import concordance
from melflow.core.statistics.proportions import as_column, as_floats
from melflow.core.statistics.ranks import rank_intervals

_WAVE = ["scope", "scope_id", "period_id"]


def with_ranks(cells: pl.DataFrame, people: pl.DataFrame, seed: int, confidence: float) -> pl.DataFrame:
    """Add intervals, ranks and agreement to cells of the needs survey.

    Args:
        cells: One row per ``scope`` (alliance, country, partner), ``scope_id``, ``period_id`` and ``topic`` with
            ``gap`` and ``sd_gap`` (points) and ``n_respondents``.
        people: One row per cell and ``respondent_id`` of a ``partner_id`` with the person's own ``gap``.
        seed: Of the resampling.
        confidence: Of the intervals, between 0 and 1.

    Returns:
        The cells with ``gap_ci_low``, ``gap_ci_high`` (points -100 to 100; null for one person), ``rank`` (1: most is
        missing; equal gaps share the better rank), ``rank_low``, ``rank_high``, ``rank_seed``, ``rank_draws`` (null
        below ten people) and, in rows of the alliance, ``kendall_w``, ``kendall_p`` and ``n_countries``.
    """
    gap, sd, n = (as_floats(cells[name]) for name in ("gap", "sd_gap", "n_respondents"))
    low, high = paired_interval(gap, sd, n, confidence)
    cells = cells.with_columns(
        as_column("gap_ci_low", low.clip(-100, 100)),
        as_column("gap_ci_high", high.clip(-100, 100)),
        pl.col("gap").round(9).rank("min", descending=True).over(_WAVE).cast(pl.Int64).alias("rank"),
    )
    persons = people.with_columns(pl.concat_str("partner_id", "respondent_id", separator="\n").alias("person"))
    ranks = rank_intervals(persons, _WAVE, "person", "topic", "gap", seed, confidence)
    countries = cells.filter(pl.col("scope") == "country")
    agreed = concordance(countries, ["period_id"], "scope_id", "topic", "gap").with_columns(
        pl.lit("alliance").alias("scope"), pl.col("n_raters").alias("n_countries")
    )
    agreed = agreed.drop("n_raters")
    return cells.join(ranks, on=[*_WAVE, "topic"], how="left").join(agreed, on=["scope", "period_id"], how="left")
