"""F9-F14 against scipy, pingouin and published values, and by property."""

from __future__ import annotations

import numpy as np
import pingouin
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from melflow.core.statistics.change import net_promoter, net_share, paired_effect, paired_interval, with_change

waves = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=40).map(
    lambda pairs: np.array(pairs, dtype=float).T * 12.5
)


def _cell(before: np.ndarray, after: np.ndarray, linkage: str = "paired", delta: float = 10) -> pl.DataFrame:
    moved = after - before if linkage == "paired" else np.array([np.nan, np.nan])
    row = {
        "linkage": linkage, "is_estimable": True, "n_from": len(before), "n_to": len(after),
        "score_from": before.mean(), "score_to": after.mean(),
        "sd_from": before.std(ddof=1), "sd_to": after.std(ddof=1), "n_pairs": len(before),
        "sd_diff": moved.std(ddof=1), "n_up": int((moved >= delta).sum()), "n_down": int((moved <= -delta).sum()),
        "n_positive_from": int((before >= 50).sum()), "n_positive_to": int((after >= 50).sum()),
    }  # fmt: skip
    return pl.DataFrame([row])


@given(waves)
def test_paired__is_scipys(pair: np.ndarray) -> None:
    """Should be the interval of scipy's paired t test, and turn its sign when time is turned round."""
    before, after = pair
    assume((after - before).std() > 1e-9)
    found = with_change(_cell(before, after), 0.95).row(0, named=True)
    expected = stats.ttest_rel(after, before).confidence_interval(0.95)
    assert (found["diff_ci_low"], found["diff_ci_high"]) == pytest.approx((expected.low, expected.high), abs=1e-8)
    back = with_change(_cell(after, before), 0.95).row(0, named=True)
    for name in ("diff", "d_z", "g_z", "d_av", "net_change"):
        if found[name] is not None:
            assert back[name] == pytest.approx(-found[name])
    assert back["diff_ci_low"] == pytest.approx(-found["diff_ci_high"]) and back["sign_p"] == found["sign_p"]


@given(waves)
def test_effects__are_their_definitions(pair: np.ndarray) -> None:
    """Should agree with scipy's t of the pairs (t = d_z · √n), with pingouin's d, and ignore the scale."""
    before, after = pair
    moved = after - before
    assume(moved.std() > 1e-9 and before.std() + after.std() > 1e-9)
    n = len(moved)
    spreads = (moved.std(ddof=1), before.std(ddof=1), after.std(ddof=1))
    found = paired_effect([moved.mean()], *([spread] for spread in spreads), [n])
    assert found.d_z[0] * np.sqrt(n) == pytest.approx(stats.ttest_rel(after, before).statistic)
    assert found.g_z[0] == pytest.approx(found.d_z[0] * (1 - 3 / (4 * (n - 1) - 1)))
    assert abs(found.g_z[0]) <= abs(found.d_z[0])
    half = paired_effect([moved.mean() / 2], *([spread / 2] for spread in spreads), [n])
    assert (half.d_z[0], half.d_av[0]) == pytest.approx((found.d_z[0], found.d_av[0]))
    if before.std() == after.std() > 0:  # then all ways to average the two spreads are one
        assert found.d_av[0] == pytest.approx(pingouin.compute_effsize(after, before, paired=True))


@given(waves, st.integers(1, 30))
def test_unlinked__is_welch(pair: np.ndarray, more: int) -> None:
    """Should be scipy's Welch interval, without anything that needs the same people."""
    before, after = pair[0], np.append(pair[1], [100.0 / more])
    assume(before.std() + after.std() > 1e-9)
    found = with_change(_cell(before, after, "unlinked"), 0.95).row(0, named=True)
    expected = stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
    assert (found["diff_ci_low"], found["diff_ci_high"]) == pytest.approx((expected.low, expected.high), abs=1e-8)
    assert [found[name] for name in ("d_z", "g_z", "d_av", "net_change", "net_ci_low", "sign_p")] == [None] * 6


@given(waves, st.integers(1, 30))
def test_unlinked__shares_are_statsmodels(pair: np.ndarray, more: int) -> None:
    """Should compare the shares of two groups by Newcombe's interval, and those of the same people not at all."""
    before, after = pair[0], np.append(pair[1], [100.0 / more])
    found = with_change(_cell(before, after, "unlinked"), 0.95).row(0, named=True)
    counts = (int((after >= 50).sum()), len(after), int((before >= 50).sum()), len(before))
    expected = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    assert (found["pct_diff_ci_low"], found["pct_diff_ci_high"]) == pytest.approx(expected, abs=1e-9)
    assert found["pct_diff"] == pytest.approx((after >= 50).mean() - (before >= 50).mean())
    followed = with_change(_cell(*pair), 0.95).row(0, named=True)
    assert [followed[name] for name in ("pct_diff", "pct_diff_ci_low", "pct_diff_ci_high")] == [None] * 3


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_net_share__properties(up: int, down: int, same: int) -> None:
    """Should stay within -1 and 1, hold its own value, turn with the direction and grow with every move up."""
    n = up + down + same
    assume(n > 0)
    net, low, high = (value[0] for value in net_share([up], [down], [n]))
    assert -1 <= low <= net <= high <= 1
    turned = [value[0] for value in net_share([down], [up], [n])]
    assert turned == pytest.approx([-net, -high, -low])
    assert same == 0 or net_share([up + 1], [down], [n])[0][0] > net
    # The variance is that of moves coded 1, 0, -1.
    moves = np.repeat([1.0, 0.0, -1.0], [up, same, down])
    assert high == pytest.approx(min(1, net + stats.norm.ppf(0.975) * moves.std() / np.sqrt(n)))


def test_net_promoter__published() -> None:
    """Should give the published 13 for the counts 37, 25 and 28 of 90.

    The page does not say which count is which; of 37 promoters only 25 detractors (and 28 passives) give 13.
    """
    score, low, high = net_promoter([37], [25], [90])
    assert score[0] == pytest.approx(100 * 12 / 90) and round(float(score[0])) == 13
    answers = np.repeat([100.0, 0.0, -100.0], [37, 28, 25])
    half = stats.norm.ppf(0.975) * answers.std() / np.sqrt(90)
    assert (low[0], high[0]) == pytest.approx((score[0] - half, score[0] + half))


def test_with_change__sign_test() -> None:
    """Should be scipy's exact test of the moves; null when nobody moved."""
    before, after = np.array([50.0] * 9), np.array([75.0] * 7 + [25.0] + [50.0])
    found = with_change(_cell(before, after), 0.95).row(0, named=True)
    assert found["net_change"] == pytest.approx(6 / 9)
    assert found["sign_p"] == pytest.approx(stats.binomtest(7, 8).pvalue)
    still = with_change(_cell(before, before), 0.95).row(0, named=True)
    assert (still["net_change"], still["sign_p"], still["d_z"]) == (0, None, None)
    assert (still["diff"], still["diff_ci_low"], still["diff_ci_high"]) == (0, 0, 0)


def test_with_change__not_comparable() -> None:
    """Should estimate nothing where the waves did not ask the same."""
    cell = _cell(np.array([50.0, 60.0, 70.0]), np.array([60.0, 60.0, 90.0])).with_columns(is_estimable=pl.lit(False))
    found = with_change(cell, 0.95).row(0, named=True)
    assert [found[name] for name in ("diff", "diff_ci_low", "d_z", "d_av", "net_change", "sign_p")] == [None] * 6


def test_paired_interval__one_pair() -> None:
    """Should give no interval for one pair."""
    assert np.isnan(paired_interval([5], [np.nan], [1])).all()
