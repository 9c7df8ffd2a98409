"""F31, F25: Kaplan-Meier medians of many groups at once."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from melflow.core.statistics.survival import happened_by, median_days, with_median_days

_CASES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), st.booleans()), min_size=1, max_size=60)


def _median(days: list[int], observed: list[bool]) -> float | None:
    cases = pl.DataFrame({"group": [1] * len(days), "days": days, "seen": observed})
    value: float | None = median_days(cases, ["group"], "days", "seen")["median_days"].item()
    return value


def _statsmodels(days: list[int], observed: list[bool]) -> float | None:
    """The median of statsmodels, a survival of exactly one half (which rounding may put on either side) not below."""
    survival = SurvfuncRight(np.array(days, dtype=float), np.array(observed, dtype=int))
    below = np.flatnonzero(survival.surv_prob < 0.5 - 1e-9)
    return float(survival.surv_times[below[0]]) if below.size else None


@given(_CASES)
def test_median_days__agrees_with_statsmodels(cases: list[tuple[int, int, bool]]) -> None:
    """Should be the median of SurvfuncRight in every group, whatever the other groups are."""
    frame = pl.DataFrame(cases, schema=["group", "days", "seen"], orient="row")
    found = median_days(frame, ["group"], "days", "seen")
    for group, n_cases, n_open, median in found.iter_rows():
        own = [(days, seen) for name, days, seen in cases if name == group]
        assert (n_cases, n_open) == (len(own), sum(not seen for _, seen in own))
        assert median == _statsmodels([days for days, _ in own], [seen for _, seen in own])
    assert found.height == len({name for name, _, _ in cases})


@pytest.mark.parametrize(
    ("days", "observed", "median"),
    [
        ([1, 2, 3], [True, True, True], 2),
        ([1, 2, 3, 4], [True, True, True, True], 3),  # one half is still waiting after 2
        ([1, 5, 5, 5], [True, False, False, False], None),  # most still wait
        ([6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
         [True] * 9 + [False] * 12, 23),  # the leukaemia patients of Freireich et al. 1963
        ([3], [False], None),
    ],
)  # fmt: skip
def test_median_days__known(days: list[int], observed: list[bool], median: float | None) -> None:
    """Should give the published median, and none while half or more are waiting."""
    assert _median(days, observed) == median


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=40), st.integers(1, 9))
def test_median_days__scale_and_order(cases: list[tuple[int, bool]], factor: int) -> None:
    """Should follow the unit of time and not the order of the cases."""
    days, seen = [days for days, _ in cases], [seen for _, seen in cases]
    median = _median(days, seen)
    assert _median(days[::-1], seen[::-1]) == median
    assert _median([factor * one for one in days], seen) == (None if median is None else factor * median)


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=40))
def test_median_days__answers_only_shorten(cases: list[tuple[int, bool]]) -> None:
    """Should never wait longer when an open case turns out to have been answered on that day."""
    days = [days for days, _ in cases]
    some, every = _median(days, [seen for _, seen in cases]), _median(days, [True] * len(cases))
    assert every is not None and (some is None or every <= some)


def test_with_median_days__all_channels_together() -> None:
    """Should give the channel all every channel's events, and a cell without events nothing."""
    cells = pl.DataFrame({"dyad_id": ["d"] * 3 + ["e"], "period_id": ["p"] * 4,
                          "channel": ["all", "online", "in_person", "all"]})  # fmt: skip
    events = pl.DataFrame({"dyad_id": ["d"] * 4, "period_id": ["p"] * 4, "channel": ["online"] * 3 + ["in_person"],
                           "n_days": [1, 2, 9, 30], "is_answered": [True, True, True, False]})  # fmt: skip
    found = with_median_days(cells, events)
    assert found.select("median_days_to_answer", "n_events_open").rows() == [(9, 1), (2, 0), (None, 1), (None, None)]


@settings(max_examples=20)
@given(days=st.lists(st.integers(0, 400), min_size=1, max_size=30), seed=st.integers(0, 99))
def test_happened_by__as_statsmodels(days: list[int], seed: int) -> None:
    """Should be one less statsmodels' survival on the day, and nothing beyond the last day anybody was watched."""
    happened = np.random.default_rng(seed).random(len(days)) < 0.6
    cases = pl.DataFrame({"group": "g", "n_days": days, "is_over": happened})
    row = happened_by(cases, ["group"], "n_days", "is_over", {"soon": 91, "late": 365}).row(0, named=True)
    for name, limit in (("soon", 91), ("late", 365)):
        curve = SurvfuncRight(np.array(days, float), happened.astype(int))
        before = curve.surv_prob[curve.surv_times <= limit]
        expected = 1 - (before[-1] if len(before) else 1.0)
        watched = max(days) >= limit or (len(curve.surv_prob) and curve.surv_prob[-1] < 1e-12)
        assert row[name] == (pytest.approx(expected, abs=1e-12) if watched else None)
