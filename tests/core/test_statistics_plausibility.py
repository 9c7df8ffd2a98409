"""Implausible answers: each check against figures worked out by hand, or by scipy and statsmodels."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from melflow.core.statistics.plausibility import (
    group_effects,
    moves,
    same_answers,
    straight_lines,
    with_haste,
    with_robust_z,
)


def test_haste__of_the_median_and_of_the_floor() -> None:
    """Should compare with the larger of the floor and the share of the median, and judge nothing without a time."""
    frame = pl.DataFrame({"instrument_id": ["a"] * 5 + ["b"], "duration_s": [1000.0, 1000, 1000, 200, None, 70]})
    found = with_haste(frame, 60, 0.25, 4)
    assert found["shortest_s"].to_list() == [250.0] * 5 + [60.0]
    assert found["is_short"].to_list() == [False, False, False, True, None, False]


def test_straight_lines__a_grid_of_one_answer() -> None:
    """Should find the grid answered alike, leave a short grid alone, and not count what was not answered."""
    answers = pl.DataFrame(
        [("x", "g", v) for v in (4.0, 4, 4)]
        + [("y", "g", v) for v in (4.0, 4, 5)]
        + [("z", "g", 4.0), ("z", "g", None)],
        schema=["version_id", "grid", "value"], orient="row",
    )  # fmt: skip
    found = straight_lines(answers, 3)
    assert found.rows() == [("x", "g", 3, True), ("y", "g", 3, False)]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(1, 3), min_size=3, max_size=3), min_size=1, max_size=12))
def test_same_answers__as_compared_one_by_one(forms: list[list[int]]) -> None:
    """Should name the first submission with the same answers, whatever the order of the rows."""
    rows = [(f"v{n}", f"s{n}", "p", n, f"q{i}", str(v)) for n, form in enumerate(forms) for i, v in enumerate(form)]
    frame = pl.DataFrame(rows, schema=["version_id", "submission_id", "partner", "came", "item_id", "value"],
                         orient="row")  # fmt: skip
    expected = {f"v{n}": None if forms.index(form) == n else f"s{forms.index(form)}" for n, form in enumerate(forms)}
    for order in (frame, frame.reverse()):
        found = same_answers(order, ["partner"], 3)
        assert dict(found.select("version_id", "first_id").iter_rows()) == expected


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=4, max_size=40))
def test_robust_z__definition(numbers: list[int]) -> None:
    """Should be the modified z of Iglewicz and Hoaglin; nothing where half of the numbers are the same."""
    found = with_robust_z(pl.DataFrame({"g": ["a"] * len(numbers), "value": [float(x) for x in numbers]}), ["g"], 4)
    mad = stats.median_abs_deviation(numbers)
    if mad == 0:
        assert found["z"].null_count() == len(numbers)
    else:
        z = stats.norm.ppf(0.75) * (np.array(numbers) - np.median(numbers)) / mad
        assert found["z"].to_list() == pytest.approx(z.tolist())


def test_moves__items_of_both_waves() -> None:
    """Should compare with the person's wave before, on common items only."""
    rows = [("ann", w, f"q{i}", s, f"ann{w}") for w, s in ((0, 100.0), (2, 0.0)) for i in range(3)]
    rows += [("bob", 0, "q1", 0.0, "bob0"), ("bob", 1, "q1", 100.0, "bob1")]  # one item only
    rows += [("ann", 2, "q9", 100.0, "ann2")]  # not asked before
    frame = pl.DataFrame(rows, schema=["person", "wave", "item_id", "score", "version_id"], orient="row")
    assert moves(frame).rows() == [("ann2", 3, -100.0)]


def test_group_effects__as_scipy() -> None:
    """Should be scipy's one-way analysis of variance; too few groups or no spread give nothing, with their n."""
    draw = np.random.default_rng(7)
    groups = [draw.normal(mean, 1, size) for mean, size in ((0, 12), (0.5, 8), (2, 15))]
    rows = [("a", str(g), x) for g, values in enumerate(groups) for x in values]
    rows += [("a", "small", 99.0), *[("b", "only", x) for x in (1.0, 2, 3, 4, 5)]]
    rows += [("c", g, 1.0) for g in "xy" for _ in range(6)]
    found = group_effects(pl.DataFrame(rows, schema=["item", "group", "value"], orient="row"), ["item"], 5)
    a, b, c = found.rows(named=True)
    reference = stats.f_oneway(*groups)
    assert (a["f"], a["p"]) == pytest.approx((reference.statistic, reference.pvalue))
    n, k = 35, 3
    assert a["eta2"] == pytest.approx(a["f"] * (k - 1) / (a["f"] * (k - 1) + n - k))
    assert a["omega2"] == pytest.approx((k - 1) * (a["f"] - 1) / ((k - 1) * (a["f"] - 1) + n))
    assert (b["n_groups"], b["n"], b["eta2"], b["p"]) == (1, 5, None, None)
    assert (c["n_groups"], c["n"], c["eta2"]) == (2, 12, None)
