"""F6 against pingouin's published answers, F16 against its definition."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import jinja2
import numpy as np
import pandas as pd
import pingouin
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from melflow.core.statistics.agreement import with_icc

ROOT = Path(__file__).parents[2]


def _cells(ratings: list[np.ndarray], family: str = "f") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "family": [family] * len(ratings),
            "n_respondents": [len(own) for own in ratings],
            "score": [float(own.mean()) for own in ratings],
            "sd": [float(own.std(ddof=1)) if len(own) > 1 else None for own in ratings],
        },
        schema_overrides={"sd": pl.Float64},
    )


@pytest.mark.skipif("MELFLOW_FIELD_DATA" not in os.environ, reason="needs the field files")
def test_icc__published() -> None:
    """Should give pingouin's ICC(1) and ICC(1,k) of eight wines and four judges."""
    path = Path(os.environ["MELFLOW_FIELD_DATA"]) / "pingouin_known_answers" / "icc.csv"
    wines = pd.read_csv(path, encoding="utf-8-sig").groupby("Wine")["Scores"]
    found = with_icc(_cells([scores.to_numpy(float) for _, scores in wines]), ["family"])
    assert found["icc1"].unique().to_list() == [pytest.approx(0.727521, abs=5e-7)]
    assert found["icc1k"].unique().to_list() == [pytest.approx(0.914384, abs=5e-7)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 8), st.integers(2, 6))
def test_icc__is_pingouins(seed: int, subjects: int, raters: int) -> None:
    """Should be pingouin's one-way coefficients where every subject has as many raters."""
    rng = np.random.default_rng(seed)
    ratings = rng.normal(size=(subjects, 1)) + rng.normal(size=(subjects, raters))
    assume(subjects * raters >= 5)
    long = pd.DataFrame(
        {"t": np.repeat(range(subjects), raters), "r": list(range(raters)) * subjects, "y": ratings.ravel()}
    )
    expected = pingouin.intraclass_corr(long, "t", "r", "y")["ICC"].to_numpy()
    found = with_icc(_cells(list(ratings)), ["family"])
    assert (found["icc1"][0], found["icc1k"][0]) == pytest.approx((expected[0], expected[3]), abs=1e-9)
    assert -1 <= found["icc1"][0] <= 1 and found["icc1k"][0] <= 1
    stretched = with_icc(_cells([2 * own + 10 for own in ratings][::-1]), ["family"])
    assert stretched["icc1"][0] == pytest.approx(found["icc1"][0])


def test_icc__few_respondents() -> None:
    """Should go below -1, down to -1 / (k - 1), where most subjects have one respondent and the two of one differ."""
    found = with_icc(_cells([np.array([50.0]), np.array([50.0]), np.array([0.0, 100.0])]), ["family"])
    assert found["icc1"][0] == pytest.approx(-1 / ((4 - 6 / 4) / 2 - 1))


def test_icc__not_estimable() -> None:
    """Should leave out a family of one subject, of lone respondents, or in which all say the same."""
    one = _cells([np.array([1.0, 2.0])], "one")
    lone = _cells([np.array([1.0]), np.array([2.0])], "lone")
    same = _cells([np.array([1.0, 1.0]), np.array([1.0, 1.0])], "same")
    found = with_icc(pl.concat([one, lone, same]), ["family"])
    assert found["icc1"].null_count() == found["icc1k"].null_count() == 5
    assert found["family"].to_list() == ["one", "lone", "lone", "same", "same"]


def test_icc__family_without_a_level() -> None:
    """Should keep a family together whose key has a null."""
    cells = _cells([np.array([1.0, 2.0]), np.array([5.0, 6.0])]).with_columns(level=pl.lit(None, pl.String))
    assert with_icc(cells, ["family", "level"])["icc1"].null_count() == 0


@given(st.lists(st.integers(1, 5), min_size=2, max_size=30))
def test_rwg__is_james_demaree_wolf(answers: list[int]) -> None:
    """Should be 1 - s²/σ² with σ² = (A² - 1)/12, on points as on the options, never below 0."""
    macro = (ROOT / "core/macros/within_group_agreement.sql").read_text(encoding="utf-8")
    call = '{{ within_group_agreement("s", "e") }}'
    query = jinja2.Template(macro + "select " + call + " from (select ?::double as s, ?::double as e)").render()
    variance = float(np.var(answers, ddof=1))
    expected = max(0.0, 1 - variance / ((25 - 1) / 12))
    for step in (1, 25):  # options, points
        found = duckdb.execute(query, [variance * step**2, 2.0 * step**2]).fetchone()
        assert found is not None and found[0] == pytest.approx(expected)
