"""The warehouse tables the flows keep beside the canonical ones: loads, held rows, checks, drift, reference."""

from __future__ import annotations

from pathlib import Path

from melflow.core.warehouse import connect, create_tables
from melflow.sources.canonical import BOOL, DATE, INT, NUM, TABLES, TEXT, TIME, Schema

#: One row per payload that was loaded, or could not be.
LOAD: Schema = {
    "load_id": TEXT,
    "source": TEXT,
    "origin": TEXT,
    "sha256": TEXT,
    "landed_at": TIME,
    "state": TEXT,  # loaded / failed / superseded
    "rows_at_source": INT,  # counted in its bytes, beside the reader count
    "rows_dropped": INT,  # of these: no rows of data, or left out
    "dropped": TEXT,  # JSON: why -> how many of them
    "rows_split": INT,  # further rows made of one of its own, such as a meeting of three partners
    "rows_read": INT,  # what is left: each of these is loaded, held or a duplicate
    "rows_loaded": INT,
    "rows_held": INT,
    "rows_superseded": INT,
    "rows_duplicate": INT,
    "cells_held": INT,
    "message": TEXT,
    "notes": TEXT,  # JSON
    "loaded_at": TIME,
    "rules_hash": TEXT,  # of everything that decides how the payload is read and checked
}
#: One row per row that failed a check of severity error; with its history, the only place its values are kept.
HELD: Schema = {
    "held_id": TEXT,  # of the problem: the same for the same rule and thing in every load, whatever row it stands in
    "row_id": TEXT,
    "load_id": TEXT,
    "source": TEXT,
    "table_name": TEXT,
    "rule_id": TEXT,
    "severity": TEXT,
    "message": TEXT,
    "place": TEXT,
    "remedy": TEXT,
    "value": TEXT,
    "value_hash": TEXT,
    "first_seen": TIME,
    "state": TEXT,  # held / returned / fixed / accepted / rejected, as the last entry of its history says
    "row_json": TEXT,
    "record_key": TEXT,  # which thing the row is about; its place where it has no key
    "seen_column": TEXT,  # in which it is put right
    "facts": TEXT,  # JSON: what fills the sentence in any language
    "may_accept": BOOL,
    "partner_id": TEXT,  # whose row it is, as far as it can be told
}
#: The history of held rows: one row per problem and change of state. Stays when loads are written anew.
HELD_EVENT: Schema = {
    "held_id": TEXT,
    "source": TEXT,
    "table_name": TEXT,
    "rule_id": TEXT,
    "row_id": TEXT,
    "load_id": TEXT,
    "record_key": TEXT,
    "seen_column": TEXT,
    "partner_id": TEXT,
    "place": TEXT,
    "state": TEXT,
    "happened_at": TIME,
    "who": TEXT,  # who decided or corrected; null when it came about by itself
    "why": TEXT,
    "value_before": TEXT,
    "value_before_hash": TEXT,
    "value_after": TEXT,
    "value_after_hash": TEXT,
}
#: One row per row and rule that somebody answered for: it breaks the rule and is loaded as it is.
HELD_ACCEPTED: Schema = {
    "held_id": TEXT,
    "row_id": TEXT,
    "load_id": TEXT,
    "source": TEXT,
    "table_name": TEXT,
    "rule_id": TEXT,
    "value": TEXT,
    "who": TEXT,
    "why": TEXT,
    "decided_at": TIME,
}
CHECK_RESULT: Schema = {
    "load_id": TEXT,
    "source": TEXT,
    "table_name": TEXT,
    "rule_id": TEXT,
    "severity": TEXT,
    "success": BOOL,
    "n_checked": INT,
    "n_failed": INT,
    "checked_at": TIME,
}
#: One row per source and run: what became of the rows the source has (flows/reconcile.py).
RECONCILE: Schema = {
    "source": TEXT,
    "checked_at": TIME,
    "rows_at_source": INT,
    "rows_dropped": INT,
    "dropped": TEXT,  # JSON: why -> how many
    "rows_split": INT,
    "rows_landed": INT,
    "rows_loaded": INT,
    "rows_held": INT,
    "rows_superseded": INT,
    "rows_deleted": INT,
    "rows_duplicate": INT,
    "payloads_unread": INT,
    "unread": TEXT,  # JSON: their origins; how many rows they hold is not known
    "difference": INT,
}
DRIFT_RESULT: Schema = {
    "instrument_id": TEXT,
    "scope_kind": TEXT,  # instrument / partner / enumerator
    "scope_id": TEXT,  # partner_id or the hash of a device; empty for the instrument
    "aspect": TEXT,  # item / missing / language / volume
    "item_id": TEXT,
    "method": TEXT,
    "score": NUM,
    "effect": NUM,  # 0-1: V, phi, D of Kolmogorov-Smirnov, difference of shares or the distance itself
    "threshold": NUM,
    "drifted": BOOL,
    "reference_period": TEXT,
    "current_period": TEXT,
    "n_reference": INT,
    "n_current": INT,
    "share_missing_reference": NUM,
    "share_missing_current": NUM,
    "reason": TEXT,  # why there is no verdict
    "computed_at": DATE,
}
REFERENCE: dict[str, Schema] = {
    "ref_partner": {
        "partner_id": TEXT, "name": TEXT, "type": TEXT, "country": TEXT, "joined_on": DATE, "left_on": DATE,
        "language": TEXT, "non_traditional": TEXT,
    },
    "ref_alias": {
        "raw_name": TEXT, "partner_id": TEXT, "valid_from": DATE, "valid_to": DATE, "decided_by": TEXT,
        "succession": TEXT,
    },
    "ref_succession": {"former_id": TEXT, "partner_id": TEXT, "kind": TEXT, "valid_from": DATE},
    "ref_indicator": {
        "indicator_id": TEXT, "name": TEXT, "definition": TEXT, "unit": TEXT, "direction": TEXT, "kind": TEXT,
        "baseline": NUM, "disaggregated_by": TEXT, "tracking": TEXT,
    },
    "ref_partnership": {
        "partnership_id": TEXT, "name": TEXT, "agenda": TEXT, "set_up": TEXT, "publish_level": TEXT,
        "started_on": DATE,
    },
    "ref_member": {"partnership_id": TEXT, "partner_id": TEXT, "role": TEXT},
    "ref_dyad": {
        "dyad_id": TEXT, "partner_a": TEXT, "partner_b": TEXT, "publish_level": TEXT, "set_up": TEXT,
        "started_on": DATE, "partnership_ids": TEXT, "funded_by": TEXT, "funding_tiers": INT,
        "decisions_delegated": NUM, "planned_months": INT, "level": TEXT, "stands": TEXT, "transparency": TEXT,
    },
    "ref_period": {
        "period_id": TEXT, "starts_on": DATE, "ends_on": DATE, "label": TEXT, "ordinal": INT,
        # of the framework in force on its first day
        "framework_version": TEXT, "min_answered": NUM, "positive_from": NUM, "imbalance_points": NUM,
        "change_points": NUM, "answer_days": INT, "on_track_from": NUM, "behind_from": NUM, "health_high_from": NUM,
        "result_high_from": NUM, "echo_trust_from": NUM, "echo_challenge_below": NUM, "echo_novelty_below": NUM,
        "needs_frozen_on": DATE,  # of melflow.toml
    },
    "ref_construct": {
        "construct_id": TEXT, "kind": TEXT, "label_json": TEXT, "direction": TEXT, "ordinal": INT,
        "valid_from": DATE, "valid_to": DATE,
    },
    "ref_invited": {
        "partner_id": TEXT, "about_partner_id": TEXT, "instrument_id": TEXT, "period_id": TEXT, "n_invited": INT,
    },
    "ref_source": {
        "source": TEXT, "connector": TEXT, "title": TEXT, "partner_id": TEXT, "due_days_after_period": INT,
        "instrument_id": TEXT, "is_one_sided": BOOL,
    },
}  # fmt: skip
#: One row per due item: what is owed for a period, by when, and whether it came (flows/clock.py).
EXPECTED: Schema = {
    "source": TEXT,
    "partner_id": TEXT,  # null: nobody in particular
    "period_id": TEXT,
    "due_on": DATE,
    "first_received_on": DATE,
    "days_late": INT,  # so far, where it is missing
    "n_rows": INT,  # loaded or held
    "state": TEXT,  # on_time / late / missing / open: not due yet
}
#: One row per reminder that was made (flows/reminders.py).
REMINDER: Schema = {
    "source": TEXT,
    "partner_id": TEXT,
    "period_id": TEXT,
    "stage": TEXT,  # soon / due / overdue
    "due_on": DATE,
    "made_at": TIME,
    "state": TEXT,  # noted / sent / failed
}
#: One row per row that a correction of sources/<name>.corrections.yml met; never what the row says.
CORRECTION: Schema = {
    "source": TEXT,
    "number": INT,  # of the entry in the file, from 1
    "load_id": TEXT,
    "row_id": TEXT,  # null for a row that was left out, or came again unchanged
    "native_id": TEXT,  # of a submission, as its server names it
    "source_sheet": TEXT,
    "source_row": INT,
    "item_id": TEXT,
    "action": TEXT,  # replace / missing / drop
    "state": TEXT,  # applied / fixed: says already what it should / unsure: says something else
    "reason": TEXT,
    "who": TEXT,
    "decided_on": DATE,
}
#: One row per submission that counts: what the statistical checks found; null where they could not judge.
PLAUSIBILITY: Schema = {
    "source": TEXT,
    "load_id": TEXT,
    "submission_id": TEXT,
    "version_id": TEXT,
    "is_short": BOOL,  # the interview took too little time
    "is_straight": BOOL,  # a grid has the same answer throughout
    "is_copy": BOOL,  # the answers are those of an earlier submission of the partner
    "is_outlying": BOOL,  # a number is far from the others of its item
    "is_leap": BOOL,  # the person's mean moved too far since the wave before
}
#: What the statistical checks point at, and what they could not judge; figures and ids, never answers.
FINDING: Schema = {
    "rule_id": TEXT,  # short / straight / copy / outlying / leap / enumerator
    "state": TEXT,  # found / too_small: could not be judged
    "source": TEXT,
    "load_id": TEXT,
    "instrument_id": TEXT,
    "partner_id": TEXT,
    "period_id": TEXT,
    "version_id": TEXT,
    "item_id": TEXT,
    "figure": NUM,  # in the check's own unit, as the message says it
    "threshold": NUM,
    "n": INT,  # answers, items or durations it was compared with
    "p_corrected": NUM,
    "message": TEXT,
}
OPERATIONS: dict[str, Schema] = {
    "plausibility": PLAUSIBILITY,
    "finding": FINDING,
    "correction": CORRECTION,
    "load": LOAD,
    "held": HELD,
    "held_event": HELD_EVENT,
    "held_accepted": HELD_ACCEPTED,
    "check_result": CHECK_RESULT,
    "expected_delivery": EXPECTED,
    "reminder": REMINDER,
    "reconcile": RECONCILE,
    "drift_result": DRIFT_RESULT,
}


def prepare(path: Path) -> None:
    """Make the warehouse and every raw table that is absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with connect(path) as con:
        create_tables(con, TABLES | OPERATIONS | REFERENCE)
