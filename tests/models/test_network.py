"""Answers, reverse learning, turning periods and networks against figures worked out by hand (small_alliance.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from melflow.core.statistics.null_model import NULL_MODEL
from melflow.core.warehouse import connect

pytestmark = pytest.mark.slow


def _rows(warehouse: Path, query: str) -> list[dict[str, object]]:
    with connect(warehouse, read_only=True) as con:
        rows: list[dict[str, object]] = con.execute(query).pl().to_dicts()
    return rows


def test_mutuality__answers(built: Path) -> None:
    """Should wait for the next exchange the other way; no event has had thirty days when the log ends after two."""
    found = _rows(built, "from marts.mart_mutuality_dyad where dyad_id = 'north--south' and measure = 'events'")
    answers = {
        row["channel"]: (row["median_days_to_answer"], row["n_events_open"], row["n_events_due"]) for row in found
    }
    # Given by north on days 1, 1 and 2, by south on day 3; the last is open.
    assert answers == {"all": (2, 1, 0), "in_person": (2, 0, 0), "online": (1, 1, 0)}
    assert {row["answered_within_h_share"] for row in found} == {None}


def test_mutuality__reverse_learning(built: Path) -> None:
    """Should take the learner's part from the claim, else from its partnerships, and count it on one row."""
    found = _rows(built, "from marts.mart_mutuality_dyad where claims is not null")
    claims = {(row["dyad_id"], row["period_id"]): (row["reverse_claims"], row["claims"]) for row in found}
    # North's claim on east leaves open which part north plays.
    assert claims == {
        ("north--south", "2024-H2"): (2, 4),
        ("east--north", "2024-H2"): (0, 0),
        ("east--north", "2025-H1"): (0, 1),
    }
    (half,) = [row for row in found if row["claims"] == 4]
    assert half["reverse_share"] == 0.5
    assert (half["reverse_ci_low"], half["reverse_ci_high"]) == pytest.approx((0.150039, 0.849961), abs=1e-6)
    (unlogged,) = [row for row in found if row["period_id"] == "2025-H1"]
    assert (unlogged["flow_ab"], unlogged["flow_total"], unlogged["reverse_share"]) == (None, None, 0)


def test_network__hand_computed(built: Path) -> None:
    """Should count the third partner that exchanged nothing, and say what is in no number."""
    (found,) = _rows(built, "from marts.mart_network_period where measure = 'events' and channel = 'all'")
    assert (found["n_partners"], found["edges"], found["loops_dropped"], found["rows_outside_dyads"]) == (3, 2, 1, 1)
    assert (found["edge_reciprocity"], found["dyad_reciprocity_ratio"], found["symmetric_pair_share"]) == (1, 1, 1)
    assert (found["weighted_reciprocity"], found["density"]) == (0.5, pytest.approx(1 / 3))
    assert found["reciprocity_rho"] == pytest.approx(1)
    assert (found["gini_out"], found["centralisation_out"], found["centralisation_in"]) == (0.5, 0.25, 0.25)
    assert (found["hhi_out"], found["ei_index"]) == (pytest.approx(0.625), None)
    # Two partners have nobody else to give to: chance could not have made it otherwise.
    assert (found["weighted_reciprocity_expected"], found["weighted_reciprocity_rho"]) == (pytest.approx(0.5), None)
    assert found["reason"] == "the totals of the partners leave no other weighted reciprocity"
    assert (found["null_model"], found["n_draws"], found["seed"]) == (NULL_MODEL, 1000, 20240701)


def test_network__measures_apart(built: Path) -> None:
    """Should make networks of events, hours and documents, each by channel, and none of a period without a log."""
    found = _rows(built, "select period_id, measure, channel, flow_total from marts.mart_network_period")
    assert {tuple(row.values()) for row in found} == {
        ("2024-H2", "events", "all", 4),
        ("2024-H2", "events", "in_person", 2),
        ("2024-H2", "events", "online", 2),
        ("2024-H2", "hours", "all", 3),
        ("2024-H2", "hours", "in_person", 3),
        ("2024-H2", "documents", "all", 2),
        ("2024-H2", "documents", "online", 2),
    }


def test_network__published_with_the_narrowest_level(built: Path) -> None:
    """Should keep every network of a period with an internal dyad inside, also those in which it gave nothing."""
    with connect(built, read_only=True) as con:
        found = con.execute("select distinct measure, publish_level from publish.pub_network_period").pl()
    assert set(found.iter_rows()) == {("events", "internal"), ("hours", "internal"), ("documents", "internal")}


def test_turning__reasons(built: Path) -> None:
    """Should say why there is no turning period."""
    found = _rows(built, "from marts.mart_mutuality_turning")
    assert {row["measure"]: row["reason"] for row in found} == {
        "events": "never clearly one-directional",
        "hours": "amounts have no interval",
        "documents": "amounts have no interval",
    }
    assert {row["n_periods"] for row in found} == {1}
