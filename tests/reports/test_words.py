"""Findings claim a direction only where the intervals carry it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import FIRST, LAST, data

from melflow.core.errors import TerminalError
from melflow.reports import words
from melflow.reports.intervals import Interval
from melflow.reports.phrases import counted, languages, phrases, say
from melflow.reports.read import read

points = st.floats(0, 100)
shares = st.floats(0, 1)


def around(value: float, half: float, low: float, high: float) -> tuple[float, float, float]:
    return value, max(value - half, low), min(value + half, high)


@given(points, points, points, points)
def test_interval__against(a: float, b: float, c: float, d: float) -> None:
    """Should claim a movement exactly when two intervals do not overlap."""
    early, late = Interval(min(a, b), max(a, b)), Interval(min(c, d), max(c, d))
    overlap = early.low <= late.high and late.low <= early.high
    assert (late.against(early) == "unclear") == overlap
    assert late.against(Interval(None, early.high)) == Interval(None, None).against(late) == "unclear"


@given(st.floats(-60, 60), st.floats(0, 40), st.booleans())
@settings(max_examples=60, deadline=None)
def test_find__capability_change(diff: float, half: float, is_paired: bool) -> None:
    """Should say that a score rose or fell only when the interval of its change leaves out zero, and of whom."""
    grain = {"partner_id": "ana", "capability": "trust", "level": "trust", "rater": "self"}
    score = grain | {"period_id": LAST.period_id, "score": 60.0, "n_respondents": 20}
    row = grain | {
        "period_from": FIRST.period_id, "period_id": LAST.period_id, "comparable": True, "diff": diff,
        "diff_ci_low": diff - half, "diff_ci_high": diff + half, "linkage": "paired" if is_paired else "unlinked",
        "n_from": 31, "n_to": 28, "n_pairs": 20 if is_paired else None,
    }  # fmt: skip
    tables = {"pub_capability_score": [score], "pub_capability_change": [row, row | {"comparable": False}]}
    said = " ".join(words.find(data(tables), "en", 10).capability)
    if diff - half > 0 or diff + half < 0:
        assert ("clear rise" in said) == (diff > 0) and ("clear fall" in said) == (diff < 0)
        assert ("20 persons in both waves" in said) == is_paired and ("two groups, 31 and 28" in said) != is_paired
    else:
        assert "no change can be claimed" in said and not any(word in said for word in ("clear rise", "clear fall"))


@pytest.mark.parametrize(("n", "up", "caution"), [
    (120, 80, "about 6 of 120 comparisons"), (20, 1, "about 1 of 20"), (19, 1, "fewer than one of 19"), (1, 1, None),
    (120, 0, None)])  # fmt: skip
def test_find__clear_by_chance(n: int, up: int, caution: str | None) -> None:
    """Should say beside clear changes, in the summary as well, how many comparisons would look clear by chance."""
    grain = {"partner_id": "ana", "level": "trust", "rater": "self", "period_id": LAST.period_id}
    change = {"period_from": FIRST.period_id, "comparable": True, "linkage": "paired", "n_pairs": 20, "diff": 5.0}
    rows = [
        grain | change | {"capability": f"c{number}", "diff_ci_low": 1.0 if number < up else -1.0, "diff_ci_high": 9.0}
        for number in range(n)
    ]
    for language in languages():
        said = words.find(data({"pub_capability_change": rows}), language, 10).headlines["capability"]
        beside = [sentence for sentence in said if getattr(sentence, "key", "").startswith("change.chance")]
        assert beside == list(said[1:2] if caution else ())
        assert language != "en" or caution is None or caution in beside[0]


@given(st.floats(-60, 60), st.floats(0.1, 40))
@settings(max_examples=60, deadline=None)
def test_find__gap(gap: float, half: float) -> None:
    """Should say that two sides are apart only when the gap is wide and its interval leaves out zero."""
    row = {
        "dyad_id": "ana--bo", "dimension": "trust", "period_id": LAST.period_id, "score_a_of_b": 50 + gap / 2,
        "score_b_of_a": 50 - gap / 2, "gap": gap, "gap_ci_low": gap - half, "gap_ci_high": gap + half,
        "n_a_of_b": 12, "n_b_of_a": 15, "imbalance_flag": abs(gap) > 10,
    }  # fmt: skip
    composite = row | {"dimension": "composite", "gap_ci_low": None, "gap_ci_high": None, "imbalance_flag": None}
    said = " ".join(words.find(data({"pub_health_dyad": [row, composite]}), "en", 10).health)
    clear = (gap - half > 0 or gap + half < 0) and abs(gap) > 10
    named = "the two sides are clearly apart (gaps flagged" in said and "zero: 1; compared: 1)" in said
    assert named == ("The widest of them, Trust" in said) == clear
    assert ("are not clearly apart" in said) == (not clear)
    if clear:
        order = ("Ana rates", "n = 12 and 15") if gap > 0 else ("Bo rates", "n = 15 and 12")
        assert all(part in said for part in order)


@given(shares, shares, st.floats(0.01, 0.4), st.floats(0.01, 0.4))
@settings(max_examples=60, deadline=None)
def test_find__flow(before: float, after: float, half_before: float, half_after: float) -> None:
    """Should never say that a flow turned or left balance when the first and last interval overlap."""
    rows = []
    for period, share, half in ((FIRST, before, half_before), (LAST, after, half_after)):
        value, low, high = around(share, half, 0, 1)
        rows.append(
            {
                "dyad_id": "ana--bo", "period_id": period.period_id, "measure": "events", "channel": "all",
                "flow_ab": 40 * value, "flow_ba": 40 - 40 * value, "flow_total": 40.0, "share_a": value,
                "share_ci_low": low, "share_ci_high": high,
            }
        )  # fmt: skip
    found = words.find(data({"pub_mutuality_dyad": rows}), "en", 10).flow
    first, last = (Interval(row["share_ci_low"], row["share_ci_high"]) for row in rows)
    assert ("leans clearly one way" in found[0]) == (last.leans(0.5) != "unclear")
    if last.against(first) == "unclear":
        assert len(found) == 1
    elif len(found) == 2:
        assert first.leans(0.5) != last.leans(0.5)


@pytest.mark.parametrize("turned", [None, True, False])
def test_find__turning_point(turned: bool | None) -> None:
    """Should name the turning point of the mart, and none that the mart does not know or that did not last."""
    share = {FIRST.period_id: (0.7, 0.8, 0.9), LAST.period_id: (0.4, 0.5, 0.6)}
    rows = [
        {"dyad_id": "ana--bo", "period_id": period, "measure": "events", "channel": "all", "flow_total": 40.0,
         "share_a": at, "share_ci_low": low, "share_ci_high": high}
        for period, (low, at, high) in share.items()
    ]  # fmt: skip
    row = {"dyad_id": "ana--bo", "period_id": LAST.period_id, "measure": "events", "stayed_mutual": turned}
    point = [] if turned is None else [row | {"turning_period_id": LAST.period_id}]
    given = data({"pub_mutuality_dyad": rows, "pub_mutuality_turning": point})
    said = " ".join(words.find(given, "en", 10).flow)
    assert ("since the second half neither side clearly gives more" in said) == (turned is True)
    assert "Ana gave 80" in said


def test_find__says_what_is_missing(release: Path) -> None:
    """Should count what is held and what is suppressed, and name the smallest group."""
    found = words.find(read(release, "2026-H1", "funder", {}), "en", 10)
    with_n = [sentence for sentence in found.quality if "rows received" in sentence]
    assert with_n and " of " in with_n[0] and "%" in with_n[0]
    assert "fewer than 10 persons answered" in found.quality[-1]


def test_find__nothing_published() -> None:
    """Should say that nothing can be said, without failing, when a release is empty."""
    found = words.find(data({}), "en", 10)
    assert "No capability score" in found.capability[0] and "No partnership" in found.health[0]
    assert "No exchange" in found.flow[0] and "No rows" in found.quality[0]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("up", "even"), [(1, 0), (0, 2), (1, 1)])
def test_find__numbers_agree(language: str, up: int, even: int) -> None:
    """Should set each count after what it counts, so that no number disagrees, and leave out what is not there."""
    share = [(0.7, 0.9)] * up + [(0.4, 0.6)] * even + [(0.1, 0.3)]
    flow = [
        {"dyad_id": f"ana--bo{number or ''}", "period_id": LAST.period_id, "measure": "events", "channel": "all",
         "flow_total": 40.0, "share_ci_low": low, "share_ci_high": high}
        for number, (low, high) in enumerate(share)
    ]  # fmt: skip
    said = words.find(data({"pub_mutuality_dyad": flow}), language, 10).flow[0]
    parts = counted(language, "flow.part", {"one_way": up + 1, "even": even})
    assert f"({parts})" in said and parts.count(":") == 1 + bool(even)
    for name in ("flow.part.one_way", "flow.part.even", "change.part.higher", "change.part.lower", "change.part.rest"):
        assert phrases(language)[name].endswith(": {n}")


def test_phrases__unknown_language() -> None:
    """Should refuse a language without words and name those there are."""
    with pytest.raises(TerminalError, match="one of: en"):
        phrases("xx")


def test_say__inserts_facts_literally() -> None:
    """Should not interpret braces in a fact."""
    assert "{n} {0.__class__}" in say("en", "gate.check", check="{n} {0.__class__}")
