"""F8 against the published values, statsmodels and its own properties."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from melflow.core.statistics.proportions import wilson, with_share_interval


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
