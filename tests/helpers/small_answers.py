"""Answers of the small alliance to its forms, with means that can be worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

Row = dict[str, Any]
COLLECTED = {"2024-H2": date(2024, 11, 1), "2025-H1": date(2025, 5, 1)}


def capability() -> list[tuple[Row, list[Row]]]:
    """North 12 respondents (mean 81.25), south 6 (all 50), east 3; and five that must not count."""
    made: list[tuple[Row, list[Row]]] = []

    def add(partner: str, answer: int, **changes: Any) -> None:
        codes = {"q1": str(answer), "q2": str(answer), "q3": str(6 - answer)} | changes.pop("codes", {})
        made.append(submission("survey", len(made) + 1, "cap", partner, codes, **changes))

    for answer in [5] * 6 + [4] * 3 + [3] * 2:
        add("north", answer)
    add("north", 3, codes={"q3": "dk"})  # "do not know" leaves the item out: two of two answered
    for _ in range(6):
        add("south", 3)
    for _ in range(3):
        add("east", 5)
    add("north", 1, submission_id="survey#1", version_id="survey#1-old", is_current=False)
    add("north", 1, consent_level="no")
    add("north", 1, deleted_at=datetime(2025, 1, 5, tzinfo=UTC))
    add("north", 1, codes={"q2": None, "q3": None})  # one of three answered
    add("north", 1, period_id=None)
    return made


def health() -> list[tuple[Row, list[Row]]]:
    """North rates south 87.5 on trust, south rates north 37.5; mistrust 0 and 25; then only north answers."""
    made: list[tuple[Row, list[Row]]] = []

    def add(partner: str, about: str, trust: int, mistrust: int, period_id: str = "2024-H2", **changes: Any) -> None:
        codes = {"trust": str(trust), "mistrust": str(mistrust)}
        changes |= {"about_partner_id": about, "period_id": period_id}
        if period_id == "2024-H2":  # ten days after it was due
            changes["submitted_at"] = datetime(2025, 2, 9, tzinfo=UTC)
        made.append(submission("health", len(made) + 1, "rel", partner, codes, **changes))

    for n in range(12):
        add("north", "south", 5 if n < 6 else 4, 1)
        add("south", "north", 3 if n < 6 else 2, 2)
        add("north", "south", 5, 1, "2025-H1")
    for _ in range(5):
        add("east", "south", 4, 2, about_partner_2_id="north")
    for _ in range(6):
        add("east", "north", 4, 2)
        add("north", "east", 4, 2)
    add("east", "south", 4, 2)  # no common partnership
    return made


def expectations() -> list[tuple[Row, list[Row]]]:
    """Six commissioners all say 5, six partners 3 and 4, two learning partners 5."""
    said = [("commissioner", 5)] * 6 + [("partner", 3)] * 3 + [("partner", 4)] * 3 + [("learning_partner", 5)] * 2
    return [
        submission("wishes", n, "exp", "north", {"learn": str(answer)}, respondent_role=role)
        for n, (role, answer) in enumerate(said, 1)
    ]


def submission(
    source: str, n: int, form: str, partner: str, codes: dict[str, str | None], **changes: Any
) -> tuple[Row, list[Row]]:
    name = f"{source}#{n}"
    period_id = changes.get("period_id", "2024-H2")
    collected_on = COLLECTED.get(period_id, date(2020, 1, 1))
    submission = provenance(source, n) | {
        "submission_id": name, "version_id": name, "is_current": True, "instrument_id": form, "form_id": form,
        "form_version": "1", "partner_raw": partner, "partner_id": partner, "respondent_raw_hash": name,
        "period_id": period_id, "collected_on": collected_on, "consent_level": "yes",
        "submitted_at": datetime.combine(collected_on, datetime.min.time(), UTC) + timedelta(days=2),
    } | changes  # fmt: skip
    responses = [
        provenance(source, n)
        | {"row_id": f"{source}#{n}-{item}", "submission_id": submission["submission_id"],
           "version_id": submission["version_id"], "instrument_id": form, "form_version": "1", "repeat_path": "",
           "item_id": item, "value_raw": code, "value_text": code, "option": code,
           "missing_code": "skipped" if code is None else "dont_know" if code == "dk" else None}
        for item, code in codes.items()
    ]  # fmt: skip
    return submission, responses


def provenance(source: str, n: int) -> Row:
    return {"row_id": f"{source}#{n}", "source_system": source, "load_id": f"{source}-1"}
