"""Time until something happens when some of it has not happened yet (F31), for every group at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

#: A survival of exactly one half is not below it; products of fractions miss it by a hair.
_HAIR = 1e-12


def median_days(cases: pl.DataFrame, by: Sequence[str], days: str, observed: str) -> pl.DataFrame:
    """F31: Kaplan-Meier median of every group, right-censored.

    The median is the first day on which less than half is still waiting, as ``statsmodels.duration.SurvfuncRight``
    has it.

    Args:
        cases: One row per case.
        by: Columns that name the group.
        days: Days until it happened, or until the data end; >= 0.
        observed: Boolean column, false for a case that was still open when the data ended.

    Returns:
        The columns of ``by`` with ``n_cases``, ``n_open`` and ``median_days`` (null while half or more of the group
        is still waiting at the end), one row per group.
    """
    keys = list(by)
    by_day = _survival(cases, keys, days, observed)
    below = pl.col("survival") < 0.5 - _HAIR
    return by_day.group_by(keys, maintain_order=True).agg(
        pl.col("n_ending").sum().cast(pl.Int64).alias("n_cases"),
        (pl.col("n_ending").sum() - pl.col("n_happened").sum()).cast(pl.Int64).alias("n_open"),
        pl.col(days).filter(below).min().cast(pl.Float64).alias("median_days"),
    )


def happened_by(
    cases: pl.DataFrame, by: Sequence[str], days: str, observed: str, columns: Mapping[str, float]
) -> pl.DataFrame:
    """F31: Kaplan-Meier share of every group to which it happened within so many days.

    Args:
        cases: One row per case.
        by: Columns that name the group.
        days: Days until it happened, or until the data end; >= 0.
        observed: Boolean column, false for a case that was still open when the data ended.
        columns: Name of a column -> days.

    Returns:
        The columns of ``by`` with the shares, 0-1; null where nobody was watched that long and some were still
        waiting. One row per group.
    """
    keys = list(by)
    by_day = _survival(cases, keys, days, observed)
    last = pl.col("survival").last()
    shares = [
        pl.when((pl.col(days).max() >= limit) | (last <= _HAIR))
        .then(1 - pl.col("survival").filter(pl.col(days) <= limit).last().fill_null(1.0))
        .alias(name)
        for name, limit in columns.items()
    ]
    return by_day.group_by(keys, maintain_order=True).agg(shares)


def _survival(cases: pl.DataFrame, keys: list[str], days: str, observed: str) -> pl.DataFrame:
    """Return the share still waiting after each day on which a case ended, by group and in the order of days."""
    by_day = cases.group_by(*keys, days).agg(
        pl.len().alias("n_ending"), pl.col(observed).sum().cast(pl.Int64).alias("n_happened")
    )
    by_day = by_day.sort(*keys, days).with_columns(
        pl.col("n_ending").cum_sum(reverse=True).over(keys).alias("n_waiting"),
    )
    return by_day.with_columns(
        (1 - pl.col("n_happened") / pl.col("n_waiting")).cum_prod().over(keys).alias("survival"),
    )


def with_median_days(cells: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """F25: add the median days to an answer to cells of exchanges.

    Args:
        cells: One row per ``dyad_id``, ``period_id`` and ``channel``; the channel ``all`` is every channel together.
        events: One row per exchange with those columns (no channel ``all``), ``n_days`` until it was answered or the
            log ends, and ``is_answered``.

    Returns:
        The cells with ``median_days_to_answer`` (null while half or more are unanswered) and ``n_events_open``.
    """
    keys = ["dyad_id", "period_id", "channel"]
    timed = events.select(*keys, "n_days", "is_answered")
    several = pl.concat([timed, timed.with_columns(pl.lit("all").alias("channel"))])
    found = median_days(several, keys, "n_days", "is_answered").select(
        *keys, "n_open", pl.col("median_days").alias("median_days_to_answer")
    )
    return cells.join(found, on=keys, how="left").rename({"n_open": "n_events_open"})
