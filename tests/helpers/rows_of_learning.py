"""Rows of what partners learn: what they ask for, their cycles and products, what is used and told."""

from __future__ import annotations

import random

from section_rows import ALLIANCE, BEFORE, HIDDEN, NOW, Rows, day


def learning(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
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


def cycles(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
    cycles = [
        {"cycle_id": f"water-{number}", "theme": "Water", "planned_start": day(1), "planned_end": day(4),
         "actual_start": day(1, 5), "actual_end": None if number else day(4, 17), "elapsed_days": 102,
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
        {"cycle_id": "water-0", "step": "questions", "partner_id": partner, "starts_on": day(1),
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


def needs(dice: random.Random, partners: list[str]) -> dict[str, Rows]:
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
         "first_given_on": day(2 + number), "times_given": 3 + number, "n_days": 90 + number,
         "accepted_on": day(6) if number else None, "accepted_after": "visit" if number else None} | NOW
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
        {"version": str(number), "reviewed_on": day(3 + number), "n_nodes": 3, "n_edges": 2, "edges_assumed": 1,
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
