"""F4 against pingouin and F5 against R's psych and scipy.optimize, on real answers and by property."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from melflow.core.statistics.reliability import (
    cronbach_alpha,
    feldt_interval,
    omega_total,
    one_factor_loadings,
    spearman_brown,
    with_reliability,
)

field_data = pytest.mark.skipif("MELFLOW_FIELD_DATA" not in os.environ, reason="needs the field files")
#: R, psych::omega(nfactors=1)$omega.tot of the five scales of bfi, people who answered every item.
OMEGA = {"agree": 0.723724, "conscientious": 0.733779, "extraversion": 0.763478} | {
    "neuroticism": 0.818451,
    "openness": 0.617828,
}


def _answers(seed: int, n: int, k: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    return pd.DataFrame(np.clip(np.round(common * rng.uniform(0.3, 1.2, k) + rng.normal(size=(n, k)) + 3), 1, 5))


@field_data
@pytest.mark.parametrize(
    ("policy", "alpha", "interval"), [("pairwise", 0.73266, None), ("listwise", 0.80169, (0.581, 0.933))]
)
def test_alpha__policy_of_missing_answers(policy: str, alpha: float, interval: tuple[float, float] | None) -> None:
    """Should give pingouin's two alphas of the same answers, which differ by what becomes of the missing ones."""
    path = Path(os.environ["MELFLOW_FIELD_DATA"]) / "pingouin_known_answers" / "cronbach_wide_missing.csv"
    data = pd.read_csv(path, encoding="utf-8-sig")
    data = data.dropna() if policy == "listwise" else data
    found = cronbach_alpha([data.cov().to_numpy()])[0]
    assert found == pytest.approx(alpha, abs=5e-6)
    assert found == pytest.approx(pingouin.cronbach_alpha(data)[0], abs=1e-12)
    if interval:
        # pingouin counts the people dropped as well; its published interval is that of all twelve.
        low, high = feldt_interval([found], [12], [11])
        assert (low[0], high[0]) == pytest.approx(interval, abs=5e-4)


@field_data
def test_alpha__published_with_interval() -> None:
    """Should give the alpha and Feldt interval of pingouin's documentation."""
    path = Path(os.environ["MELFLOW_FIELD_DATA"]) / "pingouin_known_answers" / "cronbach_alpha.csv"
    data = pd.read_csv(path, encoding="utf-8-sig").pivot(index="Subj", columns="Items", values="Scores")
    alpha = cronbach_alpha([data.cov().to_numpy()])
    low, high = feldt_interval(alpha, [len(data)], [data.shape[1]])
    assert alpha[0] == pytest.approx(0.5917188, abs=1e-7)
    assert (low[0], high[0]) == pytest.approx((0.195, 0.840), abs=5e-4)


@field_data
def test_omega__of_real_answers() -> None:
    """Should give psych's omega of bfi's five scales to six decimals, all five scales in one call."""
    folder = Path(os.environ["MELFLOW_FIELD_DATA"]) / "likert_bfi"
    keys = pl.read_csv(folder / "bfi_keys.csv")
    answers = pl.read_csv(folder / "bfi.csv", null_values="NA")
    matrices = []
    for scale in OMEGA:
        own = keys.filter(pl.col("scale") == scale)
        keyed = [
            (7 - pl.col(item) if turned else pl.col(item)).alias(item)
            for item, turned in own.select("item", "reverse").rows()
        ]
        matrices.append(answers.select(keyed).drop_nulls().to_pandas().corr().to_numpy())
    assert omega_total(np.stack(matrices)) == pytest.approx(list(OMEGA.values()), abs=5e-7)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(20, 60), st.integers(3, 6))
def test_alpha__is_pingouins(seed: int, n: int, k: int) -> None:
    """Should be pingouin's alpha, with its interval."""
    data = _answers(seed, n, k)
    expected, interval = pingouin.cronbach_alpha(data)
    alpha = cronbach_alpha([data.cov().to_numpy()])
    low, high = feldt_interval(alpha, [n], [k])
    assert alpha[0] == pytest.approx(expected, abs=1e-10)
    assert (low[0], high[0]) == pytest.approx(tuple(interval), abs=5.1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 7))
