"""F17-F24b assembled: each network by itself, members without exchange included, chance seeded and stored."""

from __future__ import annotations

import os
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.statistics.network import with_networks
from melflow.core.statistics.null_model import NULL_MODEL

Tie = tuple[str, str, float]
FIELD_DATA = os.environ.get("MELFLOW_FIELD_DATA")
NAMES = tuple("abcdef")


def frames(
    ties: list[Tie], members: dict[str, str | None], measure: str = "events", channel: str = "online"
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Pairs (also of the channel all), members and exchanges of one period."""
    exchanges = pl.DataFrame(
        [("p", measure, channel, *tie) for tie in ties],
        schema={"period_id": pl.String, "measure": pl.String, "channel": pl.String, "from_partner_id": pl.String,
                "to_partner_id": pl.String, "amount": pl.Float64}, orient="row",
    )  # fmt: skip
    giver, receiver = pl.col("from_partner_id"), pl.col("to_partner_id")
    pairs = exchanges.group_by(
        "period_id",
        "measure",
        partner_a=pl.min_horizontal(giver, receiver),
        partner_b=pl.max_horizontal(giver, receiver),
    ).agg(
        flow_ab=pl.col("amount").filter(giver < receiver).sum(), flow_ba=pl.col("amount").filter(giver > receiver).sum()
    )
    pairs = pl.concat([pairs.with_columns(channel=pl.lit(name)) for name in ("all", channel)])
    schema = {"period_id": pl.String, "partner_id": pl.String, "type": pl.String}
    rows = [("p", name, kind) for name, kind in members.items()]
    return pairs, pl.DataFrame(rows, schema=schema, orient="row"), exchanges


def network(ties: list[Tie], members: dict[str, str | None] | None = None, n_draws: int = 50) -> dict[str, object]:
    """The row of the channel all."""
    everybody = members or dict.fromkeys(NAMES)
    found = with_networks(*frames(ties, everybody), n_draws=n_draws)
    return found.row(by_predicate=pl.col("channel") == "all", named=True)


def _mean(ties: list[Tie], value: str) -> float:
    found = network(ties, n_draws=200)[value]
    assert isinstance(found, float)
    return found


def test_with_networks__star() -> None:
    """Should be fully centralised and unequal when one gives to all, and not at all when all give in a circle."""
    star = network([("a", name, 2.0) for name in NAMES[1:]])
    assert (star["centralisation_out"], star["hhi_out"], star["evenness_out"]) == (1, 1, 0)
    assert star["centralisation_in"] == pytest.approx(1 / 25)
    assert (star["gini_out"], star["weighted_reciprocity"]) == (pytest.approx(5 / 6), 0)
    circle = network([(a, b, 1.0) for a, b in zip(NAMES, NAMES[1:] + NAMES[:1], strict=True)])
    assert (circle["centralisation_out"], circle["centralisation_in"], circle["gini_in"]) == (0, 0, 0)
    assert circle["evenness_out"] == pytest.approx(1)


def test_with_networks__silent_members_count() -> None:
    """Should give another density, inequality and centralisation when a member that gave nothing is there."""
    ties: list[Tie] = [("a", "b", 1.0), ("b", "a", 3.0)]
    two, three = network(ties, {"a": None, "b": None}), network(ties, dict.fromkeys("abc"))
    assert (two["density"], three["density"]) == (1, pytest.approx(1 / 3))
    assert (two["gini_out"], three["gini_out"]) == (0.25, 0.5)
    assert (two["evenness_in"], three["centralisation_in"]) == (pytest.approx(0.811278, abs=1e-6), 0.25)


@pytest.mark.parametrize(
    ("types", "index"),
    [
        ({"a": "ngo", "b": "ngo", "c": "ngo"}, -1),
        ({"a": "ngo", "b": "donor", "c": "private"}, 1),
        ({"a": "ngo", "b": "ngo", "c": "donor"}, 1 / 3),  # one edge inside, two outside
        ({"a": "ngo", "b": "ngo", "c": None}, -1),  # edges of unknown type are left out
        ({"a": None, "b": None, "c": None}, None),
    ],
)
def test_with_networks__ei_index(types: dict[str, str | None], index: float | None) -> None:
    """Should run from -1 among their own kind to 1 among others, by edges and not by amounts."""
    found = network([("a", "b", 9.0), ("b", "c", 1.0), ("c", "a", 1.0)], types)
    assert found["ei_index"] == (None if index is None else pytest.approx(index))
    assert (found["reason"] == "types of partners are not known") == (index is None)


def test_with_networks__nothing_flowed() -> None:
    """Should have zeros where zero is known and null with a reason where nothing can be said."""
    pairs, members, exchanges = frames([("a", "b", 1.0)], {"a": "ngo", "b": "donor"})
    quiet = pairs.with_columns(flow_ab=pl.lit(0.0), flow_ba=pl.lit(0.0)).filter(pl.col("channel") == "all")
    (found,) = with_networks(quiet, members, exchanges.clear(), n_draws=10).rows(named=True)
    assert (found["edges"], found["density"], found["centralisation_in"], found["flow_total"]) == (0, 0, 0, 0)
    unknown = {name for name, value in found.items() if value is None}
    assert {"edge_reciprocity", "weighted_reciprocity_rho", "gini_out", "evenness_in", "ei_index"} <= unknown
    assert found["reason"] == "nothing flowed"


def test_with_networks__against_chance() -> None:
    """Should be about 0 where receivers are chance, 1 where everything comes back, and below 0 where nothing does."""
    rng = np.random.default_rng(4)
    random: list[Tie] = [(NAMES[a], NAMES[(a + d) % 6], 1.0) for a, d in rng.integers([0, 1], [6, 6], (300, 2))]
    assert abs(_mean(random, "weighted_reciprocity_rho")) < 0.2
    mutual: list[Tie] = [tie for a, b in ("ab", "cd", "ef") for tie in [(a, b, 1.0), (b, a, 1.0)] * 20]
    assert _mean(mutual, "weighted_reciprocity_rho") == pytest.approx(1)
    circle: list[Tie] = [(a, b, 1.0) for a, b in zip(NAMES, NAMES[1:] + NAMES[:1], strict=True)] * 20
    assert _mean(circle, "weighted_reciprocity_rho") < -0.2


def test_with_networks__seeded() -> None:
    """Should be the same whatever the order of the rows and whatever other networks there are; the seed is stored."""
    rng = np.random.default_rng(4)
    ties: list[Tie] = [(NAMES[a], NAMES[(a + d) % 6], float(w)) for a, d, w in rng.integers(1, 6, (60, 3))]
    pairs, members, exchanges = frames(ties, dict.fromkeys(NAMES))
    one = with_networks(pairs, members, exchanges, 40, seed=9)
    other = with_networks(pairs.reverse(), members.reverse(), exchanges.reverse(), 40, seed=9)
    assert one.equals(other)
    hours = frames(ties[:20], dict.fromkeys(NAMES), "hours", "in_person")
    many = with_networks(pl.concat([pairs, hours[0]]), members, pl.concat([exchanges, hours[2]]), 40, seed=9)
    assert many.filter(pl.col("measure") == "events").equals(one)
    assert one["seed"].to_list() == [9, 9] and set(one["null_model"]) == {NULL_MODEL} and set(one["n_draws"]) == {40}
    elsewhere = with_networks(pairs, members, exchanges, 40, seed=8)
    assert (elsewhere["weighted_reciprocity_expected"] != one["weighted_reciprocity_expected"]).all()


_TIES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([0.5, 1.0, 3.0])).filter(
        lambda tie: tie[0] != tie[1]
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=30, deadline=None)
@given(_TIES, st.permutations(NAMES), st.sampled_from([0.25, 8.0]))
def test_with_networks__scale_labels_and_bounds(ties: list[Tie], names: list[str], factor: float) -> None:
    """Should lie in its ranges and not follow the unit or the names; what is drawn, only as far as chance goes."""
    own = network(ties)
    renamed = dict(zip(NAMES, names, strict=True))
    others = (
        network([(a, b, factor * w) for a, b, w in ties]),
        network([(renamed[a], renamed[b], w) for a, b, w in ties]),
    )
    drawn = {"weighted_reciprocity_expected", "weighted_reciprocity_rho", "reason", "flow_total"}
    numbers = {name for name, value in own.items() if isinstance(value, float)} - drawn
    for other in others:
        assert {name: other[name] for name in numbers} == pytest.approx({name: own[name] for name in numbers})
    assert all(-1e-12 <= float(str(own[name])) <= 1 + 1e-12 for name in numbers - {"reciprocity_rho"})


@pytest.mark.skipif(not FIELD_DATA, reason="needs the field files")
@pytest.mark.parametrize("event", ["Cheyenne", "LakePomona", "MtStHelens", "Texas"])
def test_with_networks__networks_of_organisations(event: str) -> None:
    """Should have the centralisation of networkx's degrees, and the E-I index counted by hand."""
    folder = Path(str(FIELD_DATA)) / "net_emon_interorg"
    nodes = pl.read_csv(folder / f"{event}_nodes.csv", infer_schema=False)
    types: dict[str, str | None] = dict(nodes.select("organisation", "Sponsorship").iter_rows())
    edges = pl.read_csv(folder / f"{event}_edges.csv", infer_schema=False).unique(["from", "to"])
    ties = [(a, b, 1.0) for a, b in edges.select("from", "to").iter_rows() if a != b]
    found = network(ties, types, n_draws=100)
    graph = nx.DiGraph([(a, b) for a, b, _ in ties])
    graph.add_nodes_from(types)
    n = len(types)
    for side, degrees in (("in", graph.in_degree()), ("out", graph.out_degree())):
        degree = [value for _, value in degrees]
        assert found[f"centralisation_{side}"] == pytest.approx(sum(max(degree) - d for d in degree) / (n - 1) ** 2)
    external = sum(types[a] != types[b] for a, b, _ in ties)
    assert found["ei_index"] == pytest.approx((2 * external - len(ties)) / len(ties))
    assert found["density"] == pytest.approx(nx.density(graph))
