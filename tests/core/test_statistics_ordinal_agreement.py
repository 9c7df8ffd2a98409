"""F29: weighted kappa of many groups at once."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from melflow.core.statistics.ordinal_agreement import weighted_kappa

_PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=40)


def _found(pairs: list[tuple[int, int | None, int | None]]) -> dict[int, tuple[int, float | None]]:
    frame = pl.DataFrame(pairs, schema={"group": pl.Int64, "said": pl.Int64, "seen": pl.Int64}, orient="row")
    return {group: (n, kappa) for group, n, kappa in weighted_kappa(frame, ["group"], "said", "seen").iter_rows()}


@given(_PAIRS)
@settings(max_examples=40, deadline=None)
def test_weighted_kappa__agrees_with_statsmodels(pairs: list[tuple[int, int, int]]) -> None:
    """Should be statsmodels' linear kappa in every group, and nothing where no disagreement can be expected."""
    for group, (n, kappa) in _found(list(pairs)).items():
        table = np.zeros((3, 3))
        for _, said, seen in (pair for pair in pairs if pair[0] == group):
            table[said - 1, seen - 1] += 1
        assert n == table.sum()
        if len({step for name, *both in pairs if name == group for step in both}) == 1:
            assert kappa is None
        else:
            assert kappa == pytest.approx(cohens_kappa(table, wt="linear", return_results=False), abs=1e-12)


@given(_PAIRS)
@settings(max_examples=30, deadline=None)
def test_weighted_kappa__order_and_sides(pairs: list[tuple[int, int, int]]) -> None:
    """Should not depend on the order of the rows or on who is called the first."""
    there, back = _found(list(pairs)), _found([(group, seen, said) for group, said, seen in reversed(pairs)])
    assert there.keys() == back.keys()
    for group, (n, kappa) in there.items():
        assert (n, kappa) == (back[group][0], pytest.approx(back[group][1]) if kappa is not None else None)


def test_weighted_kappa__holes() -> None:
    """Should leave out what was rated once only."""
    assert _found([(1, 1, 1), (1, 3, 3), (1, None, 2), (1, 2, None), (2, None, 1)]) == {1: (2, 1.0)}
