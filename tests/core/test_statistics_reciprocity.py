"""F17, F19: the reciprocities against networkx and igraph, on real networks and by property."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import igraph
import networkx as nx
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from melflow.core.statistics.reciprocity import reciprocities

Flows = dict[tuple[int, int], float]
FIELD_DATA = os.environ.get("MELFLOW_FIELD_DATA")
EMON = ("Cheyenne", "HurrFrederic", "LakePomona", "MtSi", "MtStHelens", "Texas", "Wichita")

_N = 6
_flows = st.dictionaries(
    st.tuples(st.integers(0, _N - 1), st.integers(0, _N - 1)).filter(lambda pair: pair[0] != pair[1]),
    st.floats(0.01, 1000),
    min_size=1,
)


def found(flows: Flows, n_partners: int = _N) -> dict[str, float | None]:
    """The numbers of one network, by name."""
    pairs = {(min(pair), max(pair)) for pair in flows}
    frame = pl.DataFrame(
        [("net", flows.get((a, b), 0.0), flows.get((b, a), 0.0)) for a, b in sorted(pairs)],
        schema={"network": pl.String, "flow_ab": pl.Float64, "flow_ba": pl.Float64}, orient="row",
    )  # fmt: skip
    sizes = pl.DataFrame({"network": ["net"], "n_partners": [n_partners]})
    return reciprocities(frame, sizes, ["network"]).row(0, named=True)


def edge_list(path: Path) -> Flows:
    """A directed edge list; repeated ties are one, loops none."""
    with path.open(encoding="utf-8") as file:
        ties = [(row["from"], row["to"]) for row in csv.DictReader(file)]
    numbers = {name: number for number, name in enumerate(sorted({name for tie in ties for name in tie}))}
    return {(numbers[a], numbers[b]): 1.0 for a, b in ties if a != b}


def assert_as_references(flows: Flows, n_partners: int) -> None:
    """Compare with networkx and igraph."""
    own = found(flows, n_partners)
    graph = nx.DiGraph(list(flows))
    assert own["edge_reciprocity"] == pytest.approx(nx.overall_reciprocity(graph), abs=1e-12)
    other = igraph.Graph(n=n_partners, edges=list(flows), directed=True)
    assert own["edge_reciprocity"] == pytest.approx(other.reciprocity(), abs=1e-12)
    assert own["dyad_reciprocity_ratio"] == pytest.approx(other.reciprocity(mode="ratio"), abs=1e-12)
    assert own["density"] == pytest.approx(other.density(), abs=1e-12)
    census = other.dyad_census()  # mutual, asymmetric, null
    assert own["symmetric_pair_share"] == pytest.approx((census[0] + census[2]) / sum(census), abs=1e-12)


@given(_flows)
def test_reciprocities__agree_with_networkx_and_igraph(flows: Flows) -> None:
    """Should be the reciprocities of networkx and igraph, whatever flows along the edges."""
    assert_as_references(flows, _N)


@given(_flows)
def test_reciprocities__bounds(flows: Flows) -> None:
    """Should lie in their ranges; shares are 0 in a one-way network and 1 in an even one."""
    own = found(flows)
    shares = ("edge_reciprocity", "dyad_reciprocity_ratio", "symmetric_pair_share", "weighted_reciprocity", "density")
    assert all(0 <= (own[name] or 0) <= 1 for name in shares)
    assert own["reciprocity_rho"] is None or own["reciprocity_rho"] <= 1
    one_way = found({(a, b): w for (a, b), w in flows.items() if a < b} or {(0, 1): 1.0})
    assert (one_way["edge_reciprocity"], one_way["weighted_reciprocity"]) == (0, 0)
    even = found(flows | {(b, a): w for (a, b), w in flows.items()})
    assert even["edge_reciprocity"] == even["dyad_reciprocity_ratio"] == 1
    both = {pair: min(w, flows.get(pair[::-1], w)) for pair, w in flows.items()}
    assert found(both | {(b, a): w for (a, b), w in both.items()})["weighted_reciprocity"] == pytest.approx(1)


@given(_flows, st.floats(0.001, 1000), st.permutations(range(_N)))
def test_reciprocities__scale_labels_and_sides(flows: Flows, factor: float, names: list[int]) -> None:
    """Should not follow the unit of the flow, the names of partners, or which side is called A."""
    own = found(flows)
    others = (
        {pair: factor * w for pair, w in flows.items()},
        {(names[a], names[b]): w for (a, b), w in flows.items()},
        {(b, a): w for (a, b), w in flows.items()},
    )
    for other in map(found, others):
        for name in own.keys() - {"network", "flow_total"}:
            assert other[name] == pytest.approx(own[name], rel=1e-9, abs=1e-12)


@given(_flows)
def test_weighted_reciprocity__flow_weighted_mean_of_mutual_shares(flows: Flows) -> None:
    """Should be the mean of the dyads' mutual share weighted by their flow, to 1e-12."""
    pairs = {(min(pair), max(pair)) for pair in flows}
    both = [(flows.get((a, b), 0.0), flows.get((b, a), 0.0)) for a, b in pairs]
    mean = sum((1 - abs(2 * ab / (ab + ba) - 1)) * (ab + ba) for ab, ba in both) / sum(map(sum, both))
    assert found(flows)["weighted_reciprocity"] == pytest.approx(mean, abs=1e-12)


