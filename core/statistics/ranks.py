"""How sure a ranking is: the interval of each thing's rank, by resampling the people who rated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from melflow.core.statistics.bootstrap import DRAWS, FEWEST
from melflow.core.statistics.proportions import Floats


def ranks_down(means: Floats) -> Floats:
    """Return the rank of each column in each row, 1 for the largest; equal ones share the better rank.

    Args:
        means: Shape (rows, things); NaN has no rank and takes none from the others.
    """
    rounded = np.round(means, 9)
    above = (rounded[:, None, :] > rounded[:, :, None]).sum(axis=2)
    return np.where(np.isnan(means), np.nan, above + 1.0)


def rank_interval(
    ratings: Floats, seed: int, confidence: float = 0.95, draws: int = DRAWS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Percentile bootstrap interval of each thing's rank by mean rating.

    People are drawn with replacement, each with all ratings it gave. Rows are put in order first, so that neither the
    order nor the names of people matter.

    Args:
        ratings: One row per person, one column per thing, shape (n, things); NaN where somebody did not rate.
        seed: Of the resampling.
        confidence: Of the interval, between 0 and 1.
        draws: Resamples.

    Returns:
        Best and worst rank, shape (things,); the rank that was observed always lies inside.
    """
    rated = ~np.isnan(ratings)
    values = np.where(rated, ratings, 0.0)
    order = np.lexsort(np.hstack([values, rated]).T)
    values, rated = values[order], rated[order].astype(np.float64)
    n = len(values)
    drawn = np.random.default_rng(seed).integers(0, n, (draws, n))
    counts = np.zeros((draws, n))
    np.add.at(counts, (np.arange(draws)[:, None], drawn), 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = counts @ values / (counts @ rated)
        seen = ranks_down((values.sum(axis=0) / rated.sum(axis=0))[None, :])[0]
    found = ranks_down(means)
    places = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.nanquantile(found, places, axis=0, method="inverted_cdf")
    return np.minimum(low, seen), np.maximum(high, seen)


def rank_intervals(
    people: pl.DataFrame, by: Sequence[str], person: str, item: str, value: str, seed: int, confidence: float
) -> pl.DataFrame:
    """Rank intervals of every group of at least ten people (``FEWEST``).

    Args:
        people: One row per group, person and thing.
        by: Columns that name the group.
        person: Column of the people.
        item: Column of the things.
        value: Column of the ratings.
        seed: Of the resampling, the same for each group.
        confidence: Of the interval, between 0 and 1.

    Returns:
        The columns of ``by`` with the thing, ``rank_low``, ``rank_high``, ``rank_seed`` and ``rank_draws``; smaller
        groups are left out.
    """
    schema: dict[str, pl.DataType | type[pl.DataType]] = {name: people.schema[name] for name in (*by, item)}
    schema |= dict.fromkeys(("rank_low", "rank_high", "rank_seed", "rank_draws"), pl.Int64)
    rows = []
    rated = people.drop_nulls(value).sort(*by, person, item)
    for key, group in rated.group_by(by, maintain_order=True):
        names = group[item].unique().sort()
        ratings = group.pivot(item, index=person, values=value).select(names.to_list())
        if len(ratings) < FEWEST:
            continue
        low, high = rank_interval(ratings.cast(pl.Float64).fill_null(np.nan).to_numpy(), seed, confidence)
        rows += [(*key, name, int(a), int(b), seed, DRAWS) for name, a, b in zip(names, low, high, strict=True)]
    return pl.DataFrame(rows, schema=schema, orient="row")
