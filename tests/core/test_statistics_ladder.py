"""F30-F33: names carry no weight; permuting the partners' names changes nothing but names."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from melflow.core.statistics.ladder import KEYS, SHARES, TOP, with_use
from melflow.core.statistics.response import with_net_response

PARTNERS = ("ana", "bo", "cy", "dee")
claim = st.tuples(st.sampled_from(PARTNERS), st.integers(0, TOP), st.integers(0, 400))
responses = st.tuples(*(st.integers(0, 9) for _ in range(3))).filter(any)


def _cells(claims: list[tuple[str, int, int]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = pl.DataFrame(claims, schema=["scope_id", "rung", "n_days"], orient="row").with_columns(
        pl.lit("partner").alias("scope"), pl.lit("p").alias("period_id"), is_applied=pl.col("rung") >= 6,
        level=pl.lit("all"), capability=pl.lit("all"),
    )  # fmt: skip
    rungs = ((pl.col("rung") >= rung).sum().alias(f"n_from_rung{rung}") for rung in range(TOP + 1))
    counts = (pl.col("is_applied").sum().alias(part) for part, _ in SHARES.values())
    return frame.group_by(KEYS).agg(*rungs, *counts, *(pl.len().alias(whole) for _, whole in SHARES.values())), frame


@settings(max_examples=15, deadline=None)
@given(st.lists(claim, min_size=1, max_size=25), st.permutations(PARTNERS))
def test_with_use__names_carry_no_weight(claims: list[tuple[str, int, int]], order: list[str]) -> None:
    """Should give each partner the same numbers under another name, whatever the order of the rows."""
    renamed = dict(zip(PARTNERS, order, strict=True))
    found = with_use(*_cells(claims), 0.95).with_columns(pl.col("scope_id").replace_strict(renamed))
    again = with_use(*_cells([(renamed[name], *rest) for name, *rest in reversed(claims)]), 0.95)
    assert_frame_equal(found.sort("scope_id"), again.sort("scope_id"), check_exact=True)


@settings(max_examples=15, deadline=None)
@given(st.tuples(*(responses for _ in PARTNERS)), st.permutations(PARTNERS))
def test_with_net_response__names_carry_no_weight(counts: tuple[tuple[int, int, int], ...], order: list[str]) -> None:
    """Should do the same for responses."""
    rows = [
        {"partner_id": name, "n_reinforcing": up, "n_obstructive": down, "n_responses": up + flat + down,
         "net_strength": up - down, "total_strength": up + down}
        for name, (up, flat, down) in zip(PARTNERS, counts, strict=True)
    ]  # fmt: skip
    renamed = dict(zip(PARTNERS, order, strict=True))
    again = with_net_response(
        pl.DataFrame([row | {"partner_id": renamed[row["partner_id"]]} for row in rows[::-1]]), 0.95
    )
    found = with_net_response(pl.DataFrame(rows), 0.95).with_columns(pl.col("partner_id").replace_strict(renamed))
    assert_frame_equal(found.sort("partner_id"), again.sort("partner_id"), check_exact=True)
