"""F3's bootstrap against scipy, on the same resamples, and its edges."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from melflow.core.statistics.bootstrap import DRAWS, bca_interval, with_bootstrap

SEED = 20240701
points = st.integers(0, 8).map(lambda step: step * 12.5)
samples = st.lists(points, min_size=10, max_size=25).map(np.array)


@settings(max_examples=20)
@given(samples, st.floats(0.8, 0.99))
def test_bca_interval__is_scipys(sample: np.ndarray, confidence: float) -> None:
    """Should be scipy's BCa interval of the mean with the same generator."""
    assume(sample.std() > 0)
    low, high = bca_interval([sample], SEED, confidence)
    expected = stats.bootstrap(
        (np.sort(sample),), np.mean, method="BCa", n_resamples=DRAWS, confidence_level=confidence,
        rng=np.random.default_rng(SEED),
    ).confidence_interval  # fmt: skip
    # Answers on options tie; scipy tells some ties apart by their rounding, which can move a bound to the next mean.
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=12.5 / len(sample) + 1e-9)


def test_bca_interval__is_scipys_without_ties() -> None:
    """Should agree with scipy to the last digit where no two resamples tie, for many cells at once."""
    cells = np.random.default_rng(1).uniform(0, 100, (40, 12))
    low, high = bca_interval(cells, SEED)
    expected = stats.bootstrap(
        (np.sort(cells, axis=1),), np.mean, axis=-1, method="BCa", n_resamples=DRAWS, rng=np.random.default_rng(SEED)
    ).confidence_interval
    assert np.allclose(low, expected.low, atol=1e-8) and np.allclose(high, expected.high, atol=1e-8)


@settings(max_examples=25)
@given(samples, st.randoms(use_true_random=False))
def test_bca_interval__properties(sample: np.ndarray, random: object) -> None:
    """Should not depend on the order of people, lie among their answers and hold the mean when they differ."""
    low, high = bca_interval([sample], SEED)
    shuffled = list(sample)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert (low[0], high[0]) == tuple(bound[0] for bound in bca_interval([shuffled], SEED))
    assert sample.min() <= low[0] <= sample.mean() <= high[0] <= sample.max()


def test_bca_interval__scale() -> None:
    """Should move and stretch with the answers."""
    cells = np.random.default_rng(2).uniform(0, 50, (5, 15))
    low, high = bca_interval(cells, SEED)
    moved = bca_interval(2 * cells + 3, SEED)
    assert np.allclose(moved[0], 2 * low + 3) and np.allclose(moved[1], 2 * high + 3)


def test_with_bootstrap__from_ten_people_on() -> None:
    """Should store seed and draws with an interval, give equal answers one without width, and nobody else any."""
    lists = [[50.0] * 10, [0.0, 100.0] * 6, None, [50.0] * 9]
    cells = pl.DataFrame({"key": list("abcd"), "scores": lists}, schema_overrides={"scores": pl.List(pl.Float64)})
    found = with_bootstrap(cells, SEED, 0.95)
    assert found["key"].to_list() == list("abcd") and "scores" not in found.columns
    assert found.row(0)[1:] == (50.0, 50.0, SEED, DRAWS)
    assert found["bca_low"][1] < 50 < found["bca_high"][1]
    assert found["bca_low"].null_count() == found["bca_seed"].null_count() == 2
