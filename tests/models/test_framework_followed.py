"""A framework that changes: the marts follow framework.yml, without a line of code; and a second wave to compare."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pingouin
import polars as pl
import pytest
import yaml
from built_models import dbt_build

from melflow.core.statistics.bootstrap import bca_interval
from melflow.core.statistics.reliability import omega_total
from melflow.core.warehouse import append, connect
from melflow.core.workspace import load_workspace
from melflow.core.workspace.framework import SHIPPED
from melflow.flows.reference import write_reference
from melflow.sources.canonical import FORMS, TABLES

pytestmark = pytest.mark.slow
CHANGED = ("mart_capability_score", "mart_capability_change", "mart_partnership_health", "mart_health_dyad")
FILES = {
    "melflow.toml": '[alliance]\nid = "a"\nname = "A"\n[calendar]\nkind = "half-year"\n'
    'first = "2024-H2"\nlast = "2025-H1"\n',
    "partners.csv": "partner_id,name,type,country,joined_on,left_on,contact,language\n"
    + "".join(f"{name},{name.title()},ngo,CO,2024-07-01,,,en\n" for name in ("east", "north", "south")),
    "partnerships.yml": "partnerships:\n"
    + "".join(
        f"  - {{id: {one}_{other}, name: {one} {other}, agenda: Water, set_up: emergent, started_on: 2024-07-01, "
        f"publish_level: funder, members: [{{partner: {one}, role: peer}}, {{partner: {other}, role: peer}}]}}\n"
        for one, other in (("north", "south"), ("east", "north"))
    ),
    "invited.csv": "partner_id,instrument,period_id,n_invited,about_partner_id\n"
    "east,big,2024-H2,60,\nnorth,rel,2024-H2,12,south\n",
}


@pytest.fixture(scope="module")
def rebuilt(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build again with a second wave and a framework that adds a dimension, drops a level and moves thresholds."""
    folder = tmp_path_factory.mktemp("followed")
    warehouse = folder / "var" / "warehouse.duckdb"
    warehouse.parent.mkdir()
    shutil.copy(built, warehouse)
    _write_workspace(folder)
    _add_answers(warehouse)
    with connect(warehouse, read_only=True) as con:
        forms = SimpleNamespace(frames={table: con.execute(f"from raw.{table}").pl() for table in FORMS})
    write_reference(load_workspace(folder), forms)  # type: ignore[arg-type]
    dbt_build(warehouse, "--select", *(f"+{mart}" for mart in CHANGED), "--indirect-selection", "cautious",
         "--exclude-resource-type", "unit_test")  # fmt: skip
    return warehouse


