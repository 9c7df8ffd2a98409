"""Reports of both sides about the same exchange: found whatever comes first, and never two of one side."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.statistics.matching import SAME, match_reports

Pairs = set[tuple[str, str]]
SCHEMA = {
    **dict.fromkeys(("row_id", "exchange_id", "meeting_id", *SAME), pl.String),
    "is_givers": pl.Boolean,
    "occurred_on": pl.Date,
    "quantity": pl.Float64,
}
FIRST = date(2025, 3, 1)


def report(name: str, day: int = 0, quantity: float = 1.0, *, givers: bool = True, **said: Any) -> dict[str, Any]:
    shared = {"from_partner_id": "a", "to_partner_id": "b", "kind": "advice", "unit": "events", "meeting_id": None}
    own = {"row_id": f"r{name}", "exchange_id": name, "is_givers": givers, "quantity": quantity}
    return shared | own | {"occurred_on": FIRST + timedelta(days=day)} | said


def pairs(reports: list[dict[str, Any]], days: int = 1, share: float = 0.5) -> Pairs:
    found = match_reports(pl.DataFrame(reports, schema=SCHEMA), days, share)
    return set(found.select("giver_row_id", "receiver_row_id").iter_rows())


def test_match__one_of_each_side() -> None:
    """Should pair the giver's and the receiver's report of a day, and leave a second report of a side alone."""
    assert pairs([report("g"), report("h"), report("r", givers=False)]) == {("rg", "rr")}
    assert pairs([report("g"), report("h")]) == set()


@pytest.mark.parametrize(
    "other",
    [
        {"from_partner_id": "b", "to_partner_id": "a"},
        {"kind": "visit"},
        {"unit": "hours"},
        {"occurred_on": FIRST + timedelta(days=2)},
        {"quantity": 2.1},
    ],
)
def test_match__what_is_another_exchange(other: dict[str, Any]) -> None:
    """Should not pair reports that differ in direction, kind, unit, more days or much more quantity than declared."""
    assert pairs([report("g"), report("r", givers=False) | other]) == set()


def test_match__closest_first() -> None:
    """Should prefer the same meeting, then the same day, then the likest quantity."""
    near, far = report("near", 0, givers=False), report("far", 1, givers=False)
    assert pairs([report("g"), far, near]) == {("rg", "rnear")}
    assert pairs([report("g", meeting_id="m"), near, far | {"meeting_id": "m"}]) == {("rg", "rfar")}
    like, unlike = report("like", 0, 4.0, givers=False), report("unlike", 0, 3.0, givers=False)
    assert pairs([report("g", 0, 4.0), unlike, like]) == {("rg", "rlike")}


_REPORTS = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(0, 6),
        st.sampled_from([1.0, 1.5, 2.0, 4.0]),
        st.sampled_from(["advice", "visit"]),
        st.booleans(),
        st.sampled_from([None, "m"]),
    ),
    max_size=14,
)


def _made(drawn: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    ends = ({"from_partner_id": "a", "to_partner_id": "b"}, {"from_partner_id": "b", "to_partner_id": "a"})
    return [
        report(f"{n:02}", day, quantity, givers=givers, kind=kind, meeting_id=meeting) | ends[turned]
        for n, (givers, day, quantity, kind, turned, meeting) in enumerate(drawn)
    ]


@settings(max_examples=100, deadline=None)
@given(drawn=_REPORTS, order=st.randoms(use_true_random=False), days=st.integers(0, 3))
def test_match__properties(drawn: list[tuple[Any, ...]], order: Any, days: int) -> None:
    """Should not depend on the order, treat both sides alike, use a report once, and lose none."""
    reports = _made(drawn)
    found = pairs(reports, days)
    # one to one, and never two of one side
    sides = {one["row_id"]: one["is_givers"] for one in reports}
    used = [row for pair in found for row in pair]
    assert len(used) == len(set(used))
    assert all(sides[giver] and not sides[receiver] for giver, receiver in found)
    # whatever came first
    shuffled = list(reports)
    order.shuffle(shuffled)
    assert pairs(shuffled, days) == found
    # whoever gave: both sides change places, the same reports belong together
    turned = [one | {"is_givers": not one["is_givers"]} for one in reports]
    assert {(giver, receiver) for receiver, giver in pairs(turned, days)} == found
    # nothing more to find among what is left, and every report is in an exchange
    left = [one for one in reports if one["row_id"] not in used]
    assert pairs(left, days) == set()
    assert len(left) + len(found) == len(reports) - len(found)


@settings(max_examples=60, deadline=None)
@given(drawn=_REPORTS)
def test_match__nobody_would_rather(drawn: list[tuple[Any, ...]]) -> None:
    """Should leave no two reports apart that lie closer to each other than to those they were paired with."""
    reports = {one["row_id"]: one for one in _made(drawn)}
    partner = {row: pair for pair in pairs(list(reports.values())) for row in pair}

    def distance(giver: str, receiver: str) -> tuple[Any, ...]:
        one, other = reports[giver], reports[receiver]
        low, high = sorted((one["quantity"], other["quantity"]))
        is_other = one["meeting_id"] is None or one["meeting_id"] != other["meeting_id"]
        return is_other, abs((one["occurred_on"] - other["occurred_on"]).days), round(1 - low / high, 9)

    for giver, one in reports.items():
        for receiver, other in reports.items():
            if one["is_givers"] and not other["is_givers"] and pairs([one, other]):
                wanted = distance(giver, receiver)
                held = [distance(*partner[row]) for row in (giver, receiver) if row in partner]
                assert held and min(held) <= wanted
