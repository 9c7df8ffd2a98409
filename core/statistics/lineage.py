"""Lineages: how many versions a thing went through, and in how many places it and what came of it were tested."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

Places = NDArray[np.int64]


def depths(parents: Places) -> tuple[Places, Places]:
    """Return how many steps each node is away from the first of its lineage, and which one that is.

    Each node has one parent at most, so every way up is doubled in length until it ends: as many rounds as the
    logarithm of the longest lineage.

    Args:
        parents: Place of each node's parent, -1 for a first one, shape (nodes,).

    Returns:
        Steps and place of the first node; -1 for both where the way up never ends (a loop).
    """
    n = len(parents)
    # An end of its own, where every way up stays once it is there
    up = np.append(np.where(parents < 0, n, parents), n)
    steps = np.append(np.ones(n, dtype=np.int64), 0)
    first = np.append(np.arange(n), n)
    for _ in range(max(int(n).bit_length(), 1)):
        beyond = up != n
        first = np.where(beyond, first[up], first)
        steps = steps + steps[up]
        up = up[up]
    ended = up[:n] == n
    return np.where(ended, steps[:n] - 1, -1), np.where(ended, first[:n], -1)


def with_lineage(versions: pl.DataFrame) -> pl.DataFrame:
    """Add the lineage of every version.

    Args:
        versions: One row per version with ``version_key``, ``parent_key`` (null for a first one; a key that is not
            there is an absent parent) and ``contexts``, a list of places, empty or null without any.

    Returns:
        The versions with ``lineage_depth`` (versions before it, 0 for a first one), ``root_key``, ``n_contexts``
        (distinct places of the version and of all that was made from it) and ``reason``; depth and root are null
        with a reason where a version is its own ancestor or an ancestor is absent.
    """
    placed = versions.with_row_index("place")
    places = placed.select(parent_key="version_key", parent=pl.col("place").cast(pl.Int64))
    placed = placed.join(places, on="parent_key", how="left", maintain_order="left")
    parents = placed["parent"].fill_null(-1).to_numpy()
    steps, first = depths(parents)
    is_orphan = (placed["parent_key"].is_not_null() & placed["parent"].is_null()).to_numpy()
    loops = steps < 0
    lost = ~loops & is_orphan[np.where(loops, 0, first)] if len(parents) else loops
    keys = placed["version_key"]
    found = placed.with_columns(
        pl.Series("lineage_depth", np.where(loops | lost, -1, steps)).replace(-1, None).cast(pl.Int64),
        pl.Series("root", np.where(loops | lost, -1, first)).replace(-1, None),
        pl.Series("is_loop", loops, dtype=pl.Boolean),
        pl.Series("is_lost", lost, dtype=pl.Boolean),
        pl.Series("first", np.where(loops, -1, first)).replace(-1, None),
    )
    roots = pl.DataFrame({"root": np.arange(len(keys)), "root_key": keys})
    missing = placed.select(first=pl.col("place").cast(pl.Int64), absent_key="parent_key")
    found = found.join(roots, on="root", how="left", maintain_order="left").join(
        missing, on="first", how="left", maintain_order="left"
    )
    reason = (
        pl.when("is_loop").then(pl.lit("the versions it was made from lead round in a circle"))
        .when("is_lost").then(pl.format("{} is in no register, though a version was made from it", "absent_key"))
    )  # fmt: skip
    found = found.with_columns(reason.alias("reason"))
    found = found.join(_contexts(placed, parents), on="place", how="left", maintain_order="left")
    return found.select(*versions.columns, "lineage_depth", "root_key", pl.col("n_contexts").fill_null(0), "reason")


def _contexts(placed: pl.DataFrame, parents: Places) -> pl.DataFrame:
    """Return how many places each version and what was made from it were tested in."""
    tested = placed.select("place", context=pl.col("contexts")).explode("context").drop_nulls("context").unique()
    reached, climbing = [tested], tested
    while climbing.height:
        above = parents[climbing["place"].to_numpy()]
        climbing = climbing.with_columns(place=pl.Series(above, dtype=pl.Int64)).filter(pl.col("place") >= 0)
        climbing = climbing.with_columns(pl.col("place").cast(pl.UInt32)).unique()
        climbing = climbing.join(pl.concat(reached), on=["place", "context"], how="anti")
        reached.append(climbing)
    return pl.concat(reached).group_by("place").agg(n_contexts=pl.len().cast(pl.Int64))
