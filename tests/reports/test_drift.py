"""Drift between two waves: what changed is found, what did not is not, and the page asks nobody for anything."""

from __future__ import annotations

import datetime as dt
import random
import re

import polars as pl
import pytest

from melflow.reports import drift as module
from melflow.reports import drift_evidently
from melflow.reports.drift import ANSWERS, ROWS, Drift, drift

NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


def wave(seed: int, n: int, trust: tuple[int, int], skipped: float = 0.0, hostile: str = "b") -> pl.DataFrame:
    dice, rows = random.Random(seed), []
    for number in range(n):
        common = {"version_id": f"{seed}-{number}", "partner_id": dice.choice(["ana", "bo", "cy"])}
        missing = "skipped" if dice.random() < skipped else None
        score = None if missing else float(dice.randint(*trust))
        rows.append(common | {"item_id": "trust", "value_num": score, "missing_code": missing})
        rows.append(common | {"item_id": "steady", "value_num": float(dice.randint(1, 5))})
        rows.append(common | {"item_id": "kind", "value_raw": dice.choice(["a", "b", "c", hostile])})
        rows.append(common | {"item_id": "note", "value_raw": f"free text {seed} {number}"})
        rows.append(common | {"item_id": "topics", "option": "__answered"})
        if dice.random() < 0.5:
            rows.append(common | {"item_id": "topics", "option": "water"})
    schema = dict.fromkeys(ANSWERS, pl.String) | {"value_num": pl.Float64}
    return pl.DataFrame([{name: row.get(name) for name in ANSWERS} for row in rows], schema=schema)


@pytest.fixture(scope="module")
def found() -> Drift:
    hostile = "</script><script>alert(1)</script>"
    return drift(
        "partnership_survey",
        wave(1, 120, (1, 3)),
        wave(2, 140, (3, 5), skipped=0.3, hostile=hostile),
        reference_period="2024-H2",
        current_period="2026-H1",
        computed_at=NOW,
    )


@pytest.mark.slow
def test_drift__rows(found: Drift) -> None:
    """Should flag the answers and the missingness that changed and leave the steady ones alone."""
    assert dict(found.rows.schema) == ROWS
    flags = {(row["item_id"], row["method"].startswith("answered")): row["drifted"] for row in found.rows.to_dicts()}
    assert flags[("trust", False)] and flags[("trust", True)]
    assert not flags[("steady", False)] and not flags[("partner_id", False)] and not flags[("topics/water", False)]
    assert not any(item == "note" for item, _ in flags)
    trust = found.rows.filter(pl.col("item_id") == "trust").to_dicts()[0]
    assert trust["share_missing_reference"] == 0 and 0.2 < trust["share_missing_current"] < 0.4
    assert (trust["n_reference"], trust["n_current"]) == (120, 140)


@pytest.mark.slow
def test_drift__page_is_self_contained(found: Drift) -> None:
    """Should load nothing from elsewhere, and not let an answer become a script."""
    assert found.html is not None
    loads = re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)\s*=\s*[\"']?([^\"'\s>]+)", found.html)
    assert [address for address in loads if not address.startswith("data:")] == []
    assert "default-src 'none'" in found.html[:1000]
    assert "<script>alert(1)" not in found.html


@pytest.mark.slow
def test_drift__scores_are_the_report_s() -> None:
    """Should give each comparison the number that Evidently's page shows."""
    before, after, methods = module._columns(
        module._wide(wave(1, 120, (1, 3)), 1), module._wide(wave(2, 140, (2, 4), skipped=0.3), 1)
    )
    scores = drift_evidently.scores(before, after, methods)
    run = drift_evidently.report("x", before, after, methods, len(methods))
    shown = {
        metric["config"]["column"]: metric["value"]
        for metric in run.dict()["metrics"]
        if metric["config"]["type"].endswith("ValueDrift")
    }
    assert shown == {name: pytest.approx(score, abs=1e-12) for name, _, score in scores} and len(shown) > 4


def test_charted__what_drifted_and_the_nearest() -> None:
    """Should show every drift, and no more than the nearest beside them; distances and p-values by their own sense."""
    steady = [(f"p{number:02}", "ks", 0.5 + number / 100) for number in range(30)]
    drifted = [(f"d{number:02}", "chisquare", 1e-9) for number in range(20)]
    assert set(drift_evidently.charted([*steady, *drifted])) == {name for name, _, _ in drifted}
    assert drift_evidently.charted(steady) == [name for name, _, _ in steady[: drift_evidently.CHARTED]]
    assert drift_evidently.charted([("near", "wasserstein", 0.01), ("far", "wasserstein", 0.3)]) == ["far", "near"]


def test_drift__too_small() -> None:
    """Should compare nothing when a wave has too few submissions."""
    small, large = wave(1, 4, (1, 5)), wave(2, 40, (1, 5))
    nothing = drift("x", small, large, reference_period="a", current_period="b", computed_at=NOW)
    assert nothing.html is None and nothing.rows.is_empty()
