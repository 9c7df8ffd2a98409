"""F3 and F15 against scipy, their edges, and F1 against the published reliability of real answers."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import jinja2
import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from melflow.core.statistics.scores import mean_gap, mean_interval, with_gap_intervals, with_score_intervals

ROOT = Path(__file__).parents[2]
samples = st.lists(st.integers(0, 8).map(lambda step: step * 12.5), min_size=2, max_size=40).map(np.array)


@given(samples, st.floats(0.5, 0.99))
def test_mean_interval__agrees_with_scipy(sample: np.ndarray, confidence: float) -> None:
    """Should be scipy's t interval cut to 0-100, and say so when it was cut."""
    assume(sample.std() > 0)
    found = mean_interval([sample.mean()], [sample.std(ddof=1)], [len(sample)], confidence)
    low, high = stats.t.interval(confidence, len(sample) - 1, sample.mean(), stats.sem(sample))
    assert found.low[0] == pytest.approx(max(low, 0), abs=1e-9)
    assert found.high[0] == pytest.approx(min(high, 100), abs=1e-9)
    assert found.clipped[0] == (low < 0 or high > 100)


def test_mean_interval__one_respondent() -> None:
    """Should give no interval for one respondent, and one without width for equal answers."""
    found = mean_interval([60, 60], [np.nan, 0], [1, 4])
    assert np.isnan(found.low[0]) and np.isnan(found.high[0]) and not found.clipped[0]
    assert (found.low[1], found.high[1]) == (60, 60)


def test_mean_interval__finite_population() -> None:
    """Should narrow by √((N - n) / (N - 1)), to nothing when all answered; an impossible N changes nothing."""
    free = mean_interval([50], [10], [10])
    found = mean_interval([50] * 4, [10] * 4, [10] * 4, 0.95, [np.nan, 40, 10, 9])
    widths = (found.high - found.low) / (free.high - free.low)
    assert widths == pytest.approx([1, np.sqrt(30 / 39), 0, 1])


@given(samples, samples)
def test_mean_gap__agrees_with_scipy(a: np.ndarray, b: np.ndarray) -> None:
    """Should be Welch's interval, and turn its sign when the sides are exchanged."""
    assume(a.std() > 0 or b.std() > 0)
    sides = [(x.mean(), x.std(ddof=1), len(x)) for x in (a, b)]
    found = mean_gap(*([value] for side in sides for value in side))
    expected = stats.ttest_ind(a, b, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found.df[0] == pytest.approx(expected.df)
    assert (found.low[0], found.high[0]) == pytest.approx((interval.low, interval.high), abs=1e-8)
    turned = mean_gap(*([value] for side in reversed(sides) for value in side))
    assert (turned.gap[0], turned.low[0]) == pytest.approx((-found.gap[0], -found.high[0]))


def test_mean_gap__edges() -> None:
    """Should keep the gap without an interval when a side has one respondent; no width without any spread."""
    found = mean_gap([80, 80], [10, 0], [9, 9], [60, 60], [np.nan, 0], [1, 9])
    assert found.gap.tolist() == [20, 20]
    assert np.isnan(found.low[0]) and np.isnan(found.high[0])
    assert (found.low[1], found.high[1]) == (20, 20)


def test_with_score_intervals__columns() -> None:
    """Should add mean and share intervals as nullable columns and keep the cells."""
    cells = pl.DataFrame({"key": ["a", "b"], "score": [81.25, 40.0], "sd": [21.650635, None], "n_respondents": [12, 1]})
    more = {"n_positive": pl.Series([9, 0]), "n_invited": pl.Series([None, None], dtype=pl.Int64)}
    found = with_score_intervals(cells.with_columns(**more), 0.95)
    assert found["ci_low"].to_list() == [pytest.approx(67.493843, abs=1e-5), None]
    assert found["pct_positive"].to_list() == [0.75, 0.0]
    assert found["pct_ci_low"][0] == pytest.approx(0.467695, abs=1e-6)
    assert found["key"].to_list() == ["a", "b"]


def test_with_gap_intervals__side_without_answers() -> None:
    """Should leave the gap empty when one side did not answer."""
    pairs = pl.DataFrame(
        {"score_a_of_b": [80.0], "sd_a_of_b": [5.0], "n_persons_a": [9]}
        | {"score_b_of_a": [None], "sd_b_of_a": [None], "n_persons_b": [0]},
        schema_overrides={"score_b_of_a": pl.Float64, "sd_b_of_a": pl.Float64},
    )
    assert with_gap_intervals(pairs, 0.95).select("gap", "gap_ci_low", "gap_ci_high").row(0) == (None, None, None)


def test_with_score_intervals__no_cells() -> None:
    """Should keep the columns when there is nothing to score yet."""
    numbers = {"score": pl.Float64, "sd": pl.Float64, "n_respondents": pl.Int64, "n_positive": pl.Int64}
    numbers["n_invited"] = pl.Int64
    cells = pl.DataFrame(schema=numbers)
    assert {"ci_low", "pct_ci_high"} <= set(with_score_intervals(cells, 0.95).columns)


@pytest.mark.skipif("MELFLOW_FIELD_DATA" not in os.environ, reason="needs the field files")
def test_item_score__reverse_keys_of_real_answers() -> None:
    """Should give the published alpha of bfi's agreeableness, which forgetting the reverse-keyed A1 takes to .4306."""
    folder = Path(os.environ["MELFLOW_FIELD_DATA"]) / "likert_bfi"
    assert _alpha(folder, respect_keys=True) == pytest.approx(0.7038, abs=5e-4)
    assert _alpha(folder, respect_keys=False) == pytest.approx(0.4306, abs=5e-4)


def _alpha(folder: Path, respect_keys: bool) -> float:
    macro = (ROOT / "core/macros/item_score.sql").read_text(encoding="utf-8")
    score = jinja2.Template(macro + '{{ item_score("x", "a", "b", "r") }}').render()
    keys = pl.read_csv(folder / "bfi_keys.csv").filter(pl.col("scale") == "agree")
    answers = pl.read_csv(folder / "bfi.csv", null_values="NA").select(keys["item"].to_list())
    long = answers.with_row_index("who").unpivot(index="who", variable_name="item", value_name="x")
    long = long.join(keys.rename({"min": "a", "max": "b"}), on="item")
    frame = long.with_columns(r=(pl.col("reverse") == 1) & respect_keys).to_arrow()
    con = duckdb.connect()
    con.register("frame", frame)
    wide = con.sql(f"select who, item, {score} as score from frame").pl().pivot("item", index="who", values="score")
    items = np.cov(wide.drop("who").drop_nulls().to_numpy(), rowvar=False)  # listwise
    k = len(items)
    return float(k / (k - 1) * (1 - np.trace(items) / items.sum()))
