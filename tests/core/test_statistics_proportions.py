"""F8 and F9 against the published values, statsmodels and its own properties."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from melflow.core.statistics.proportions import newcombe, wilson, with_share_interval


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"), [(0, 5, 0.0, 0.434482), (5, 5, 0.565518, 1.0), (7, 50, 0.069508, 0.261862)]
)
def test_wilson__published_values(successes: int, n: int, low: float, high: float) -> None:
    """Should give the values measures.md prints."""
    found_low, found_high = wilson([successes], [n])
    assert found_low[0] == pytest.approx(low, abs=5e-7)
    assert found_high[0] == pytest.approx(high, abs=5e-7)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson__agrees_with_statsmodels(counts: tuple[int, int], confidence: float) -> None:
    """Should agree with an independent implementation, contain the share and stay inside 0-1."""
    successes, n = counts
    low, high = wilson([successes], [n], confidence)
    assert (low[0], high[0]) == pytest.approx(
        proportion_confint(successes, n, alpha=1 - confidence, method="wilson"), abs=1e-9
    )
    assert 0 <= low[0] <= successes / n <= high[0] <= 1


@given(st.integers(1, 500), st.integers(0, 500))
def test_wilson__mirrors(n: int, successes: int) -> None:
    """Should treat successes and failures alike."""
    successes = min(successes, n)
    low, high = wilson([successes, n - successes], [n, n])
    assert low[0] == pytest.approx(1 - high[1], abs=1e-12)


def test_wilson__nothing_counted() -> None:
    """Should give no interval where there is nothing to be a share of."""
    low, high = wilson([0, np.nan], [0, np.nan])
    assert np.isnan(low).all() and np.isnan(high).all()


def test_with_share_interval__nulls() -> None:
    """Should turn what cannot be estimated into nulls, not NaN."""
    cells = pl.DataFrame({"k": [None, 0, 7], "n": [3, 0, 50]})
    found = with_share_interval(cells, "k", "n", ("low", "high"), 0.95)
    assert found["low"].null_count() == found["high"].null_count() == 2
    assert found["high"][2] == pytest.approx(0.261862, abs=5e-7)


def test_newcombe__published() -> None:
    """Should give the interval measures.md prints for 20 of 28 against 12 of 30."""
    gap, low, high = newcombe([20], [28], [12], [30])
    assert gap[0] == pytest.approx(20 / 28 - 12 / 30)
    assert (low[0], high[0]) == pytest.approx((0.058479, 0.517953), abs=5e-7)


groups = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(groups, groups)
def test_newcombe__agrees_with_statsmodels(one: tuple[int, int], other: tuple[int, int]) -> None:
    """Should be statsmodels' interval, within -1 and 1 around the gap, and turn when the groups are exchanged."""
    gap, low, high = newcombe([one[0]], [one[1]], [other[0]], [other[1]])
    expected = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
    assert (low[0], high[0]) == pytest.approx(expected, abs=1e-9)
    assert -1 - 1e-12 <= low[0] <= gap[0] <= high[0] <= 1 + 1e-12
    turned = newcombe([other[0]], [other[1]], [one[0]], [one[1]])
    assert (turned[1][0], turned[2][0]) == pytest.approx((-high[0], -low[0]))


def test_newcombe__nobody() -> None:
    """Should give nothing when a group is empty."""
    assert all(np.isnan(value[0]) for value in newcombe([0], [0], [1], [2]))
