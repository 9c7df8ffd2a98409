"""Associations between and within dyads against scipy and pingouin, and what may not change them."""

from __future__ import annotations

import math

import numpy as np
import pingouin
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from melflow.core.statistics.association import with_association


def _pairs(seed: int, dyads: int = 10, waves: int = 4) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.normal(60, 10, dyads), waves)
    x = level + rng.normal(0, 5, dyads * waves)
    return pl.DataFrame(
        {
            "lag": 0,
            "dyad": np.repeat([f"d{n:02}" for n in range(dyads)], waves),
            "x": x,
            "y": 100 - level + 0.6 * (x - level) + rng.normal(0, 3, dyads * waves),
        }
    )


def _found(pairs: pl.DataFrame) -> dict[str, float]:
    (row,) = with_association(pairs, ["lag"], "dyad", "x", "y").rows(named=True)
    return row


@pytest.mark.parametrize("seed", range(3))
def test_association__is_scipys_and_pingouins(seed: int) -> None:
    """Should be spearmanr of the dyads' means and pingouin.rm_corr of all waves, which may point the other way."""
    pairs, row = _pairs(seed), _found(_pairs(seed))
    means = pairs.group_by("dyad").mean()
    assert row["rho"] == pytest.approx(spearmanr(means["x"], means["y"]).statistic, abs=1e-12)
    half = 1.959963984540054 * math.sqrt((1 + row["rho"] ** 2 / 2) / (10 - 3))
    assert row["ci_low"] == pytest.approx(math.tanh(math.atanh(row["rho"]) - half), abs=1e-12)
    expected = pingouin.rm_corr(pairs.to_pandas(), x="x", y="y", subject="dyad").iloc[0]
    assert (row["rm_r"], row["rm_dof"]) == (pytest.approx(expected["r"], abs=1e-9), expected["dof"])
    assert [row["rm_ci_low"], row["rm_ci_high"]] == pytest.approx(list(expected["CI95"]), abs=0.005)
    assert row["rho"] < 0 < row["rm_r"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 50), st.randoms(use_true_random=False))
def test_association__names_and_order_mean_nothing(seed: int, random: object) -> None:
    """Should not change when dyads swap their names, or rows their places."""
    pairs = _pairs(seed)
    names = pairs["dyad"].unique().to_list()
    other = dict(zip(names, random.sample(names, len(names)), strict=True))  # type: ignore[attr-defined]
    swapped = pairs.with_columns(pl.col("dyad").replace(other)).sample(fraction=1, shuffle=True, seed=seed)
    assert _found(swapped) == pytest.approx(_found(pairs), abs=1e-9)


def test_association__too_few_dyads() -> None:
    """Should say how many dyads there are and give no number below eight."""
    row = _found(_pairs(1, dyads=7))
    assert (row["n_dyads"], row["n_pairs"]) == (7, 28)
    assert (row["rho"], row["ci_low"], row["rm_r"], row["rm_ci_low"]) == (None, None, None, None)


def test_association__what_does_not_vary() -> None:
    """Should give no number where one side never changes, and none within dyads seen only once."""
    still = _found(_pairs(2).with_columns(y=pl.lit(70.1)))
    assert (still["rho"], still["rm_r"]) == (None, None)
    once = _found(_pairs(2, waves=1))
    assert once["rho"] is not None
    assert (once["rm_r"], once["rm_dof"]) == (None, -1)
    holes = _found(_pairs(2).with_columns(x=pl.when(pl.col("dyad") != "d03").then("x")))
    assert (holes["n_dyads"], holes["n_pairs"]) == (9, 36)
