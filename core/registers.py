"""The registers an alliance keeps about itself: which columns each has and how a cell of them is read.

Decisions, roles, sessions, budgets, products, peer assessments and learning claims differ in their columns only. The
workspace files, the reader and the canonical tables are made from these declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: How a cell is read. ``partner``: a name of the registry; ``partners``: several, a row each; ``word``: of a set;
#: ``link``: the id of another row of the same register.
Kind = Literal["key", "link", "partner", "partners", "date", "period", "number", "truth", "word", "text"]


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
    "claims": Register(
        table="src_learning_claim",
        columns={
            "claim_id": "key",
            "claimed_on": "date",
            "learner_partner": "partner",
            "learner_designated_role": "word",  # the part it is meant to play, as in partnerships.yml
            "source_partner": "partner",  # from whom it learned
            "practice_id": "text",
            "learning_type": "word",  # the three of the learning alliances (measures A1, 9)
            "capability": "text",
            "level": "text",
            "rung": "number",  # 0-7 on the ladder of use (F30)
            "anticipated": "truth",
            "adapted": "truth",
            "novel": "truth",
            "outside_source": "truth",  # it came from outside the alliance
            "evidence_class": "number",  # 0 none, 1 self-report, 2 document, 3 third party
            "evidence_ref": "text",
            "cites_claim_id": "link",
            "followup_wave": "text",
            "consent_to_publish": "truth",
        },
        needed=("claimed_on", "learner_partner", "source_partner"),
        about=("claimed_on", "learner_partner", "source_partner", "practice_id"),
        day="claimed_on",
        partner="learner_partner",
        words={
            "learner_designated_role": ("resource", "learner", "peer", "convenor"),
            "learning_type": ("organisational_practice", "intervention", "knowledge_capacity"),
        },
    ),
}