@given(_flows, st.integers(0, 5), st.integers(0, 5))
def test_weighted_reciprocity__grows_with_what_comes_back(flows: Flows, a: int, b: int) -> None:
    """Should not fall when the weaker side of a pair gives more, up to what it gets."""
    weaker, stronger = sorted(((a, b), (b, a)), key=lambda pair: flows.get(pair, 0.0))
    assume(a != b and flows.get(stronger, 0.0) > 0)
    before, after = found(flows), found(flows | {weaker: flows[stronger]})
    assert (after["weighted_reciprocity"] or 0) >= (before["weighted_reciprocity"] or 0) - 1e-12


def test_reciprocities__nothing_flowed() -> None:
    """Should be null but for the density, which is zero."""
    pairs = pl.DataFrame({"network": ["net"], "flow_ab": [0.0], "flow_ba": [0.0]})
    sizes = pl.DataFrame({"network": ["net", "other"], "n_partners": [2, 1]})
    quiet, alone = reciprocities(pairs, sizes, ["network"]).rows(named=True)
    assert (quiet["edges"], quiet["flow_total"], quiet["density"], alone["density"]) == (0, 0, 0, None)
    assert {quiet[name] for name in quiet if "reciprocity" in name} == {None}


def test_reciprocities__complete_network() -> None:
    """Should leave rho open where everybody gives to everybody: there is nothing more mutual."""
    own = found({(a, b): 1.0 for a in range(3) for b in range(3) if a != b}, 3)
    assert (own["edge_reciprocity"], own["density"], own["reciprocity_rho"]) == (1, 1, None)


@pytest.mark.skipif(not FIELD_DATA, reason="needs the field files")
def test_reciprocities__krackhardt_hightech() -> None:
    """Should find nearly half of the advice answered, and that no more than chance."""
    flows = edge_list(Path(str(FIELD_DATA)) / "net_krackhardt_hightech" / "ht_advice.csv")
    own = found(flows, 21)
    assert own["edge_reciprocity"] == pytest.approx(0.474, abs=5e-4)
    assert own["reciprocity_rho"] == pytest.approx(0.039, abs=5e-4)
    assert_as_references(flows, 21)


@pytest.mark.skipif(not FIELD_DATA, reason="needs the field files")
@pytest.mark.parametrize("event", EMON)
def test_reciprocities__networks_of_organisations(event: str) -> None:
    """Should agree with networkx and igraph on seven real networks of organisations."""
    folder = Path(str(FIELD_DATA)) / "net_emon_interorg"
    flows = edge_list(folder / f"{event}_edges.csv")
    n_partners = sum(1 for _ in (folder / f"{event}_nodes.csv").open(encoding="utf-8")) - 1
    assert n_partners >= len(Counter(name for tie in flows for name in tie))
    assert_as_references(flows, n_partners)
