"""Do raters agree on an order (F28), and how sure is a rank."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import friedmanchisquare

from melflow.core.statistics.concordance import concordance, kendall_w
from melflow.core.statistics.ranks import rank_interval, rank_intervals, ranks_down

SMALL = arrays.arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(3, 6)), elements=st.integers(0, 4))


@given(SMALL)
@settings(max_examples=40)
def test_kendall_w__is_friedman(ratings: np.ndarray) -> None:
    """Should be scipy's tie-corrected chi-square over m(n - 1), with its p value, and lie between 0 and 1."""
    m, n = ratings.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic, p = friedmanchisquare(*ratings.T)
    found = kendall_w(ratings)
    if np.isnan(statistic):
        assert np.isnan(found.w)
        return
    assert found.w == pytest.approx(statistic / (m * (n - 1)), abs=1e-9)
    assert found.p == pytest.approx(p, abs=1e-9)
    assert 0 <= found.w <= 1


def test_kendall_w__ends() -> None:
    """Should be 1 for one order, 0 for opposite orders, and nothing for one rater or none that tells things apart."""
    assert kendall_w(np.array([[1.0, 2, 3], [10, 20, 30]])) == pytest.approx((1.0, np.exp(-2)))
    assert kendall_w(np.array([[1.0, 2, 3], [3, 2, 1]])).w == pytest.approx(0)
    assert np.isnan(kendall_w(np.array([[1.0, 2, 3]])).w)
    assert np.isnan(kendall_w(np.ones((3, 3))).w)


def test_concordance__leaves_out_who_rated_not_all() -> None:
    """Should compare the raters that rated everything, in each group by itself."""
    cells = pl.DataFrame(
        {
            "wave": ["a"] * 8,
            "country": ["K", "K", "K", "P", "P", "P", "S", "S"],
            "topic": ["x", "y", "z", "x", "y", "z", "x", "y"],
            "gap": [3.0, 2.0, 1.0, 9.0, 5.0, 4.0, 1.0, 2.0],
        }
    )
    assert concordance(cells, ["wave"], "country", "topic", "gap").rows()[0][:3] == ("a", 2, 1.0)


def test_ranks_down__ties_and_gaps() -> None:
    """Should give equal things the better rank and leave out what nobody rated."""
    found = ranks_down(np.array([[5.0, 7.0, 5.0, np.nan]]))
    assert found[0, :3].tolist() == [2.0, 1.0, 2.0] and np.isnan(found[0, 3])


@given(arrays.arrays(np.float64, (12, 4), elements=st.integers(-4, 4)), st.permutations(range(12)))
@settings(max_examples=15)
def test_rank_interval__whoever_said_it(ratings: np.ndarray, order: list[int]) -> None:
    """Should contain the rank observed and not depend on the order of people."""
    low, high = rank_interval(ratings, 7, draws=200)
    seen = ranks_down(ratings.mean(axis=0)[None, :])[0]
    assert (low <= seen).all() and (seen <= high).all() and low.min() >= 1 and high.max() <= 4
    assert np.array_equal(rank_interval(ratings[order], 7, draws=200), (low, high))


def test_rank_intervals__sure_and_unsure() -> None:
    """Should be narrow for a clear order, wide where things are alike, and absent below ten people."""
    rng = np.random.default_rng(3)
    rows = [
        (wave, f"p{n}", topic, mean + rng.normal(0, 5))
        for wave, size in (("big", 30), ("small", 9))
        for n in range(size)
        for topic, mean in (("first", 60), ("twin", 20), ("other twin", 20))
    ]
    people = pl.DataFrame(rows, schema=["wave", "who", "topic", "gap"], orient="row")
    found = rank_intervals(people, ["wave"], "who", "topic", "gap", 1, 0.95)
    assert set(found["wave"]) == {"big"}
    spans = {topic: (low, high) for topic, low, high in found.select("topic", "rank_low", "rank_high").rows()}
    assert spans == {"first": (1, 1), "twin": (2, 3), "other twin": (2, 3)}
