"""The published figures of the whole alliance as one group: what a return report sets beside its partner's own.

A median and the middle half of figures each of which may be shown to the partners by name: who has all editions of this
audience can work them out, so that they tell nobody anything new (F40). What is withheld, or agreed for fewer readers,
is no part of the group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from melflow.reports.edition_data import EditionData

Row = dict[str, Any]
#: Partners or pairs with a published figure, from which on they are a group and nobody's own figure in another name.
FEWEST = 5
SCORE, PAIRS = "pub_capability_score", "pub_health_dyad"
#: What a score and a pair's view is about.
GRAIN = {"capability": ("capability", "level", "rater"), "health": ("dimension",)}
#: Lower end, middle and upper end of the middle half.
SPREAD = {"low": 0.25, "median": 0.5, "high": 0.75}


def groups(data: EditionData) -> dict[str, pl.DataFrame]:
    """Return the spread of the period's published figures, of all partners and all pairs that may be shown.

    Returns:
        By section, one row for each of ``GRAIN``: ``n`` partners or pairs, and in points ``low``, ``median`` and
        ``high``, quartiles by linear interpolation; null where fewer than ``FEWEST`` have a figure.
    """
    return {
        "capability": _spread(data.table(SCORE), "capability", "score", "partner_id"),
        "health": _spread(data.table(PAIRS), "health", "mean_of_sides", "dyad_id"),
    }


def _spread(rows: pl.DataFrame, section: str, figure: str, whose: str) -> pl.DataFrame:
    ends = [pl.col(figure).quantile(part, "linear").alias(name) for name, part in SPREAD.items()]
    found = rows.drop_nulls(figure).group_by(GRAIN[section]).agg(pl.col(whose).n_unique().alias("n"), *ends)
    is_group = pl.col("n") >= FEWEST
    return found.with_columns(pl.when(is_group).then(name).alias(name) for name in SPREAD).sort(GRAIN[section])


def beside(data: EditionData, section: str) -> list[Row]:
    """Return the partner's own figures of the period with the group's; nothing in an edition that is nobody's own.

    Returns:
        The keys of ``GRAIN``; ``own``, ``own_low`` and ``own_high`` (the interval of a score; a median of pairs has
        none), ``n_own`` (respondents; pairs), ``is_suppressed``; ``n``, ``low``, ``median`` and ``high`` of the group.
    """
    if section not in data.group:
        return []
    mine = _own_scores(data) if section == "capability" else _own_pairs(data)
    return mine.join(data.group[section], on=GRAIN[section], how="left").sort(GRAIN[section]).to_dicts()


def _own_scores(data: EditionData) -> pl.DataFrame:
    names = {"score": "own", "ci_low": "own_low", "ci_high": "own_high", "n_respondents": "n_own"}
    return data.table(SCORE).rename(names).select(*GRAIN["capability"], *names.values(), "is_suppressed")


def _own_pairs(data: EditionData) -> pl.DataFrame:
    """Return the median of the partner's pairs on each dimension, of those with both views published."""
    nothing = pl.lit(None, pl.Float64)
    return (
        data.table(PAIRS)
        .group_by("dimension")
        .agg(
            pl.col("mean_of_sides").median().alias("own"),
            nothing.alias("own_low"),
            nothing.alias("own_high"),
            pl.col("mean_of_sides").count().cast(pl.Int64).alias("n_own"),
            pl.col("mean_of_sides").is_null().all().alias("is_suppressed"),
        )
    )
