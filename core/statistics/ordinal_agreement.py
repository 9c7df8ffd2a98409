"""Agreement of two ratings on a ladder (F29): Cohen's weighted kappa of many groups at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from melflow.core.statistics.kappa import kappa
from melflow.core.statistics.proportions import as_column


def weighted_kappa(pairs: pl.DataFrame, by: Sequence[str], first: str, second: str) -> pl.DataFrame:
    """F29 with linear weights: a step apart counts once, two steps twice.

    Args:
        pairs: One row per thing rated twice; rows in which a rating is null are left out.
        by: Columns that name the group.
        first: Column of the one rating, its place on the ladder from 1 up.
        second: Column of the other rating.

    Returns:
        The columns of ``by`` with ``n_pairs`` and ``kappa`` (-1 to 1; null where both ratings are the same one step
        throughout, so that no disagreement could be expected), one row per group.
    """
    keys = list(by)
    both = pairs.drop_nulls([first, second])
    number = f"number_of_{'_'.join(keys)}"
    groups = both.select(keys).unique().sort(keys).with_row_index(number)
    placed = both.join(groups, on=keys, nulls_equal=True, maintain_order="left")
    places = [placed[name].cast(pl.Int64).to_numpy() - 1 for name in (first, second)]
    size = max((int(place.max()) + 1 for place in places if place.size), default=1)
    counts = np.zeros((groups.height, size, size))
    np.add.at(counts, (placed[number].to_numpy(), *places), 1.0)
    found, _ = kappa(counts, "linear")
    n_pairs = pl.Series("n_pairs", counts.sum(axis=(1, 2)).astype(np.int64))
    return groups.drop(number).with_columns(n_pairs, as_column("kappa", found))
