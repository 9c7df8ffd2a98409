"""Registers of who decides, leads, speaks, pays and writes (measures A1-A3)."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.register import Register

POWER: Mapping[str, Register] = {
    "decisions": Register(
        table="src_decision",
        columns={
            "decision_id": "key",
            "decided_on": "date",  # of the meeting that took the matter up
            "raised_by": "partner",
            "decided_by": "partner",  # empty while it is open
            "topic": "text",
            "is_power_topic": "truth",  # about power, decision making or equity (measures A1, 15)
            "status": "word",
            "resolved_on": "date",
            "partnership_id": "text",
        },
        needed=("decided_on", "decided_by"),
        about=("decided_on", "raised_by", "decided_by", "topic"),
        day="decided_on",
        words={"status": ("open", "resolved", "dropped")},
    ),
    "roles": Register(
        table="src_role",
        columns={
            "role_id": "key",
            "partner": "partner",
            "cycle_id": "text",
            "step": "text",
            "role": "word",  # as declared
            "observed_role": "word",  # where somebody kept a list; else it is read from the logs
            "valid_from": "date",
            "valid_to": "date",  # empty: still held
            "partnership_id": "text",
        },
        needed=("partner", "role", "valid_from"),
        about=("partner", "cycle_id", "step", "valid_from", "partnership_id"),
        day="valid_from",
        partner="partner",
        words=dict.fromkeys(("role", "observed_role"), ("lead", "active", "access")),
    ),
    "sessions": Register(
        table="src_session",
        columns={
            "contribution_id": "key",
            "session_id": "text",
            "held_on": "date",
            "partner": "partner",  # of the speaker
            "speaker_role": "text",
            "minutes": "number",
            "is_facilitator": "truth",
            "is_reflected": "truth",  # a reflection note was written after the session
            "assumptions_examined": "number",
            "assumptions_revised": "number",
            "exit_score": "number",  # mean of the exit poll, points 0-100
            "cycle_id": "text",
            "step": "text",
            "partnership_id": "text",
        },
        needed=("session_id", "held_on", "partner", "minutes"),
        about=("session_id", "held_on", "partner", "speaker_role"),
        day="held_on",
        partner="partner",
    ),
    "budgets": Register(
        table="src_budget",
        columns={
            "budget_line_id": "key",
            "partner": "partner",
            "period": "period",
            "line": "text",
            "kind": "word",
            "amount": "number",
            "currency": "text",
            "is_personnel": "truth",
            "partnership_id": "text",
        },
        needed=("partner", "period", "line", "kind", "amount", "currency"),
        about=("partner", "period", "line", "kind", "currency", "partnership_id"),
        partner="partner",
        words={"kind": ("planned", "actual")},
    ),
    "products": Register(
        table="src_product",
        columns={
            "authorship_id": "key",
            "product_id": "text",
            "finished_on": "date",
            "partner": "partners",  # the authors' organisations
            "type": "text",
            "title": "text",
            "partnership_id": "text",
            "cycle_id": "text",
            "version": "text",  # empty: there is one only
            "parent_version": "text",  # what it was made from: a version of the product, or product@version
            "context": "text",  # where it was tested, with ; between places
            "result_ref": "text",
            "status": "word",
            "licence": "text",
        },
        needed=("product_id", "finished_on", "partner"),
        about=("product_id", "version", "partner"),
        day="finished_on",
        partner="partner",
        words={"status": ("draft", "tested", "published", "dropped")},
    ),
}
