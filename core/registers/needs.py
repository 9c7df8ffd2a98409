"""Registers of what partners ask for, what they are told again and again, and the events they meet at (measures A3)."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.register import Register

NEEDS: Mapping[str, Register] = {
    "demands": Register(
        table="src_demand",
        columns={
            "demand_id": "key",
            "stated_on": "date",
            "partner": "partner",  # who asks
            "statement": "text",
            "capability": "text",  # coded to capability x topic, ids of the framework
            "topic": "text",
        },
        needed=("stated_on", "partner", "capability", "topic"),
        about=("stated_on", "partner", "statement", "capability", "topic"),
        day="stated_on",
        partner="partner",
    ),
    "advice": Register(
        table="src_advice",
        columns={
            "giving_id": "key",  # a row each time it is given
            "advice_id": "text",  # the same each time
            "given_on": "date",
            "given_by": "partner",
            "given_to": "partner",
            "topic": "text",
            "accepted_on": "date",  # empty: not yet
            "accepted_after": "text",  # the contact after which it was taken up
        },
        needed=("advice_id", "given_on", "given_by", "given_to"),
        about=("advice_id", "given_on", "given_by", "given_to"),
        day="given_on",
        partner="given_by",
    ),
    "events": Register(
        table="src_event",
        columns={
            "event_id": "key",  # as the feedback form writes it
            "held_on": "date",
            "title": "text",
            "partner": "partner",  # the host
            "invited": "number",
            "partnership_id": "text",
        },
        needed=("event_id", "held_on"),
        about=("event_id", "held_on"),
        day="held_on",
        partner="partner",
    ),
}
