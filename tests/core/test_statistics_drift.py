"""Drift of distributions and volumes against scipy's test of contingency tables."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests

from melflow.core.statistics.drift import distributions, volumes


def answers(tables: dict[str, list[list[int]]]) -> pl.DataFrame:
    rows = [
        (item, str(value), side == 1)
        for item, table in tables.items()
        for side, counts in enumerate(table)
        for value, count in enumerate(counts)
        for _ in range(count)
    ]
    return pl.DataFrame(rows, schema=["item_id", "value", "is_current"], orient="row")


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(5, 30), st.integers(5, 30)), min_size=2, max_size=4), min_size=1, max_size=4
    )
)
def test_distributions__as_scipy(tables: list[list[tuple[int, int]]]) -> None:
    """Should be the test of homogeneity, V, and p-values corrected over all comparisons."""
    made = {f"q{n}": [list(side) for side in zip(*table, strict=True)] for n, table in enumerate(tables)}
    found = distributions(answers(made), ["item_id"], 10)
    reference = [chi2_contingency(table, correction=False) for table in made.values()]
    sizes = [np.sum(table) for table in made.values()]
    assert found["chi2"].to_list() == pytest.approx([one.statistic for one in reference], abs=1e-9)
    assert found["p"].to_list() == pytest.approx([one.pvalue for one in reference], abs=1e-9)
    effects = [(one.statistic / n) ** 0.5 for one, n in zip(reference, sizes, strict=True)]
    assert found["effect"].to_list() == pytest.approx(effects, abs=1e-6)
    assert found["p_corrected"].to_list() == pytest.approx(multipletests(found["p"], method="fdr_bh")[1], abs=1e-9)


def test_distributions__small_rare_and_same() -> None:
    """Should not judge nine answers, put rare answers together, and see no drift where all say the same."""
    made = {"few": [[9, 0], [50, 50]], "rare": [[40, 1, 2], [40, 2, 1]], "same": [[20], [30]]}
    few, rare, same = distributions(answers(made), ["item_id"], 10).rows(named=True)
    assert (few["is_too_small"], few["n_reference"], few["effect"], few["p_corrected"]) == (True, 9, None, None)
    assert (rare["df"], rare["effect"]) == (1, 0)
    assert (same["df"], same["effect"], same["p"]) == (0, 0, 1)


def test_volumes__part_against_the_rest() -> None:
    """Should be the test of each part against all others; a part that hardly sent anything is not judged."""
    counts = pl.DataFrame({"partner_id": ["a", "b", "c"], "n_reference": [50, 50, 2], "n_current": [10, 70, 1]})
    found = volumes(counts, 10)
    reference = [chi2_contingency([[n, m], [102 - n, 81 - m]], correction=False) for n, m in ((50, 10), (50, 70))]
    assert found["chi2"].to_list()[:2] == pytest.approx([one.statistic for one in reference])
    assert found["effect"].to_list()[:2] == pytest.approx([(one.statistic / 183) ** 0.5 for one in reference])
    assert found["is_too_small"].to_list() == [False, False, True]
    assert volumes(counts.head(1), 10)["effect"].to_list() == [None]  # there is no rest
