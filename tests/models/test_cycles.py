"""The marts of the learning cycles against figures worked out by hand, and what may not change them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from melflow.core.warehouse import connect

pytestmark = pytest.mark.slow


def _rows(built: Path, query: str) -> list[dict[str, Any]]:
    with connect(built, read_only=True) as con:
        return con.execute(query).pl().rows(named=True)


def _by(built: Path, mart: str, *key: str) -> dict[Any, dict[str, Any]]:
    rows = _rows(built, f"from marts.{mart}")
    return {row[key[0]] if len(key) == 1 else tuple(row[name] for name in key): row for row in rows}


def test_cycle__time(built: Path) -> None:
    """Should count days to the end, or so far, and call a cycle late that is open after its planned day."""
    cycles = _by(built, "mart_learning_cycle", "cycle_id")
    times = ("planned_days", "actual_days", "elapsed_days", "is_open", "slippage_days", "on_time")
    assert {key: tuple(row[name] for name in times) for key, row in cycles.items()} == {
        "w1": (153, 143, 143, False, -1, True),
        "w2": (141, None, 167, True, None, False),
        "w3": (None, None, None, False, None, None),
        "w9": (None, None, None, False, None, None),
    }
    assert cycles["w1"]["theme"] == "wells"
    assert [cycles[key]["reason"] for key in ("w1", "w3", "w9")] == [
        None, "the cycle has not begun", "the cycle is in no register of cycles",
    ]  # fmt: skip


def test_cycle__roles(built: Path) -> None:
    """Should see who led by the logs and by the list, and weigh the steps between declared and observed."""
    roles = _by(built, "mart_participation", "cycle_id", "step", "partner_id")
    seen = {key[1:]: (row["declared_role"], row["observed_role"], row["observed_from"])
            for key, row in roles.items() if key[0] == "w1"}  # fmt: skip
    assert seen == {
        ("questions", "north"): ("lead", "lead", "log"),  # wrote the guide
        ("questions", "south"): ("active", "lead", "log"),
        ("questions", "east"): ("access", None, None),
        ("trial", "north"): ("lead", "active", "log"),  # spoke
        ("trial", "south"): ("access", "active", "log"),
        ("trial", "east"): ("access", "active", "register"),  # facilitated by the log, but the list comes first
    }
    assert roles["w1", "questions", "east"]["reason"] == "no trace of the partner in the logs of this step"
    cycle = _by(built, "mart_learning_cycle", "cycle_id")["w1"]
    table = np.zeros((3, 3))
    for declared, observed in ((3, 3), (2, 3), (3, 2), (1, 2), (1, 2)):
        table[declared - 1, observed - 1] += 1
    expected = cohens_kappa(table, wt="linear", return_results=False)
    assert (cycle["n_kappa_pairs"], cycle["kappa_declared_observed"]) == (5, pytest.approx(expected, abs=1e-12))
    assert (cycle["n_partners"], cycle["lead_count"], cycle["active_count"], cycle["access_count"]) == (3, 2, 1, 3)
    assert (cycle["lead_gini_star"], cycle["facilitation_days"], cycle["n_traces_unplaced"]) == (1.0, 1, 1)


def test_participation__moves(built: Path) -> None:
    """Should compare like with like, and nothing in a first step."""
    roles = _by(built, "mart_participation", "cycle_id", "step", "partner_id")
    moves = {key: (row["moved_up"], row["moved_by"]) for key, row in roles.items()}
    assert moves["w1", "trial", "south"] == (False, "observed")
    assert moves["w1", "trial", "east"] == (False, "declared")
    assert moves["w2", "trial", "south"] == (True, "declared")
    assert moves["w2", "trial", "north"] == (False, "observed")
    assert moves["w1", "questions", "south"] == moves["w2", "questions", "south"] == (None, None)


def test_cycle__products(built: Path) -> None:
    """Should count types that were delivered in the cycle, and name those that are missing."""
    cycles = _by(built, "mart_learning_cycle", "cycle_id")
    products = ("products_expected", "products_delivered", "products_missing", "contexts_tested")
    assert tuple(cycles["w1"][name] for name in products) == (3, 1, "adapted, review", 2)
    assert tuple(cycles["w2"][name] for name in products) == (5, 1, "answers, prototype, results, review", 1)


def test_product__lineage(built: Path) -> None:
    """Should follow versions to the first one, and say where that is not possible."""
    found = _by(built, "mart_product", "version_key")
    facts = ("lineage_depth", "root_version_key", "n_contexts", "n_own_contexts")
    assert {key: tuple(row[name] for name in facts) for key, row in found.items() if key.startswith("guide")} == {
        "guide@1": (0, "guide@1", 3, 2),
        "guide@2": (1, "guide@1", 1, 1),
    }
    assert found["guide@1"]["n_authors"] == 2
    assert (
        found["loop@a"]["reason"]
        == found["loop@b"]["reason"]
        == ("the versions it was made from lead round in a circle")
    )
    assert found["leaflet@1"]["reason"] == "book@1 is in no register, though a version was made from it"
    assert {found[key]["lineage_depth"] for key in ("loop@a", "loop@b", "leaflet@1")} == {None}


def test_question__status_and_age(built: Path) -> None:
    """Should give closed questions their days, open ones their age, and say where there is neither."""
    found = _by(built, "mart_question", "question_id")
    facts = ("n_partners", "status", "is_open", "age_days", "reason")
    assert {key: tuple(row[name] for name in facts) for key, row in found.items()} == {
        "k1": (2, "answered", False, 92, None),
        "k2": (1, "open", True, 334, None),
        "k3": (0, "dropped", False, 28, None),
        "k4": (3, "advanced", True, 141, None),
        "k5": (1, "answered", False, None, "closed without a day"),
    }
    assert found["k4"]["linked_partners"] == "east, north, south"


def test_summary__alliance_and_partnership(built: Path) -> None:
    """Should give shares their Wilson interval, times their censored median, and each problem its attempts."""
    row = _by(built, "mart_cycle_summary", "scope", "scope_id")["alliance", "alliance"]
    counts = ("n_cycles", "n_unregistered", "n_open", "n_ended", "n_due", "n_on_time", "n_questions", "n_linked")
    assert tuple(row[name] for name in counts) == (4, 1, 1, 1, 2, 1, 5, 2)
    assert (row["mean_partners_per_question"], row["linked_share"]) == (1.4, 0.4)
    assert (row["linked_ci_low"], row["linked_ci_high"]) == pytest.approx(proportion_confint(2, 5, method="wilson"))
    assert (row["on_time_ci_low"], row["on_time_ci_high"]) == pytest.approx(proportion_confint(1, 2, method="wilson"))
    for days, ended, name in (([143, 167], [1, 0], "median_cycle_days"),
                              ([92, 334, 28, 141], [1, 0, 0, 0], "median_answer_days")):  # fmt: skip
        survival = SurvfuncRight(np.array(days, float), np.array(ended))
        below = np.flatnonzero(survival.surv_prob < 0.5 - 1e-9)
        assert row[name] == (survival.surv_times[below[0]] if below.size else None)
    assert (row["n_problems"], row["n_solved_known"], row["n_solved"], row["solved_share"]) == (3, 2, 1, 0.5)
    assert (row["n_iterations_known"], row["iterations_per_problem"]) == (2, 2.5)
    assert row["mean_open_age_days"] == (334 + 141) / 2
    water = _by(built, "mart_cycle_summary", "scope", "scope_id")["partnership", "water"]
    assert (water["n_cycles"], water["n_questions"], water["n_problems"]) == (2, 4, 2)


def test_adaptation__latency(built: Path) -> None:
    """Should keep the insight nobody acted on in the count of those that wait."""
    row = _by(built, "mart_adaptation", "scope", "scope_id")["alliance", "alliance"]
    assert (row["n_insights"], row["n_acted"], row["n_open"], row["oldest_open_days"]) == (3, 2, 1, 181)
    assert row["acted_share"] == pytest.approx(2 / 3)
    survival = SurvfuncRight(np.array([30.0, 70.0, 181.0]), np.array([1, 1, 0]))
    assert row["median_latency_days"] == survival.quantile(0.5) == 70


def test_entry__profile(built: Path) -> None:
    """Should turn items round, give each person one voice, and hide a partner of two people."""
    found = _by(built, "mart_entry_profile", "scope", "scope_id", "item")
    north, south = found["partner", "north", "all"], found["partner", "south", "open"]
    points = [(100 + 100) / 2, (75 + 75) / 2, (100 + 50) / 2, (50 + 50) / 2, (25 + 75) / 2]
    assert (north["n_respondents"], north["n_items"], north["score"]) == (5, 2, np.mean(points))
    assert north["sd"] == pytest.approx(np.std(points, ddof=1))
    assert (south["n_respondents"], south["score"], south["is_suppressed"]) == (None, None, True)


def test_published__levels_and_small_groups(built: Path) -> None:
    """Should publish a partnership's cycles as far as it agreed, and no profile of few people."""
    assert {row["publish_level"] for row in _rows(built, "from publish.pub_learning_cycle")} == {"funder"}
    entries = _rows(built, "from publish.pub_entry_profile where scope = 'partner'")
    assert entries and all(row["is_suppressed"] and row["score"] is None for row in entries)


def test_cycle__of_the_period_of_its_plan(built: Path) -> None:
    """Should place a cycle by its planned start."""
    cycles = _by(built, "mart_learning_cycle", "cycle_id")
    assert (cycles["w2"]["planned_start"], cycles["w2"]["period_id"]) == (dt.date(2025, 1, 10), "2025-H1")
