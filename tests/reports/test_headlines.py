"""The sentence at the head of a section claims what the intervals carry, in every language."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import FIRST, LAST, context

from melflow.reports.headlines import CLAIMS, claimed, headline
from melflow.reports.phrases import languages, phrases
from melflow.reports.sections import SECTIONS

Rows = list[dict[str, Any]]
Case = tuple[dict[str, Rows], set[str]]
NOW = {"period_id": LAST.period_id}
#: Sections that sum others up or explain.
WITHOUT = {"headlines", "method"}


def between(low: float, high: float) -> st.SearchStrategy[tuple[float, float]]:
    """Return intervals of eighths, so that bounds often meet the neutral value exactly."""
    eighths = st.integers(0, 8).map(lambda n: low + (high - low) * n / 8)
    return st.tuples(eighths, eighths).map(lambda pair: (min(pair), max(pair)))


shares, gaps = between(0, 1), between(-40, 40)


def side(interval: tuple[float, float], neutral: float) -> set[str]:
    """Return what an interval allows to be claimed."""
    return {"higher"} if interval[0] > neutral else {"lower"} if interval[1] < neutral else set()


def capability(found: list[Any]) -> Case:
    scores, rows, claims = [], [], set()
    for number, one in enumerate(found):
        grain = {"partner_id": "ana", "capability": f"c{number}", "level": "l", "rater": "self"} | NOW
        scores.append(grain | {"score": 60.0, "n_respondents": 20})
        change = {"period_from": FIRST.period_id, "comparable": True, "linkage": "paired", "n_pairs": 20}
        rows.append(grain | change | {"diff": sum(one) / 2, "diff_ci_low": one[0], "diff_ci_high": one[1]})
        claims |= side(one, 0)
    return {"pub_capability_score": scores, "pub_capability_change": rows}, claims


def health(found: list[Any]) -> Case:
    both = {"score_a_of_b": 60.0, "score_b_of_a": 50.0, "n_a_of_b": 20, "n_b_of_a": 20} | NOW
    rows = [both | {"dyad_id": "ana--bo", "dimension": "composite"}]
    for number, (interval, flag) in enumerate(found):
        gap = {"gap": sum(interval) / 2, "gap_ci_low": interval[0], "gap_ci_high": interval[1], "imbalance_flag": flag}
        rows.append(both | gap | {"dyad_id": "ana--bo", "dimension": f"d{number}"})
    return {"pub_health_dyad": rows}, {"apart"} if any(flag and side(one, 0) for one, flag in found) else set()


def flow(found: list[Any]) -> Case:
    rows = [
        {"dyad_id": f"ana--bo{number or ''}", "measure": "events", "channel": "all", "flow_ab": 5, "flow_ba": 5,
         "flow_total": 10, "share_a": sum(one) / 2, "share_ci_low": one[0], "share_ci_high": one[1]} | NOW
        for number, one in enumerate(found)
    ]  # fmt: skip
    return {"pub_mutuality_dyad": rows}, {"apart"} if any(side(one, 0.5) for one in found) else set()


def learning(one: Any) -> Case:
    row = {"scope": "alliance", "scope_id": "alliance", "level": "all", "capability": "all", "claims": 30, "n_used": 20,
           "n_adapted": 9, "adapted_ci_low": one[0], "adapted_ci_high": one[1], "n_partners": 4, "n_unevidenced": 0,
           "n_anticipation_known": 0} | {f"n_rung{rung}": 2 for rung in range(8)} | NOW  # fmt: skip
    return {"pub_learning_use": [row]}, side(one, 0.5)


def cycles(one: Any) -> Case:
    row = {"scope": "alliance", "n_cycles": 9, "n_open": 1, "n_due": 8, "n_on_time": 4, "on_time_ci_low": one[0],
           "on_time_ci_high": one[1]} | NOW  # fmt: skip
    return {"pub_cycle_summary": [row]}, side(one, 0.5)


def dual(found: list[Any]) -> Case:
    place = {"dyad_id": "ana--bo", "quadrant": "neither", "health_composite": 50.0, "result_index": 50.0} | NOW
    rows = [
        {"association": "health_result", "dimension": "composite", "lag": lag, "n_dyads": 9, "rho": sum(one) / 80,
         "ci_low": one[0] / 40, "ci_high": one[1] / 40, "rm_r": sum(same) / 80, "rm_ci_low": same[0] / 40,
         "rm_ci_high": same[1] / 40}
        for lag, (one, same) in enumerate(found)
    ]  # fmt: skip
    within = {"higher": "rises", "lower": "falls"}
    claims = {way for one, _ in found for way in side(one, 0)}
    claims |= {within[way] for _, same in found for way in side(same, 0)}
    return {"pub_dual_tracking": [place], "pub_dual_correlation": rows}, claims


def power(found: list[Any]) -> Case:
    rows = [
        {"scope": "dyad", "scope_id": f"ana--bo{number or ''}", "resource": "decisions", "total": 9.0,
         "perceived_influence_gap": sum(one) / 2, "gap_ci_low": one[0], "gap_ci_high": one[1]} | NOW
        for number, one in enumerate(found)
    ]  # fmt: skip
    return {"pub_power_balance": rows}, {"apart"} if any(side(one, 0) for one in found) else set()


def expectations(found: list[Any]) -> Case:
    rows = [
        {"expectation": f"e{number}", "role_a": "a", "role_b": "b", "gap": sum(one) / 2, "gap_ci_low": one[0],
         "gap_ci_high": one[1]} | NOW
        for number, one in enumerate(found)
    ]  # fmt: skip
    return {"pub_expectation_gap": rows}, {"apart"} if any(side(one, 0) for one in found) else set()


def needs(ranks: list[tuple[int, int]]) -> Case:
    rows = [
        {"scope": "alliance", "topic": f"t{number}", "rank": number + 1, "rank_low": low, "rank_high": high,
         "gap": 30.0 - number, "gap_ci_low": 1.0, "gap_ci_high": 60.0, "importance": 80.0, "current": 50.0,
         "n_partners": 4, "n_respondents": 40} | NOW
        for number, (low, high) in enumerate(ranks)
    ]  # fmt: skip
    is_sure = ranks[0][1] == 1 and all(low > 1 for low, _ in ranks[1:])
    return {"pub_needs_baseline": rows}, {"higher"} if is_sure else set()


def some(what: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(what, min_size=1, max_size=4)


rank = st.tuples(st.integers(1, 3), st.integers(0, 2)).map(lambda pair: (pair[0], sum(pair)))
CASES = {
    "capability": some(gaps).map(capability),
    "health": some(st.tuples(gaps, st.booleans())).map(health),
    "flow": some(shares).map(flow),
    "learning": shares.map(learning),
    "cycles": shares.map(cycles),
    "dual": some(st.tuples(gaps, gaps)).map(dual),
    "power": some(gaps).map(power),
    "expectations": some(gaps).map(expectations),
    "needs": some(rank).map(needs),
}
#: Sections whose headline counts and claims no direction.
COUNTED: dict[str, dict[str, Rows]] = {
    "results": {"pub_indicator_progress": [
        {"scope": "partner", "disaggregation": "total", "result_index": 120.0, "status": "met"} | NOW]},
    "network": {"pub_network_period": [
        {"measure": "events", "channel": "all", "n_partners": 4, "edges": 7, "weighted_reciprocity": 0.4} | NOW]},
    "map": {"pub_toc": [{"version": "2", "n_edges": 4, "edges_supported": 1, "edges_contradicted": 1} | NOW]},
    "members": {"pub_membership": [{"type": "all", "n_partners": 8, "n_types": 3} | NOW]},
    "quality": {"pub_data_quality": [{"partner_id": "ana", "source": "s", "rows_received": 9, "rows_held": 1} | NOW]},
    "held": {"pub_data_quality": [{"partner_id": "ana", "source": "s", "rows_received": 9, "rows_held": 1} | NOW]},
    "coverage": {"pub_data_quality": [{"partner_id": "ana", "source": "s", "submissions": 4, "expected": 9} | NOW]},
}  # fmt: skip


@pytest.mark.parametrize("section", CASES)
@given(drawn=st.data())
@settings(max_examples=30, deadline=None)
def test_headline__claims_what_the_intervals_carry(section: str, drawn: st.DataObject) -> None:
    """Should claim a direction when, and only when, an interval leaves out the neutral value, in every language."""
    tables, claims = drawn.draw(CASES[section])
    said = {language: headline(context(tables, language), section) for language in languages()}
    for sentence in said.values():
        assert sentence is not None and claimed(sentence) == claims
    assert len({sentence.key for sentence in said.values() if sentence}) == 1 and len(set(said.values())) == 3


@pytest.mark.parametrize("section", COUNTED)
def test_headline__counts(section: str) -> None:
    """Should say something of the numbers, and claim no direction."""
    for language in languages():
        sentence = headline(context(COUNTED[section], language), section)
        assert sentence is not None and not claimed(sentence) and not sentence.key.endswith(".none")


@pytest.mark.parametrize("section", sorted(set(SECTIONS) - WITHOUT))
def test_headline__every_section(section: str) -> None:
    """Should have a headline for every section with numbers, and say of an empty one that nothing can be shown."""
    assert section in {*CASES, *COUNTED, "changes"}
    sentence = headline(context({}), section)
    assert (sentence is None) == (section == "changes") and (sentence is None or not claimed(sentence))


def test_claims__are_phrases() -> None:
    """Should name phrases that are said, so that none loses its claim by a new name."""
    assert set(CLAIMS) <= set(phrases("en"))
