"""How mutual a network is (F17, F19): four numbers that are often called by one name."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

#: The columns ``reciprocities`` adds.
MEASURES = (
    "edge_reciprocity",
    "dyad_reciprocity_ratio",
    "symmetric_pair_share",
    "reciprocity_rho",
    "weighted_reciprocity",
    "density",
)


def reciprocities(pairs: pl.DataFrame, sizes: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """F17 and F19 of every network at once.

    Args:
        pairs: One row per network and unordered pair of partners, with ``flow_ab`` and ``flow_ba``, both >= 0 and in
            one unit. Pairs between which nothing flowed may be absent.
        sizes: One row per network with ``n_partners``, those without any flow included.
        by: Columns that name the network.

    Returns:
        The rows of ``sizes`` with ``edges`` (directed), ``flow_total`` and ``MEASURES``; null where nothing flowed,
        except density, which is 0 then.

        - edge_reciprocity: share of the edges that are answered by one the other way, r of F17, 0-1
          (networkx ``overall_reciprocity``, igraph by default).
        - dyad_reciprocity_ratio: share of the connected pairs that are connected both ways, 0-1 (igraph "ratio").
        - symmetric_pair_share: share of all pairs that are connected both ways or not at all, 0-1 (sna "dyadic").
        - reciprocity_rho: r against the density, (r - density) / (1 - density), at most 1; 0 is chance
          (Garlaschelli and Loffredo). Null in a complete network.
        - weighted_reciprocity: share of the flow that is matched by as much the other way, 0-1 (F19).
    """
    keys = list(by)
    ab, ba = pl.col("flow_ab"), pl.col("flow_ba")
    counted = pairs.group_by(keys).agg(
        ((ab > 0).sum() + (ba > 0).sum()).cast(pl.Int64).alias("edges"),
        ((ab > 0) & (ba > 0)).sum().cast(pl.Int64).alias("mutual"),
        (ab + ba).sum().alias("flow_total"),
        (2 * pl.min_horizontal(ab, ba)).sum().alias("matched"),
    )
    cells = sizes.join(counted, on=keys, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.col("edges", "mutual", "flow_total", "matched").fill_null(0)
    )
    n = pl.col("n_partners").cast(pl.Float64)
    edges, mutual = pl.col("edges"), pl.col("mutual")
    some = edges > 0
    possible = n * (n - 1)
    cells = cells.with_columns(
        pl.when(possible > 0).then(edges / possible).alias("density"),
        pl.when(some).then(2 * mutual / edges).alias("edge_reciprocity"),
        pl.when(some).then(mutual / (edges - mutual)).alias("dyad_reciprocity_ratio"),
        pl.when(some).then(1 - (edges - 2 * mutual) / (possible / 2)).alias("symmetric_pair_share"),
        pl.when(some).then(pl.col("matched") / pl.col("flow_total")).alias("weighted_reciprocity"),
    )
    density, r = pl.col("density"), pl.col("edge_reciprocity")
    cells = cells.with_columns(pl.when(density < 1).then((r - density) / (1 - density)).alias("reciprocity_rho"))
    added = ("edges", "flow_total", *MEASURES)
    return cells.select(*(name for name in sizes.columns if name not in added), *added)
