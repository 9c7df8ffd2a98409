"""Which arrows of a map run in a circle, for every map at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def on_loop(edges: pl.DataFrame, by: Sequence[str], source: str, target: str) -> pl.Series:
    """Return for each edge whether one can come back to where it begins (it lies inside a strong component).

    Args:
        edges: One row per edge of a map.
        by: Columns that name the map; maps share no node.
        source: Column of the node an edge begins at.
        target: Column of the node it ends at; an edge without one of the two is on no loop.
    """
    key = [pl.col(name) for name in by]
    ends = [pl.struct(*key, pl.col(name).alias("node")) for name in (source, target)]
    pairs = edges.select(source=ends[0], target=ends[1])
    nodes = pl.concat([pairs["source"], pairs["target"]]).unique(maintain_order=True)
    number = {tuple(node.values()): place for place, node in enumerate(nodes)}
    begins, stops = (
        np.array([number[tuple(node.values())] for node in pairs[name]], dtype=np.int64)
        for name in ("source", "target")
    )
    n = len(number)
    whole = (edges[source].is_not_null() & edges[target].is_not_null()).to_numpy()
    graph = coo_array((np.ones(whole.sum()), (begins[whole], stops[whole])), shape=(n, n))
    found = np.zeros(0, dtype=np.int32) if n == 0 else connected_components(graph, connection="strong")[1]
    return pl.Series("is_on_loop", whole & (found[begins] == found[stops]), dtype=pl.Boolean)
