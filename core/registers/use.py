"""Registers of what came of learning: stories, responses of actors, nominations by peers (measures A1, A3, A4)."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.register import Register

#: Where the actor stands who responds to the learning (measures A4, 46).
ACTOR_LEVELS = ("community", "local", "regional", "national", "international")

USE: Mapping[str, Register] = {
    "stories": Register(
        table="src_story",
        columns={
            "story_id": "key",
            "told_on": "date",
            "teller": "partner",  # the organisation, never a person's name
            "learner_partner": "partner",
            "learner_designated_role": "word",  # the part it is meant to play, as in partnerships.yml
            "source_partner": "partner",
            "goes_both_ways": "truth",  # both sides learned
            "anticipated": "truth",
            "rung": "number",  # 0-7 on the ladder of use (F30)
            "verified_on": "date",  # empty: nobody outside the story has confirmed it
            "verified_by": "text",
            "consent_to_publish": "truth",
            "title": "text",
            "story": "text",
        },
        needed=("told_on", "learner_partner", "source_partner", "story"),
        about=("told_on", "teller", "learner_partner", "source_partner", "title"),
        day="told_on",
        partner="teller",
        words={"learner_designated_role": ("resource", "learner", "peer", "convenor")},
    ),
    "responses": Register(
        table="src_actor_response",
        columns={
            "response_id": "key",
            "responded_on": "date",
            "partner": "partner",  # who saw and noted it
            "actor": "text",  # an office or organisation, never a person's name
            "actor_level": "word",
            "learning_id": "text",  # the practice or claim it responds to
            "valence": "number",  # -2 obstructs … 0 … +2 reinforces
            "strength": "number",  # 1-3: how much weight the actor has
            "what_happened": "text",
        },
        needed=("responded_on", "partner", "actor_level", "valence"),
        about=("responded_on", "partner", "actor", "learning_id"),
        day="responded_on",
        partner="partner",
        words={"actor_level": ACTOR_LEVELS},
    ),
    "nominations": Register(
        table="src_nomination",
        columns={
            "nomination_id": "key",
            "nominated_on": "date",
            "nominator": "partner",
            "nominee": "partner",  # the organisation whose person is named a resource
            "resource_code": "text",  # a code of the person's, never a name
            "topic": "text",
        },
        needed=("nominated_on", "nominator", "nominee"),
        about=("nominated_on", "nominator", "nominee", "resource_code", "topic"),
        day="nominated_on",
        partner="nominator",
    ),
}
