"""F18: interval and test of a two-way flow."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from melflow.core.statistics.flow import balance_p, with_balance


@given(st.integers(0, 300), st.integers(0, 300))
def test_balance_p__agrees_with_scipy(ab: int, ba: int) -> None:
    """Should be the exact two-sided test at one half, the same from either side; no events, no test."""
    p = balance_p([ab, ba], [ba, ab])
    if ab + ba == 0:
        assert np.isnan(p).all()
    else:
        assert p[0] == p[1] == pytest.approx(binomtest(ab, ab + ba, 0.5).pvalue, rel=1e-9)


def test_with_balance__events_only() -> None:
    """Should test counted events and leave hours and documents, which are amounts, without test or interval."""
    cells = pl.DataFrame(
        {"measure": ["events", "hours", "events"], "flow_ab": [3.0, 3.0, 0.0], "flow_ba": [1.0, 1.0, 0.0]}
    )
    found = with_balance(cells, 0.95)
    assert found["binom_p"].to_list() == [0.625, None, None]
    assert found["share_ci_low"].to_list() == [pytest.approx(0.300642, abs=1e-6), None, None]
    assert found["share_ci_high"].to_list() == [pytest.approx(0.954413, abs=1e-6), None, None]
