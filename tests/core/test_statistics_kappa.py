"""Agreement of coders against statsmodels, and what holds for any two coders (F29)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.inter_rater import cohens_kappa

from melflow.core.statistics.kappa import Weights, kappa, with_kappa

TABLES = arrays(np.int64, (3, 3), elements=st.integers(0, 20)).filter(lambda table: (table.sum(axis=1) > 0).sum() > 1)


@pytest.mark.parametrize(("weights", "wt"), [("none", None), ("linear", "linear"), ("quadratic", "quadratic")])
@settings(max_examples=20)
@given(table=TABLES)
def test_kappa__as_statsmodels(weights: Weights, wt: str | None, table: np.ndarray) -> None:
    """Should be statsmodels' kappa with its standard error, unweighted and weighted."""
    reference = cohens_kappa(table, wt=wt)
    value, error = kappa(table[None].astype(float), weights)
    assert value[0] == pytest.approx(reference.kappa, abs=1e-12, nan_ok=True)
    assert error[0] ** 2 == pytest.approx(reference.var_kappa, abs=1e-9, nan_ok=True)


@settings(max_examples=20)
@given(table=TABLES)
def test_kappa__does_not_mind_who_comes_first(table: np.ndarray) -> None:
    """Should be the same for either order of the coders, and 1 only where they agree on everything."""
    forth, back = (kappa(side[None].astype(float))[0][0] for side in (table, table.T))
    assert forth == pytest.approx(back, nan_ok=True)
    assert (forth > 1 - 1e-12) == bool((table == np.diag(np.diag(table))).all())


def test_with_kappa__says_why_there_is_none() -> None:
    """Should give kappa from a fifth coded twice on, and say in the other cells what is missing."""
    cells = pl.DataFrame({"cell": ["good", "few", "none", "same", "empty"], "n_coded": [10, 11, 4, 2, 0]})
    said = [("good", "a", "a"), ("good", "b", "b"), ("few", "a", "a"), ("few", "b", "a"), *[("same", "a", "a")] * 2]
    pairs = pl.DataFrame(said, schema=["cell", "first", "second"], orient="row")
    found = with_kappa(cells, pairs, ["cell"], ["a", "b"], 0.95)
    assert found["kappa"].to_list() == [1.0, None, None, None, None]
    assert found["agreement"].to_list() == [1.0, 0.5, None, 1.0, None]
    assert found["reason"].to_list() == [
        None, "fewer than 20 % were coded by two coders", "nothing was coded by two coders",
        "both coders used one and the same category throughout", "nothing was coded",
    ]  # fmt: skip
