"""Registers of the learning cycles: cycles, questions, problems, what was changed, and who came in how (A1, A2, A4)."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.register import Register

CYCLES: Mapping[str, Register] = {
    "cycles": Register(
        table="src_cycle",
        columns={
            "cycle_entry_id": "key",
            "cycle_id": "text",  # as roles, questions and products name it
            "theme": "text",
            "partnership_id": "text",
            "planned_start": "date",
            "planned_end": "date",
            "actual_start": "date",
            "actual_end": "date",  # empty: still under way
            "step_plan": "text",  # the steps in their order, with ; between them
            "products_expected": "text",  # types with ; between them; empty: the five of the practice (measures A1, 8)
        },
        needed=("cycle_id", "planned_start"),
        about=("cycle_id",),
        day="planned_start",
    ),
    "questions": Register(
        table="src_question",
        columns={
            "question_entry_id": "key",
            "question_id": "text",
            "cycle_id": "text",
            "text": "text",
            "asked_by": "partner",
            "linked_partner": "partners",  # whom the question links, a row each
            "status": "word",
            "confidence": "number",  # 0-3, of the answer
            "answer_ref": "text",
            "asked_on": "date",
            "closed_on": "date",  # answered or dropped
        },
        needed=("question_id", "status", "asked_on"),
        about=("question_id", "linked_partner"),
        day="asked_on",
        words={"status": ("open", "advanced", "answered", "dropped")},
    ),
    "problems": Register(
        table="src_problem",
        columns={
            "problem_id": "key",
            "raised_on": "date",
            "partner": "partner",
            "problem": "text",
            "cycle_id": "text",
            "partnership_id": "text",
            "iterations": "number",  # attempts so far
            "solved": "truth",
            "solved_on": "date",
        },
        needed=("raised_on", "problem", "solved"),
        about=("raised_on", "partner", "problem"),
        day="raised_on",
        partner="partner",
    ),
    "adaptations": Register(
        table="src_adaptation",
        columns={
            "insight_id": "key",
            "insight_date": "date",
            "insight": "text",
            "decided_on": "date",  # empty: nothing decided yet
            "what_changed": "text",
            "partner": "partner",
            "cycle_id": "text",
            "partnership_id": "text",
        },
        needed=("insight_date", "insight", "decided_on"),
        about=("insight_date", "insight", "partner"),
        day="insight_date",
        partner="partner",
    ),
    "entries": Register(
        table="src_entry",
        columns={
            "entry_id": "key",
            "joined_on": "date",
            "partner": "partner",
            "person": "text",  # a pseudonym from here on
            "item": "text",
            "score": "number",  # on the checklist's scale
            "is_reverse": "truth",  # a high score means little openness
        },
        needed=("joined_on", "partner", "person", "item", "score"),
        about=("joined_on", "partner", "person", "item"),
        day="joined_on",
        partner="partner",
        scaled=True,
    ),
}
