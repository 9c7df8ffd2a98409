"""Arrows that run in a circle."""

from __future__ import annotations

import networkx
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.statistics.loops import on_loop

EDGES = st.lists(st.tuples(st.sampled_from("vw"), st.integers(0, 5), st.integers(0, 5)), max_size=14, unique=True)


@given(EDGES)
@settings(max_examples=40)
def test_on_loop__is_networkx(edges: list[tuple[str, int, int]]) -> None:
    """Should mark the arrows inside the strong components of each map, as networkx has them."""
    frame = pl.DataFrame(edges, schema={"version": pl.String, "a": pl.Int64, "b": pl.Int64}, orient="row")
    expected = []
    for version, one, other in edges:
        graph = networkx.DiGraph((a, b) for v, a, b in edges if v == version)
        expected.append(networkx.has_path(graph, other, one))
    assert on_loop(frame, ["version"], "a", "b").to_list() == expected
