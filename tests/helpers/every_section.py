"""Rows for every published table, so that each section of an edition has figures, tables and something withheld."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

Rows = list[dict[str, Any]]
NOW, BEFORE = {"period_id": "2026-H1"}, {"period_id": "2025-H2"}
ALLIANCE = {"scope": "alliance", "scope_id": "alliance"}
HIDDEN = {"is_suppressed": True}
#: Rules of the checks that were broken.
BROKEN = """
create or replace table check_summary as
select 'src_response' as table_name, rule_id, severity, false as success, 'kobo' as source, n_failed, n_checked
from (values ('required', 'error', 31, 4021), ('range', 'warn', 7, 977)) as t (rule_id, severity, n_failed, n_checked)
"""


def _day(month: int, day: int = 1) -> dt.date:
    return dt.date(2026, month, day)


def _results(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
    progress: Rows = []
    kinds = [("WC-01", "met", 118.4), ("RP-02", "behind", 61.2), ("LE-03", "off_track", 12.9), ("PT-06", None, None)]
    for number, (indicator, status, index) in enumerate(kinds):
        head = {"indicator_id": indicator, "indicator_name": f"Result {number}", "kind": "cumulative", "unit": "people",
                "direction": "rise", "baseline": 10.0 + number, "target_in_force": 480.0 + 3 * number,
                "target_latest": 480.0 + 3 * number, "actual": 300.25 + number, "result_index": index,
                "status": status, "disaggregation": "total"} | NOW  # fmt: skip
        reason = {} if status else {"reason": "no target", "target_in_force": None}
        progress.append(
            head | {"scope": "alliance", "partner_id": "alliance", "n_summed": 3 + number, "results_due": 9} | reason
        )
        own = {"scope": "partner", "partner_id": partners[number], "actual": 41.0 + number}
        progress.append(head | own | reason)
    progress[1] |= {"previous_target": 512.0, "target_latest": 731.0, "target_changed_on": _day(5, 17),
                    "change_reason": "funding"}  # fmt: skip
    whole = {"scope": "alliance", "partner_id": "alliance", "disaggregation": "total", "unit": "teams"}
    progress.append(whole | {"indicator_id": "TT-04", "indicator_name": "Withheld"} | NOW | HIDDEN)
    tracking = [
        {"indicator_id": "WC-01", "partner_id": partners[0], "accountable_ok": True, "joint": True, "on_time": True},
        {"indicator_id": "RP-02", "partner_id": partners[1], "accountable_ok": False, "joint": False, "reason":
         "several partners are accountable"},
    ]  # fmt: skip
    contribution = [{"indicator_id": "WC-01", "rating": "plausible", "evidence_class": 3, "n_ratings": 5}]
    return {
        "pub_indicator_progress": progress,
        "pub_tracking": [row | NOW for row in tracking],
        "pub_contribution": [row | NOW for row in contribution],
    }


def _dual(dice: random.Random, dyads: list[str]) -> dict[str, Rows]:
    quadrants = ["healthy_delivering", "healthy_not_yet", "transactional_effective", None]
    pairs = [
        {"dyad_id": dyad, "quadrant": quadrant, "health_composite": dice.uniform(30, 90), "trust": dice.uniform(30, 90),
         "result_index": dice.uniform(20, 140), "challenge": dice.uniform(30, 90), "novelty_share": dice.random(),
         "health_high_from": 60.0, "result_high_from": 75.0, "echo_flag": number == 1}
        | ({"reason": "no target"} if quadrant is None else {}) | NOW
        for number, (dyad, quadrant) in enumerate(zip(dyads, quadrants, strict=False))
    ]  # fmt: skip
    pairs[2] |= HIDDEN
    lags: Rows = [
        {"association": "health_result", "dimension": "composite", "lag": lag, "n_dyads": 11 + lag,
         "rho": 0.31 + lag / 7, "ci_low": -0.21, "ci_high": 0.71, "rm_r": 0.12, "rm_ci_low": -0.33, "rm_ci_high": 0.52}
        for lag in (0, 1)
    ]  # fmt: skip
    lags.append(lags[0] | {"lag": 2, "n_dyads": 5, "rho": None, "reason": "fewer than 8 dyads"})
    return {"pub_dual_tracking": pairs, "pub_dual_correlation": lags}


def _members(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
    kinds: Rows = [
        {"type": kind, "n_partners": n, "member_share": n / 10, "n_lead_roles": 2 * n, "lead_share": n / 13,
         "representation_ratio": 1.37, "n_types": 2, "non_traditional_share": 0.3, "non_traditional_ci_low": 0.11,
         "non_traditional_ci_high": 0.61} | NOW
        for kind, n in (("all", 10), ("ngo", 7), ("research", 3))
    ]  # fmt: skip
    turnover = [
        {"entity_kind": kind, "grouped_by": "all", "n_start": start, "n_joined": start - 4, "n_left": start - 6,
         "n_left_with_successor": 1, "retained": 0.87, "leaving_reasons": "funding 1, moved_on 3"} | when
        for kind, start, when in (("partner", 9, BEFORE), ("partner", 11, NOW), ("person", 31, BEFORE))
    ]  # fmt: skip
    turnover.append({"entity_kind": "person", "grouped_by": "all"} | NOW | HIDDEN)
    funding = {"n_funders": 3, "currency": "USD", "received": 91000.0, "top_share": 0.74, "effective_funders": 1.7,
               "months_of_runway": 5.3} | NOW  # fmt: skip
    hours = [
        {"partner_id": key, "hours_planned": 20.0, "hours_used": 31.5, "is_under_resourced": True} | NOW
        for key in partners[:2]
    ]
    return {"pub_membership": kinds, "pub_turnover": turnover, "pub_funding": [funding], "pub_hours": hours}


def _power(dice: random.Random, dyads: list[str]) -> dict[str, Rows]:
    held = [
        ALLIANCE | NOW | {"resource": resource, "unit": unit, "n_actors": 8, "total": total, "top_share": dice.random(),
                          "gini_star": dice.random(), "effective_n": dice.uniform(1, 8)}
        for resource, unit, total in (("decisions", "decisions", 41.0), ("airtime", "minutes", 1045.0))
    ]  # fmt: skip
    held.append(ALLIANCE | NOW | HIDDEN | {"resource": "budget", "unit": "USD"})
    for number, dyad in enumerate(dyads[:3]):
        gap = 30.0 - 23 * number
        held.append({"scope": "dyad", "scope_id": dyad, "resource": "decisions", "top_share": 0.5 + number / 10,
                     "total": 8.0, "perceived_influence_gap": gap, "gap_ci_low": gap - 17.5, "gap_ci_high": gap + 17.5}
                    | NOW)  # fmt: skip
    reflection = (
        ALLIANCE | NOW | {"n_sessions": 11, "n_reflection_known": 9, "n_reflected": 7, "airtime_gini_star": 0.46}
    )
    asked = (("adjust", "partner"), ("adjust", "learning_partner"), ("learn", "partner"))
    gaps: Rows = []
    for number, (expectation, role) in enumerate(asked):
        gap, score = -31.4 + 18 * number, 51.3 + number
        gaps.append({"expectation": expectation, "role_a": "commissioner", "role_b": role, "n_a": 14, "n_b": 22,
                     "score_a": score, "score_b": score - gap, "gap": gap, "gap_ci_low": gap - 15.2,
                     "gap_ci_high": gap + 15.2} | NOW)  # fmt: skip
    gaps[1] |= HIDDEN
    peers = {"scope": "alliance", "criterion": "openness", "n_assessments": 20, "n_pairs": 9, "self_score": 71.7,
             "peer_score": 55.1, "gap": 16.6, "n_agreed": 7, "n_done": 3, "follow_through": 0.43} | NOW  # fmt: skip
    strata = [
        {"attribute": "set_up", "stratum": stratum, "dimension": "composite", "n_dyads": n, "n_respondents": 9 * n,
         "mean_score": 58.4 + n, "sd": 7.2} | NOW
        for stratum, n in (("stand_alone", 5), ("complement", 3))
    ]  # fmt: skip
    return {
        "pub_power_balance": held, "pub_reflection": [reflection], "pub_expectation_gap": gaps,
        "pub_peer_assessment": [peers], "pub_health_strata": strata,
    }  # fmt: skip


def _learning(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
    use = (
        ALLIANCE
        | NOW
        | {
            "level": "all",
            "capability": "all",
            "claims": 36,
            "n_used": 20,
            "n_adapted": 17,
            "adapted_ci_low": 0.63,
            "adapted_ci_high": 0.95,
            "n_partners": 4,
            "n_unevidenced": 2,
        }
    )
    use |= {f"n_rung{rung}": rung + 1 for rung in range(8)} | {f"conv_{rung}": 0.9 - rung / 20 for rung in range(7)}
    use |= {f"conv_{rung}_ci_{end}": at - rung / 20 for rung in range(7) for end, at in (("low", 0.7), ("high", 0.98))}
    coded = {"n_coded": 33, "n_double_coded": 12, "kappa": 0.79, "kappa_ci_low": 0.53, "kappa_ci_high": 0.98}
    types = [
        {"learning_type": kind, "claims": n, "n_agencies": 4, "n_local_organisations": n + 2, "n_countries": 3,
         "n_used": n - 5} | coded | NOW
        for kind, n in (("intervention", 19), ("knowledge_capacity", 17), ("all", 36))
    ]  # fmt: skip
    stories = [
        {"story_id": f"s{number}", "learner_partner_id": partners[number], "source_partner_id": partners[number + 1],
         "direction": "between_peers", "rung": 5 - number, "title": f"Title {number}",
         "story": f"Words of story {number}."} | NOW
        for number in range(2)
    ]  # fmt: skip
    counts = [
        {"direction": kind, "n_stories": 2, "n_verified": 1, "n_publishable": 2} | NOW
        for kind in ("all", "between_peers")
    ]
    responses = [
        {"actor_level": level, "n_responses": 10 * n, "n_reinforcing": 6 * n, "n_neutral": 3 * n, "n_obstructive": n,
         "net_response": 0.5, "net_response_ci_low": 0.21, "net_response_ci_high": 0.79} | NOW
        for level, n in (("local", 1), ("all", 2))
    ]  # fmt: skip
    leverage = [
        {"partner_id": partners[0], "n_nominations": 5, "n_nominators": 3, "n_applied_institutional": 2,
         "n_applied_contextual": 1, "n_practices_changed": 4},
        {"partner_id": partners[1]} | HIDDEN,
    ]  # fmt: skip
    coding = [
        {"question_id": "remark", "code": f"c{number}", "label": f"Code {number}", "n_with_code": 7 + number,
         "code_ci_low": 0.21, "code_ci_high": 0.55, "n_disputed": number} | coded
        for number in range(2)
    ]  # fmt: skip
    coding.append({"question_id": "story", "code": "c9", "label": "Hidden code"} | HIDDEN)
    quote = {"text_id": "t1", "question_id": "remark", "code": "c0", "quote": "We came to teach."} | NOW
    return {
        "pub_learning_use": [use], "pub_learning_types": types, "pub_story": stories, "pub_story_count": counts,
        "pub_actor_response": responses, "pub_leverage": [row | NOW for row in leverage],
        "pub_coding": [row | NOW for row in coding], "pub_quote": [quote],
    }  # fmt: skip


def _cycles(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
    cycles = [
        {"cycle_id": f"water-{number}", "theme": "Water", "planned_start": _day(1), "planned_end": _day(4),
         "actual_start": _day(1, 5), "actual_end": None if number else _day(4, 17), "elapsed_days": 102,
         "slippage_days": None if number else 16, "on_time": None if number else False, "products_expected": 4,
         "products_delivered": 3 - number, "products_missing": "brief", "questions_open": 2, "questions_advanced": 1,
         "questions_answered": 3, "questions_dropped": 0, "facilitation_days": 6, "personnel_share": 0.37,
         "personnel_scope": "alliance" if number else "partnership"} | NOW
        for number in range(2)
    ]  # fmt: skip
    question = {
        "question_id": "q1",
        "cycle_id": "water-0",
        "question": "Who keeps the meters?",
        "n_partners": 2,
        "linked_partners": ", ".join(partners[:2]),
        "status": "advanced",
        "is_open": True,
        "age_days": 83,
    } | NOW
    products = [
        {"version_key": f"guide@{number}", "cycle_id": "water-0", "type": "guide", "lineage_depth": number,
         "title": "A <b>guide</b> to meters" if number else None,
         "parent_version_key": f"guide@{number - 1}" if number else None, "n_contexts": 3 - number} | NOW
        for number in range(2)
    ]  # fmt: skip
    roles = [
        {"cycle_id": "water-0", "step": "questions", "partner_id": partner, "starts_on": _day(1),
         "declared_role": "lead", "observed_role": seen}
        for partner, seen in zip(partners, ("lead", "active"), strict=False)
    ]  # fmt: skip
    summary = (
        ALLIANCE
        | {
            "n_cycles": 2,
            "n_open": 1,
            "n_due": 2,
            "n_on_time": 1,
            "on_time_ci_low": 0.1,
            "on_time_ci_high": 0.9,
            "median_cycle_days": 155.0,
        }
        | NOW
    )
    adaptation = (
        ALLIANCE | {"n_insights": 35, "n_acted": 28, "acted_ci_low": 0.64, "acted_ci_high": 0.9, "n_open": 7} | NOW
    )
    entries = [{"scope": "partner", "scope_id": partners[0], "item": "all", "n_respondents": 13, "score": 66.6,
                "ci_low": 55.5, "ci_high": 77.7} | NOW,
               {"scope": "partner", "scope_id": partners[1], "item": "all"} | NOW | HIDDEN]  # fmt: skip
    return {
        "pub_learning_cycle": cycles, "pub_question": [question], "pub_product": products, "pub_participation": roles,
        "pub_cycle_summary": [summary], "pub_adaptation": [adaptation], "pub_entry_profile": entries,
    }  # fmt: skip


def _needs(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
    needs = [
        ALLIANCE | {"topic": topic, "n_partners": 4, "n_respondents": 85, "importance": 84.4 - rank,
                    "gap": 38.2 - 9 * rank, "current": 46.2 + 8 * rank, "gap_ci_low": 30.1 - 9 * rank,
                    "gap_ci_high": 44.3 - 9 * rank, "rank": rank, "rank_low": 1, "rank_high": 2} | NOW
        for rank, topic in ((1, "tariffs"), (2, "meters"))
    ]  # fmt: skip
    codes = [
        {"partner_id": partners[0], "capability": "adapt_renew", "topic": topic, "n_statements": 1} | when
        for topic, when in (("meters", BEFORE), ("meters", NOW), ("tariffs", NOW))
    ]
    demand = [{"partner_id": partners[0], "n_codes": 2, "widened_by": 1} | NOW]
    advice = [
        {"source": "register", "advice_id": f"advice-{number}", "partner_id": partners[1], "given_by": partners[0],
         "first_given_on": _day(2 + number), "times_given": 3 + number, "n_days": 90 + number,
         "accepted_on": _day(6) if number else None, "accepted_after": "visit" if number else None} | NOW
        for number in range(2)
    ]  # fmt: skip
    feedback: Rows = []
    for event, n in (("all", 61), ("e1", 34)):
        head = {
            "event_id": event,
            "title": None if event == "all" else "Field day",
            "n_respondents": n,
            "n_invited": n + 9,
        } | NOW
        share = {"agree_share": n / 100, "agree_ci_low": n / 130, "agree_ci_high": n / 80}
        nps = {"nps": n - 20.0, "nps_ci_low": n - 40.0, "nps_ci_high": n - 1.0}
        feedback += [head | {"item": "useful"} | share, head | {"item": "recommend"} | nps]
    feedback.append({"event_id": "e2", "title": "Small day", "item": "useful"} | NOW | HIDDEN)
    toc = [
        {"version": str(number), "reviewed_on": _day(3 + number), "n_nodes": 3, "n_edges": 2, "edges_assumed": 1,
         "edges_supported": 1, "edges_contradicted": 0, "edges_held": 0, "edges_changed": 2, "days_since_review": 71,
         "revisions_with_evidence": 1} | NOW
        for number in (1, 2)
    ]  # fmt: skip
    edges = [
        {"version": "2", "edge_id": f"a{number}", "from_node": begin, "from_label": begin.title(), "to_node": end,
         "to_label": end.title(), "status": status, "status_before": "assumed", "change": change,
         "reason": "Tried" if status else None, "evidence_ref": "claims 7" if number == 0 else None,
         "is_held": False} | NOW
        for number, (begin, end, status, change) in enumerate(
            [("visits", "trust", "supported", "status"), ("trust", "repairs", "assumed", "same"),
             ("visits", "repairs", None, "removed")])
    ]  # fmt: skip
    return {
        "pub_needs_baseline": needs, "pub_demand": demand, "pub_demand_code": codes, "pub_advice": advice,
        "pub_feedback": feedback, "pub_toc": toc, "pub_toc_edge": edges,
    }  # fmt: skip


def _coverage(partners: list[str]) -> Rows:
    rows: Rows = [
        {"partner_id": partners[0], "source": "kobo_needs", "rows_received": 211, "rows_held": 3, "cells_held": 12,
         "submissions": 19, "expected": 25, "received": 17, "completeness": 0.68, "on_time_share": 0.59},
        {"partner_id": partners[1], "source": "kobo_needs", "rows_received": 180, "rows_held": 0, "submissions": 14},
        {"partner_id": partners[2], "source": "kobo_needs", "rows_received": 90, "rows_held": 0} | HIDDEN,
    ]  # fmt: skip
    return [row | NOW for row in rows]


def every_section(partners: list[str], dyads: list[str]) -> dict[str, Rows]:
    """Return rows of all published tables but those of scores, health and flow; more rows of data quality."""
    dice = random.Random(11)
    made = _results(dice, partners) | _dual(dice, dyads) | _members(dice, partners) | _power(dice, dyads)
    made |= _learning(dice, partners) | _cycles(dice, partners) | _needs(dice, partners)
    return made | {"pub_data_quality": _coverage(partners)}
