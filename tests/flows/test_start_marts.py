"""What the marts make of workspaces that were made out of data sets, against other programs on the same data."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import polars as pl
import pytest
from started import FIELD, LIKERT, SURVEY, TOWNS, Ask, answers, field_data, made

from melflow.flows.cli import run


def scores(file: Path, key: Path, partner: str | None) -> pl.DataFrame:
    """Work out the scores with Polars alone: mean of people's means in points, of those who answered enough."""
    wide = pl.read_csv(file, null_values=["NA", ""], infer_schema_length=None)
    items = pl.read_csv(key, infer_schema=False)
    items = items.rename({"scale": "construct"}, strict=False)
    by = pl.col(partner) if partner else pl.lit("all")
    found = []
    for construct, group in items.group_by("construct", maintain_order=True):
        points = [
            (pl.lit(float(high)) - pl.col(item) if reverse in ("1", "yes") else pl.col(item) - float(low))
            * 100 / (float(high) - float(low))
            for item, reverse, low, high in group.select("item", "reverse", "min", "max").iter_rows()
        ]  # fmt: skip
        people = wide.select(
            partner=by, mean=pl.mean_horizontal(points), share=pl.mean_horizontal([p.is_not_null() for p in points])
        ).filter(pl.col("share") >= 0.8)
        found.append(
            people.group_by("partner").agg(n=pl.len().cast(pl.Int64), score=pl.mean("mean"), sd=pl.std("mean"))
            .with_columns(capability=pl.lit(construct[0]))
        )  # fmt: skip
    return pl.concat(found).sort("partner", "capability")


def assert_scores(ask: Ask, expected: pl.DataFrame) -> None:
    """Compare the mart with the expected cells, row by row; partners in the order of their names."""
    found = ask(
        "select capability, n_respondents, score, sd from mart_capability_score order by partner_id, capability"
    )
    assert found["capability"].to_list() == expected["capability"].to_list()
    assert found["n_respondents"].to_list() == expected["n"].to_list()
    for name in ("score", "sd"):
        assert found[name].to_list() == pytest.approx(expected[name].to_list(), abs=1e-6)


@pytest.mark.slow
def test_likert__scores_of_the_example(tmp_path: Path) -> None:
    """Should score the example's answers as Polars alone does, for each town and construct."""
    ask = answers(made(tmp_path / "w", *SURVEY), "mart_capability_score")
    assert_scores(ask, scores(LIKERT / "town_survey.csv", LIKERT / "town_survey_key.csv", "town"))


@pytest.mark.slow
@field_data
def test_likert__scores_of_bfi(tmp_path: Path) -> None:
    """Should score 2,800 real answers to 25 items as Polars alone does."""
    data, key = FIELD / "likert_bfi" / "bfi.csv", FIELD / "likert_bfi" / "bfi_keys.csv"
    folder = made(tmp_path / "w", "--likert", str(data), "--key", str(key), "--respondent", "respondent",
                  "--day", "2010-06-01")  # fmt: skip
    assert_scores(answers(folder, "mart_capability_score"), scores(data, key, None))


@pytest.mark.slow
def test_network__example(tmp_path: Path) -> None:
    """Should turn the example's edge list into both network marts, in a workspace that is ready to run."""
    folder = made(tmp_path / "w", *TOWNS)
    assert run(["-C", str(folder), "check"]) == 0
    ask = answers(folder, "mart_mutuality_dyad", "mart_network_period")
    shares = dict(
        ask(
            "select dyad_id, mutual_share from mart_mutuality_dyad where measure = 'hours' and channel = 'all'"
        ).iter_rows()
    )
    network = ask(
        "select edges, edge_reciprocity from mart_network_period where measure = 'events' and channel = 'all'"
    ).rows()
    assert len(shares) == 10
    assert shares["alder_ford--birch_hill"] == 1
    assert shares["alder_ford--cedar_bay"] == pytest.approx(0.4)
    assert sum(share == 0 for share in shares.values()) == 4
    assert network == [(16, 0.75)]


@pytest.mark.slow
@field_data
@pytest.mark.parametrize(
    ("data", "weight", "edge_reciprocity"),
    [
        ("net_krackhardt_hightech/ht_advice.csv", None, 0.4736842105263158),
        ("net_emon_interorg/Texas_edges.csv", "Frequency", None),
    ],
    ids=["krackhardt", "texas"],
)
def test_network__public_data_sets(
    data: str, weight: str | None, edge_reciprocity: float | None, tmp_path: Path
) -> None:
    """Should give the published edge reciprocity, and the weighted one as worked out from the matrix alone."""
    more = ["--weight", weight] if weight else []
    folder = made(tmp_path / "w", "--network", str(FIELD / data), "--day", "2025-01-15", *more)
    ask = answers(folder, "mart_mutuality_dyad", "mart_network_period")
    ties = pl.read_csv(FIELD / data).with_columns(pl.col("from", "to").cast(pl.String))
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(ties.with_columns(w=pl.col(weight) if weight else 1).select("from", "to", "w").rows())
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    measure = "hours" if weight else "events"
    [(total, mutual, n)] = ask(
        f"""select sum(flow_total), sum(mutual_share * flow_total), count(*) from mart_mutuality_dyad
        where measure = '{measure}' and channel = 'all'"""
    ).rows()
    assert n == graph.to_undirected().number_of_edges()
    assert total == pytest.approx(graph.size("weight"))
    both = sum(min(w, graph[b][a]["weight"]) for a, b, w in graph.edges(data="weight") if graph.has_edge(b, a))
    assert mutual / total == pytest.approx(both / graph.size("weight"), abs=1e-12)
    [network] = ask(
        f"""select n_partners, edges, edge_reciprocity, reciprocity_rho, weighted_reciprocity, density
        from mart_network_period where measure = '{measure}' and channel = 'all'"""
    ).rows(named=True)
    density = nx.density(graph)
    assert network == pytest.approx(
        {
            "n_partners": len(graph),
            "edges": graph.size(),
            "edge_reciprocity": nx.overall_reciprocity(graph),
            "reciprocity_rho": (nx.overall_reciprocity(graph) - density) / (1 - density),
            "weighted_reciprocity": both / graph.size("weight"),
            "density": density,
        },
        abs=1e-12,
    )
    assert edge_reciprocity is None or network["edge_reciprocity"] == pytest.approx(edge_reciprocity)
