"""F15 between any two groups, against scipy and by swapping them."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from melflow.core.statistics.gaps import with_gap

SCORES = st.lists(st.floats(0, 100), min_size=2, max_size=20).filter(lambda x: max(x) - min(x) > 0.1)


def _cell(**sides: list[float]) -> pl.DataFrame:
    described = {}
    for side, scores in sides.items():
        values = pl.Series(scores, dtype=pl.Float64)
        described |= {f"score_{side}": values.mean(), f"sd_{side}": values.std(), f"n_{side}": len(scores)}
    return pl.DataFrame([described], schema_overrides={name: pl.Float64 for name in described if name[0] == "s"})


@given(SCORES, SCORES)
def test_with_gap__welch(mine: list[float], theirs: list[float]) -> None:
    """Should be Welch's difference, and turn its sign when the sides are swapped."""
    cell = _cell(self=mine, peer=theirs)
    (found,) = with_gap(cell, ("self", "peer"), 0.95).rows(named=True)
    expected = ttest_ind(mine, theirs, equal_var=False).confidence_interval(0.95)
    assert (found["gap_ci_low"], found["gap_ci_high"]) == pytest.approx((expected.low, expected.high), abs=1e-6)
    (swapped,) = with_gap(cell, ("peer", "self"), 0.95).rows(named=True)
    assert (swapped["gap"], swapped["gap_ci_low"]) == pytest.approx((-found["gap"], -found["gap_ci_high"]), abs=1e-9)


def test_with_gap__silent_side() -> None:
    """Should have no gap where a side is silent, and no interval of one voice."""
    cells = pl.concat([_cell(a=[10.0], b=[20.0]), _cell(a=[10.0, 20.0], b=[])], how="diagonal_relaxed")
    found = with_gap(cells, ("a", "b"), 0.95).rows(named=True)
    assert [row["gap"] for row in found] == [-10.0, None]
    assert [row["gap_ci_low"] for row in found] == [None, None]
