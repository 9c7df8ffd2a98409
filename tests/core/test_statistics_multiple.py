"""Corrected p-values against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from melflow.core.statistics.multiple import benjamini_hochberg, holm

P = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(max_examples=10, deadline=None)
@given(P)
def test_multiple__as_statsmodels(p: list[float]) -> None:
    """Should correct as the reference does."""
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


def test_multiple__a_test_not_made_counts_for_nothing() -> None:
    """Should leave nan as nan, and correct the others as if it were not there."""
    for correct in (benjamini_hochberg, holm):
        found = correct([0.01, float("nan"), 0.04])
        assert np.isnan(found[1])
        assert found[[0, 2]] == pytest.approx(correct([0.01, 0.04]))
