"""Registers of what was promised and who follows it: targets, tracking agreements, contributions (A3, A4)."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.register import Register

RESULTS: Mapping[str, Register] = {
    "targets": Register(
        table="src_target",
        columns={
            "target_id": "key",
            "indicator_id": "text",
            "partner": "partner",
            "other_partner": "partner",  # of a result that two partners agreed on
            "period": "period",
            "disaggregation": "text",  # empty: the whole
            "target": "number",
            "agreed_on": "date",  # a target counts from this day on, never before
            "reason": "word",  # why it is what it is now
            "reason_note": "text",
            "agreed_by": "text",
        },
        needed=("indicator_id", "partner", "period", "target", "agreed_on", "reason"),
        about=("indicator_id", "partner", "other_partner", "period", "disaggregation", "agreed_on"),
        partner="partner",
        words={"reason": ("first", "context", "funding", "scope", "evidence", "error")},
    ),
    "tracking": Register(
        table="src_tracking_agreement",
        columns={
            "tracking_id": "key",
            "indicator_id": "text",
            "partner": "partner",
            "period": "period",
            "accountable": "partners",  # one, if it is agreed well; none is a hole
            "collector": "partners",  # several: collected jointly
            "method": "text",
            "due_on": "date",
            "delivered_on": "date",  # empty: not yet
        },
        needed=("indicator_id", "partner", "period", "accountable", "due_on"),
        about=("indicator_id", "partner", "period", "accountable", "collector"),
        partner="partner",
    ),
    "contributions": Register(
        table="src_contribution",
        columns={
            "contribution_id": "key",
            "indicator_id": "text",
            "partner": "partner",
            "other_partner": "partner",
            "period": "period",
            "rating": "word",  # how far the partnership is seen to have contributed to the result
            "evidence_class": "number",  # 0 none, 1 self-report, 2 document, 3 third party
            "rated_by": "text",
        },
        needed=("indicator_id", "partner", "period", "rating"),
        about=("indicator_id", "partner", "other_partner", "period", "rated_by"),
        partner="partner",
        words={"rating": ("none", "weak", "plausible", "strong")},
    ),
}