def _write_workspace(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    shipped: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    was = {"version": "1", "valid_from": "2024-07-01", "thresholds": {"positive_from": 50, "imbalance_points": 30}}
    was |= copy.deepcopy({name: shipped[name] for name in ("levels", "health_dimensions")})
    courage = {"id": "courage", "label": {"en": "Courage"}, "direction": "positive"}
    now = shipped | {"version": "2", "valid_from": "2025-01-01", "earlier": [was]}
    now["levels"] = [level for level in shipped["levels"] if level["id"] != "contextual"]
    now["health_dimensions"] = [*shipped["health_dimensions"], courage]
    now["thresholds"] = shipped["thresholds"] | {"positive_from": 80, "imbalance_points": 60}
    (folder / "framework.yml").write_text(yaml.safe_dump(now, allow_unicode=True), encoding="utf-8")


def _add_answers(warehouse: Path) -> None:
    """Add a contextual item and courage to the forms; the same people again, those in the middle one step up."""
    with connect(warehouse) as con:
        con.execute(
            """
            insert into raw.src_item select * replace ('q4' as item_id, 'contextual' as level)
            from raw.src_item where instrument_id = 'cap' and item_id = 'q1';
            insert into raw.src_item select * replace ('courage' as item_id, 'courage' as health_dimension)
            from raw.src_item where instrument_id = 'rel' and item_id = 'trust';
            insert into raw.src_response select * replace (row_id || '+' as row_id,
                if(item_id = 'q1', 'q4', 'courage') as item_id)
            from raw.src_response where item_id in ('q1', 'trust');
            insert into raw.src_submission select * replace (row_id || '/2' as row_id, version_id || '/2' as version_id,
                submission_id || '/2' as submission_id, '2025-H1' as period_id, date '2025-05-01' as collected_on)
            from raw.src_submission where instrument_id = 'cap' and period_id = '2024-H2';
            insert into raw.src_response select * replace (row_id || '/2' as row_id, version_id || '/2' as version_id,
                if(value_text = '3', if(item_id = 'q3', '2', '4'), value_text) as value_text,
                if(option = '3', if(item_id = 'q3', '2', '4'), option) as option)
            from raw.src_response where version_id || '/2' in (select version_id from raw.src_submission)
            """
        )
        for table, rows in _survey().items():
            append(con, f"raw.{table}", pl.DataFrame(rows, schema=dict(TABLES[table])))


def _answers() -> pd.DataFrame:
    """Thirty people, five items of a common cause; the first three leave one out, another one each."""
    rng = np.random.default_rng(5)
    cause = rng.normal(size=(30, 1))
    answers = pd.DataFrame(np.clip(np.round(3 + cause + rng.normal(size=(30, 5))), 1, 5))
    for person in range(3):
        answers.iloc[person, person] = np.nan
    return answers


def _survey() -> dict[str, list[dict[str, Any]]]:
    shared = {"instrument_id": "big", "form_version": "1", "list": "agree"}
    measured = {"capability": "commit_engage", "level": "institutional", "rater": "self", "reverse": False}
    source = {"source_system": "survey", "load_id": "survey-1"}
    submissions, responses = [], []
    for person, row in _answers().iterrows():
        name = {"submission_id": f"b{person}", "version_id": f"b{person}", "instrument_id": "big", "form_version": "1"}
        about = {"partner_id": "east", "period_id": "2024-H2", "is_current": True, "consent_level": "yes"}
        submissions.append(source | name | about | {"row_id": f"b{person}", "respondent_raw_hash": f"b{person}"})
        for item, value in row.items():
            code = None if np.isnan(value) else str(int(value))
            answer = {"item_id": f"b{item}", "value_text": code, "option": code, "repeat_path": ""}
            answer["missing_code"] = "skipped" if code is None else None
            responses.append(source | name | answer | {"row_id": f"b{person}-{item}"})
    return {
        "src_item": [
            shared | measured | {"item_id": f"b{n}", "type": "select_one", "range_min": 1.0, "range_max": 5.0}
            for n in range(5)
        ],
        "src_choice": [shared | {"code": str(n), "order": n, "score": float(n)} for n in range(1, 6)],
        "src_submission": submissions,
        "src_response": responses,
    }


def _rows(warehouse: Path, query: str) -> list[dict[str, Any]]:
    with connect(warehouse, read_only=True) as con:
        return con.execute(query).pl().rows(named=True)


def test_framework__level_dropped(rebuilt: Path) -> None:
    """Should score the level while the framework had it, and not after, though the form goes on asking."""
    found = _rows(rebuilt, "from marts.mart_capability_score where partner_id = 'north'")
    assert {(row["level"], row["period_id"], row["framework_version"]) for row in found} == {
        ("individual", "2024-H2", "1"),
        ("individual", "2025-H1", "2"),
        ("contextual", "2024-H2", "1"),
    }


def test_framework__dimension_added(rebuilt: Path) -> None:
    """Should score the dimension from its version on, on its side, beside the others, and in the composite."""
    views = _rows(rebuilt, "from marts.mart_partnership_health where dimension = 'courage'")
    assert {(row["dyad_id"], row["rater_side"], row["period_id"]) for row in views} == {
        ("north--south", "A_of_B", "2025-H1")
    }
    assert {row["score"] for row in views} == {100}
    sides = _rows(rebuilt, "from marts.mart_health_dyad where dimension = 'courage'")
    assert [row["framework_version"] for row in sides] == ["2"]


def test_framework__threshold_changed(rebuilt: Path) -> None:
    """Should count as positive what the version of the period calls so: from 50 then, from 80 now."""
    query = "from marts.mart_capability_score where partner_id = 'north' and level = 'individual'"
    found = {row["period_id"]: row["pct_positive"] for row in _rows(rebuilt, query)}
    assert found == {"2024-H2": 1.0, "2025-H1": 0.5}


def test_change__hand_computed(rebuilt: Path) -> None:
    """Should follow twelve people, of whom three rise by 25 points, and say that the framework is another."""
    found = {row["partner_id"]: row for row in _rows(rebuilt, "from marts.mart_capability_change")}
    north, south, east = found["north"], found["south"], found["east"]
    assert (north["period_from"], north["period_to"], north["level"]) == ("2024-H2", "2025-H1", "individual")
    assert north["is_consecutive"] and north["is_first_to_latest"] and north["comparable"]
    assert north["comparable_reason"] == "framework changed from version 1 to 2"
    assert (north["linkage"], north["n_pairs"], north["n_from"], north["n_to"]) == ("paired", 12, 12, 12)
    assert (north["score_from"], north["score_to"], north["diff"]) == (81.25, 87.5, 6.25)
    assert (north["n_up"], north["n_down"], north["n_same"], north["net_change"]) == (3, 0, 9, 0.25)
    sd = np.std([25] * 3 + [0] * 9, ddof=1)
    assert (north["sd_diff"], north["d_z"]) == pytest.approx((sd, 6.25 / sd))
    assert north["diff_ci_low"] == pytest.approx(6.25 - 2.2009851601 * sd / 12**0.5)
    assert north["sign_p"] == 0.25
    # All six rise alike: sure, but without a spread to measure it in.
    assert (south["diff"], south["diff_ci_low"], south["d_z"], south["net_change"]) == (25, 25, None, 1)
    assert east["is_suppressed"] and east["diff"] is None


def test_reliability__is_pingouins(rebuilt: Path) -> None:
    """Should find alpha, omega and agreement of the people who answered every item, by way of SQL."""
    row = _rows(rebuilt, "from marts.mart_capability_score where partner_id = 'east' and instrument_id = 'big'")[0]
    whole = _answers().dropna()
    alpha, interval = pingouin.cronbach_alpha(whole)
    assert (row["reliability_n"], row["na_policy"], row["reliability_reason"]) == (27, "listwise", None)
    assert row["alpha"] == pytest.approx(alpha, abs=1e-9)
    assert (row["alpha_ci_low"], row["alpha_ci_high"]) == pytest.approx(tuple(interval), abs=5.1e-4)
    assert row["omega"] == pytest.approx(omega_total([whole.corr().to_numpy()])[0], abs=1e-9)
    agreement = np.clip(1 - _answers().var(ddof=1) / 2, 0, None)
    assert row["rwg_median"] == pytest.approx(agreement.median(), abs=1e-9)


def test_reliability__pair_by_pair(rebuilt: Path, tmp_path: Path) -> None:
    """Should find pingouin's pairwise alpha when the framework lets everybody who answered two items count for them."""
    warehouse = tmp_path / "var" / "warehouse.duckdb"
    warehouse.parent.mkdir()
    shutil.copy(rebuilt, warehouse)
    chosen = ("--select", "int_items_related", "int_reliability_estimated", "--exclude-resource-type", "unit_test")
    dbt_build(warehouse, *chosen, variables={"na_policy": "pairwise"})
    answers = _answers()
    query = (
        "select alpha, reliability_n from intermediate.int_reliability_estimated "
        "join intermediate.int_scores_aggregated using (cell_id) where subject_id = 'east' and n_respondents = 30"
    )
    (row,) = _rows(warehouse, query)
    both = [int((answers[one].notna() & answers[other].notna()).sum()) for one in answers for other in answers]
    assert row["reliability_n"] == min(both) > len(answers.dropna())
    assert row["alpha"] == pytest.approx(pingouin.cronbach_alpha(answers, nan_policy="pairwise")[0], abs=1e-9)


def test_interval__bootstrap_and_finite_population(rebuilt: Path) -> None:
    """Should store a BCa interval with its seed, and narrow the t interval by the people who were asked."""
    row = _rows(rebuilt, "from marts.mart_capability_score where partner_id = 'east' and instrument_id = 'big'")[0]
    scores = ((_answers() - 1) * 25).mean(axis=1)
    assert (row["n_respondents"], row["n_invited"], row["response_rate"]) == (30, 60, 0.5)
    half = 2.0452296421 * scores.std() / 30**0.5 * (30 / 59) ** 0.5
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((scores.mean() - half, scores.mean() + half))
    assert row["ci_method"] == "t with finite population correction"
    low, high = bca_interval([scores.to_numpy()], row["bca_seed"])
    assert (row["bca_low"], row["bca_high"]) == pytest.approx((low[0], high[0]), abs=1e-6)
    health = _rows(
        rebuilt,
        "from marts.mart_partnership_health where dyad_id = 'north--south' and rater_side = 'A_of_B' "
        "and period_id = '2024-H2' and dimension = 'trust'",
    )[0]
    assert (health["n_invited"], health["response_rate"], health["ci_low"], health["ci_high"]) == (12, 1, 87.5, 87.5)


def test_dyad__third_view_composite_and_baseline(rebuilt: Path) -> None:
    """Should show the third party beside the sides, an interval of the composite, and a baseline told in hindsight."""
    query = "from marts.mart_health_dyad where dyad_id = 'north--south' and period_id = '2024-H2'"
    found = {row["dimension"]: row for row in _rows(rebuilt, query)}
    trust, composite = found["trust"], found["composite"]
    assert (trust["score_third"], trust["n_third"]) == (75, 5)
    # Favourable mistrust is 100 and 75: the composites of people are 100 or 87.5, and 62.5 or 50.
    a, b = np.array([100] * 6 + [87.5] * 6), np.array([62.5] * 6 + [50] * 6)
    half = 2.0738730679 * (a.var(ddof=1) / 12 + b.var(ddof=1) / 12) ** 0.5
    assert (composite["gap"], composite["gap_ci_low"]) == pytest.approx((37.5, 37.5 - half))
    assert composite["score_third"] == 75 and composite["rwg_a"] is None
    # Six 5 and six 4: variance 3/11 of 2.
    assert trust["rwg_a"] == pytest.approx(1 - (3 / 11) / 2)
    assert {row["baseline_kind"] for row in found.values()} == {"retrospective"}
    # 37.5 points are an imbalance from 30 on, as it was then; from 60 on, as it is now, they would be none.
    assert composite["imbalance_flag"] is True