def test_loadings__are_scipys_minimum(seed: int, k: int) -> None:
    """Should leave no more residual than scipy's optimiser finds."""
    r = _answers(seed, 80, k).corr().to_numpy()
    above = np.triu_indices(k, 1)

    def left(loadings: np.ndarray) -> float:
        return float(((r - np.outer(loadings, loadings))[above] ** 2).sum())

    bound = 0.995**0.5
    best = min(
        (
            minimize(left, start, bounds=[(-bound, bound)] * k, tol=1e-14)
            for start in (np.full(k, 0.5), np.full(k, 0.9))
        ),
        key=lambda found: found.fun,
    )
    assert left(one_factor_loadings([r])[0]) <= best.fun + 1e-9


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(3, 6), st.randoms(use_true_random=False))
def test_reliability__properties(seed: int, k: int, random: object) -> None:
    """Should not depend on the order of items or the unit of alpha's answers; at most 1, and more items raise it."""
    data = _answers(seed, 60, k)
    order = list(data.columns)
    random.shuffle(order)  # type: ignore[attr-defined]
    covariance, correlation = data.cov().to_numpy(), data.corr().to_numpy()
    assert cronbach_alpha([25 * covariance])[0] == pytest.approx(cronbach_alpha([covariance])[0])
    assert cronbach_alpha([data[order].cov()])[0] == pytest.approx(cronbach_alpha([covariance])[0])
    assert omega_total([data[order].corr()])[0] == pytest.approx(omega_total([correlation])[0], abs=1e-6)
    assert cronbach_alpha([covariance])[0] <= 1 and omega_total([correlation])[0] <= 1
    twice = pd.concat([data, data], axis=1).cov().to_numpy()
    assert cronbach_alpha([twice])[0] >= cronbach_alpha([covariance])[0] - 1e-12


def test_alpha__may_be_negative() -> None:
    """Should report items that pull apart as a negative alpha, and no alpha of a sum that does not vary."""
    apart = np.array([[1.0, -0.4, -0.4], [-0.4, 1.0, -0.4], [-0.4, -0.4, 1.0]])
    assert cronbach_alpha([apart])[0] == pytest.approx(1.5 * (1 - 3 / 0.6))
    assert np.isnan(cronbach_alpha(np.zeros((1, 3, 3)))[0])
    assert spearman_brown([0.5, -1.0])[0] == pytest.approx(2 / 3) and np.isnan(spearman_brown([-1.0])[0])


def test_with_reliability__conditions() -> None:
    """Should want three items and twenty people; two items have Spearman-Brown, an item without spread no omega."""
    data = _answers(3, 30, 3)
    three = [value for row in range(3) for value in data.cov().to_numpy()[row, row:]]
    related = [value for row in range(3) for value in data.corr().to_numpy()[row, row:]]
    flat = [None if place in (0, 1, 2) else value for place, value in enumerate(related)]
    cells = pl.DataFrame(
        {
            "cell_id": [1, 2, 3, 4, 5],
            "reliability_items": [3, 3, 2, 3, 3],
            "reliability_n": [30, 19, 30, 30, 0],
            "covariances": [three, three, [1.0, 0.5, 1.0], three, [None]],
            "correlations": [related, related, [1.0, 0.5, 1.0], flat, [None]],
        }
    )
    found = with_reliability(cells, 0.95)
    expected = pingouin.cronbach_alpha(data)[0]
    assert found["alpha"].to_list() == [pytest.approx(expected), None, None, pytest.approx(expected), None]
    assert found["alpha_ci_low"][0] < expected < found["alpha_ci_high"][0]
    assert found["omega"].is_null().to_list() == [False, True, True, True, True]
    assert found["spearman_brown"].to_list() == [None, None, pytest.approx(2 / 3), None, None]
    assert with_reliability(cells.head(0), 0.95).is_empty()
