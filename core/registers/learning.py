"""Registers of what partners learned, and of what they say of each other (measures A1, A3)."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.register import Register

#: The three types of learning of the Learning Alliances' table (measures A1, 9).
TYPES = ("organisational_practice", "intervention", "knowledge_capacity")

LEARNING: Mapping[str, Register] = {
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
        scaled=True,
    ),
    "claims": Register(
        table="src_learning_claim",
        columns={
            "claim_id": "key",
            "claimed_on": "date",
            "learned_on": "date",  # when it was learned, if that was before the claim
            "reached_on": "date",  # when the rung was reached, if that was before the claim
            "learner_partner": "partner",
            "learner_designated_role": "word",  # the part it is meant to play, as in partnerships.yml
            "source_partner": "partner",  # from whom it learned
            "practice_id": "text",
            "theme": "text",
            "country": "text",  # where it is used; the learner's own when empty
            "local_organisation": "text",  # who uses it there
            "learning_type": "word",  # the three of the learning alliances (measures A1, 9)
            "coder": "text",  # who coded the type
            "second_type": "word",  # the type by a second coder, who did not see the first
            "second_coder": "text",
            "capability": "text",
            "level": "text",
            "rung": "number",  # 0-7 on the ladder of use (F30)
            "anticipated": "truth",
            "adapted": "truth",
            "what_changed": "text",
            "novel": "truth",
            "outside_source": "truth",  # it came from outside the alliance
            "evidence_class": "number",  # 0 none, 1 self-report, 2 document, 3 third party
            "evidence_ref": "text",
            "cites_claim_id": "link",
            "follows_claim_id": "link",  # a follow-up: the claim it asks about again
            "followup_wave": "text",  # months after the claim: 3, 6, 12
            "consent_to_publish": "truth",
        },
        needed=("claimed_on", "learner_partner", "source_partner"),
        about=("claimed_on", "learner_partner", "source_partner", "practice_id"),
        day="claimed_on",
        partner="learner_partner",
        words={
            "learner_designated_role": ("resource", "learner", "peer", "convenor"),
            "learning_type": TYPES,
            "second_type": TYPES,
        },
    ),
}
