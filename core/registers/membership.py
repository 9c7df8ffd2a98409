"""Registers of who belongs to the alliance and with what means: spells of membership, funds, hours (A1-A2)."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.register import Register

MEMBERSHIP: Mapping[str, Register] = {
    "memberships": Register(
        table="src_membership",
        columns={
            "membership_id": "key",
            "entity_kind": "word",
            "partner": "partner",  # of a person: the organisation it works for
            "person": "text",  # a code; kept as a pseudonym
            "joined_on": "date",
            "left_on": "date",  # last day; empty: still a member
            "reason": "word",  # why it left
            "successor_partner": "partner",  # who took its place
            "successor_person": "text",
        },
        needed=("entity_kind", "partner", "joined_on"),
        about=("entity_kind", "partner", "person", "joined_on"),
        day="joined_on",
        partner="partner",
        words={
            "entity_kind": ("partner", "person"),
            "reason": ("project_end", "funding", "closed", "merged", "moved_on", "other"),
        },
    ),
    "funding": Register(
        table="src_funding",
        columns={
            "funding_id": "key",
            "funder": "text",
            "partner": "partner",  # who receives it; empty: the alliance
            "period": "period",
            "kind": "word",
            "amount": "number",
            "currency": "text",
        },
        needed=("funder", "period", "kind", "amount", "currency"),
        about=("funder", "partner", "period", "kind", "currency"),
        partner="partner",
        words={"kind": ("received", "committed")},
    ),
    "hours": Register(
        table="src_hours",
        columns={
            "hours_id": "key",
            "partner": "partner",
            "period": "period",
            "hours_planned": "number",  # to learn and reflect
            "hours_used": "number",
        },
        needed=("partner", "period", "hours_planned", "hours_used"),
        about=("partner", "period"),
        partner="partner",
    ),
}
