"""F21-F23 against published values, scipy and their properties."""

from __future__ import annotations

from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from melflow.core.statistics.concentration import MEASURES, concentration, with_concentration

AMOUNTS = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=2, max_size=30).filter(lambda x: max(x) > 1e-6)


def _one(amounts: list[float]) -> dict[str, float]:
    found = concentration(amounts, np.zeros(len(amounts), dtype=int))
    return {name: float(getattr(found, name)[0]) for name in (*MEASURES, "total")}


@pytest.mark.parametrize(
    ("amounts", "gini", "gini_star"),
    [([0, 0, 0, 1], 0.75, 1.0), ([1, 2, 3, 4], 0.25, 1 / 3), ([5, 5, 5], 0.0, 0.0)],
)
def test_gini__published(amounts: list[float], gini: float, gini_star: float) -> None:
    """Should give F21 as R's ineq does, plain and corrected for few members."""
    found = _one(amounts)
    assert found["gini"] == pytest.approx(gini, abs=1e-15)
    assert found["gini_star"] == pytest.approx(gini_star, abs=1e-15)


@given(AMOUNTS)
def test_concentration__references(amounts: list[float]) -> None:
    """Should agree with the mean absolute difference, scipy's entropy and the sum of squared shares."""
    found, x = _one(amounts), np.array(amounts)
    differences = np.abs(x[:, None] - x[None, :]).sum() / (2 * len(x) ** 2 * x.mean())
    assert found["gini"] == pytest.approx(differences, abs=1e-9)
    assert found["evenness"] == pytest.approx(entropy(x / x.sum()) / np.log(len(x)), abs=1e-9)
    assert found["hhi"] == pytest.approx(((x / x.sum()) ** 2).sum(), abs=1e-9)
    assert found["effective_n"] == pytest.approx(1 / found["hhi"])
    assert found["top_share"] == pytest.approx(x.max() / x.sum())


@given(AMOUNTS, st.floats(1e-3, 1e3), st.randoms())
def test_concentration__scale_and_order(amounts: list[float], factor: float, random: Random) -> None:
    """Should change neither with the unit nor with the order of the members."""
    shuffled = [amount * factor for amount in amounts]
    random.shuffle(shuffled)
    one, other = _one(amounts), _one(shuffled)
    assert [other[name] for name in MEASURES] == pytest.approx([one[name] for name in MEASURES], abs=1e-9)


@given(AMOUNTS)
def test_concentration__bounds(amounts: list[float]) -> None:
    """Should stay within the bounds that its documentation states, exactly."""
    found, n = _one(amounts), len(amounts)
    assert 0 <= found["gini"] <= 1 - 1 / n
    assert 0 <= found["gini_star"] <= 1
    assert 0 <= found["evenness"] <= 1
    assert 1 / n <= found["hhi"] <= 1
    assert 1 <= found["effective_n"] <= n * (1 + 1e-12)
    assert 1 / n - 1e-12 <= found["top_share"] <= 1


@given(AMOUNTS, st.floats(0.01, 0.5))
def test_concentration__giving_to_the_poorest(amounts: list[float], share: float) -> None:
    """Should not rise when the richest gives to the poorest without changing places (Pigou-Dalton)."""
    x = sorted(amounts)
    gift = share * (x[-1] - x[0]) / 2
    before, after = _one(x), _one([x[0] + gift, *x[1:-1], x[-1] - gift])
    assert after["gini"] <= before["gini"] + 1e-9
    assert after["hhi"] <= before["hhi"] + 1e-9
    assert after["evenness"] >= before["evenness"] - 1e-9


@given(st.lists(AMOUNTS, min_size=1, max_size=6))
def test_concentration__groups_apart(groups: list[list[float]]) -> None:
    """Should give each group what it gets alone."""
    numbers = [number for number, group in enumerate(groups) for _ in group]
    found = concentration([amount for group in groups for amount in group], numbers)
    for number, group in enumerate(groups):
        alone = _one(group)
        assert [float(getattr(found, name)[number]) for name in MEASURES] == pytest.approx(
            [alone[name] for name in MEASURES], abs=1e-9
        )


def test_concentration__nothing_to_share() -> None:
    """Should be unknown where nothing was there, and where one member has no one to share with."""
    found = concentration([0, 0, 3], [0, 0, 1], 3)
    assert np.isnan(found.gini[[0, 2]]).all()
    assert (found.gini[1], found.hhi[1], found.top_share[1]) == (0.0, 1.0, 1.0)
    assert np.isnan([found.gini_star[1], found.evenness[1]]).all()
    assert found.n.tolist() == [2, 1, 0]


def test_concentration__refuses_debts() -> None:
    """Should refuse what cannot be shared: a negative or unknown amount."""
    for amounts in ([1.0, -1.0], [1.0, float("nan")]):
        with pytest.raises(ValueError, match="not negative"):
            concentration(amounts, [0, 0])


def test_with_concentration__frame() -> None:
    """Should name groups, keep zeros and give null, not NaN."""
    members = pl.DataFrame({"network": ["b", "a", "a", "a", "a", "b"], "given": [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]})
    found = with_concentration(members, ["network"], "given").rows(named=True)
    assert [row["network"] for row in found] == ["a", "b"]
    assert (found[0]["n_actors"], found[0]["total"], found[0]["gini"], found[0]["gini_star"]) == (4, 1.0, 0.75, 1.0)
    assert [found[1][name] for name in MEASURES] == [None] * len(MEASURES)
