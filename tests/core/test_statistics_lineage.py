"""Lineages of products: depth, roots, loops, absent parents, places."""

from __future__ import annotations

import networkx as nx
import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.statistics.lineage import depths, with_lineage

#: Parent of each node; -1 none, and any place may be named, also the node's own.
_PARENTS = st.integers(1, 25).flatmap(lambda n: st.lists(st.integers(-1, n - 1), min_size=n, max_size=n))
_SCHEMA = {"version_key": pl.String, "parent_key": pl.String, "contexts": pl.List(pl.String)}


def _versions(*rows: tuple[str, str | None, list[str] | None]) -> dict[str, dict[str, object]]:
    found = with_lineage(pl.DataFrame(list(rows), schema=_SCHEMA, orient="row"))
    return {row["version_key"]: row for row in found.to_dicts()}


@given(_PARENTS)
@settings(max_examples=60, deadline=None)
def test_depths__agrees_with_networkx(parents: list[int]) -> None:
    """Should be the longest way from a first node, and nothing for what hangs on a loop."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(parents)))
    graph.add_edges_from((parent, node) for node, parent in enumerate(parents) if parent >= 0)
    looping = {node for loop in nx.simple_cycles(graph) for node in loop}
    looping |= {below for node in looping for below in nx.descendants(graph, node)}
    steps, first = depths(np.array(parents))
    for node in graph:
        above = graph.subgraph({node, *nx.ancestors(graph, node)})
        expected = -1 if node in looping else nx.dag_longest_path_length(above)
        assert steps[node] == expected
        assert (first[node] == -1) == (node in looping)
        if node not in looping:
            assert nx.shortest_path_length(graph, int(first[node]), node) == expected


def test_with_lineage__tree() -> None:
    """Should count the versions before one, and the places of a prototype and of all that was made from it."""
    found = _versions(("a", None, ["hill"]), ("b", "a", ["coast", "hill"]), ("c", "b", None), ("d", "a", ["town"]))
    assert {key: (row["lineage_depth"], row["root_key"], row["n_contexts"]) for key, row in found.items()} == {
        "a": (0, "a", 3), "b": (1, "a", 2), "c": (2, "a", 0), "d": (1, "a", 1),
    }  # fmt: skip
    assert {row["reason"] for row in found.values()} == {None}


def test_with_lineage__loop_and_absent_parent() -> None:
    """Should give no depth and say why, also to what was made from such a version."""
    found = _versions(
        ("a", "b", ["hill"]), ("b", "a", ["town"]), ("c", "b", None), ("d", "lost@1", ["hill"]), ("e", "d", None)
    )
    assert [row["lineage_depth"] for row in found.values()] == [None] * 5
    assert [row["n_contexts"] for row in found.values()] == [2, 2, 0, 1, 0]
    assert {found[key]["reason"] for key in "abc"} == {"the versions it was made from lead round in a circle"}
    assert {found[key]["reason"] for key in "de"} == {"lost@1 is in no register, though a version was made from it"}


def test_with_lineage__nothing() -> None:
    """Should give a register without products back."""
    assert with_lineage(pl.DataFrame(schema=_SCHEMA)).is_empty()
