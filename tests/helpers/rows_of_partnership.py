"""Rows of what partners achieve together and how they stand to each other: results, members, power."""

from __future__ import annotations

import random

from section_rows import ALLIANCE, BEFORE, HIDDEN, NOW, Rows, day


def results(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
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
    progress[1] |= {"previous_target": 512.0, "target_latest": 731.0, "target_changed_on": day(5, 17),
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


def dual(dice: random.Random, dyads: list[str]) -> dict[str, Rows]:
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


def members(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
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


def power(dice: random.Random, dyads: list[str]) -> dict[str, Rows]:
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
