"""The registers an alliance keeps about itself: which columns each has and how a cell of them is read.

Decisions, roles, sessions, budgets, products and peer assessments differ in their columns only. The workspace files,
the reader and the canonical tables are made from these declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: How a cell is read. ``partner``: a name of the registry; ``partners``: several, a row each; ``word``: of a set.
Kind = Literal["key", "partner", "partners", "date", "period", "number", "truth", "word", "text"]


@dataclass(frozen=True)
class Register:
    """One kind of register.

    Attributes:
        table: Canonical table.
        columns: Meaning -> how its cells are read; the key first.
        needed: Columns without which a row says nothing.
        about: Columns that say which thing a row is about when the register gives no ids.
        day: The column whose date decides the period; empty where the register names the period itself.
        partner: The column that the source's own ``partner`` fills when the file does not say it; empty: none.
        words: Closed set of each column of words.
    """

    table: str
    columns: Mapping[str, Kind]
    needed: tuple[str, ...]
    about: tuple[str, ...]
    day: str = ""
    partner: str = ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Column of the ids."""
        return next(iter(self.columns))

    def of_kind(self, *kinds: Kind) -> tuple[str, ...]:
        """Return the columns that are read in one of these ways, in order."""
        return tuple(name for name, kind in self.columns.items() if kind in kinds)


REGISTERS: Mapping[str, Register] = {
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
            "role": "word",
            "valid_from": "date",
            "valid_to": "date",  # empty: still held
            "partnership_id": "text",
        },
        needed=("partner", "role", "valid_from"),
        about=("partner", "cycle_id", "step", "valid_from", "partnership_id"),
        day="valid_from",
        partner="partner",
        words={"role": ("lead", "active", "access")},
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
        },
        needed=("product_id", "finished_on", "partner"),
        about=("product_id", "partner"),
        day="finished_on",
        partner="partner",
    ),
    "assessments": Register(
        table="src_assessment",
        columns={
            "assessment_id": "key",
            "assessed_on": "date",
            "assessor": "partner",
            "assessed": "partner",
            "criterion": "text",
            "self_score": "number",  # what the assessed partner gave itself, on the rubric's scale
            "peer_score": "number",  # what the assessor gave it
            "action_agreed": "truth",
            "action_done": "truth",
            "tied_to_funding": "truth",
        },
        needed=("assessed_on", "assessor", "assessed", "criterion", "peer_score"),
        about=("assessed_on", "assessor", "assessed", "criterion"),
        day="assessed_on",
        partner="assessor",
    ),
}
