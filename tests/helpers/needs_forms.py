"""What the small alliance answers to its needs survey and after its events (tests/models)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
Made = tuple[Row, list[Row]]
TOPICS = ("data", "finance", "maintenance")
FEEDBACK = ("diagnostic", "participatory")
_SHARED = {"form_version": "1", "reverse": False}
_AGREE = {"type": "select_one", "list": "agree", "range_min": 1.0, "range_max": 5.0}
ITEMS: list[Row] = [
    *(
        _SHARED | _AGREE | {"instrument_id": "need", "item_id": f"{side}_{topic}", "need": topic, "rater": side}
        for topic in TOPICS
        for side in ("importance", "current")
    ),
    *(_SHARED | _AGREE | {"instrument_id": "after", "item_id": one, "feedback": one} for one in FEEDBACK),
    _SHARED | {"instrument_id": "after", "item_id": "event", "type": "text", "role": "event"},
    _SHARED | {"instrument_id": "after", "item_id": "recommend", "type": "integer", "role": "recommend",
               "range_min": 0.0, "range_max": 10.0},
]  # fmt: skip
#: partner -> people, and importance and current level of data, finance and maintenance.
_NEEDS = {"north": (6, "33 53 43"), "south": (6, "33 54 52"), "east": (4, "33 53 43")}
_LATE, _EDITED, _DELETED = (datetime(2025, month, 10, tzinfo=UTC) for month in (2, 3, 4))


def forms(submission: Callable[..., Made]) -> list[Made]:
    """Return both kinds of forms; ``submission`` makes one."""
    return _needs(submission) + _feedback(submission)


def rows_read(submission: Callable[..., Made]) -> dict[str, int]:
    """Return how many rows the files of each source had."""
    return {"needs": len(_needs(submission)), "after": len(_feedback(submission))}


def _needs(submission: Callable[..., Made]) -> list[Made]:
    """Sixteen people before the lock of 31 January; an answer, an edit and a deletion after it; then north only."""
    made: list[Made] = []

    def add(partner: str, said: str, **changes: Any) -> None:
        pairs = zip(TOPICS, said.split(), strict=True)
        codes = {
            f"{side}_{topic}": pair[n] for topic, pair in pairs for n, side in enumerate(("importance", "current"))
        }
        made.append(submission("needs", len(made) + 1, "need", partner, codes, **changes))

    for partner, (people, said) in _NEEDS.items():
        for n in range(people):
            first = partner == "north" and n == 0
            gone = {"deleted_at": _DELETED} if partner == "south" and n == 0 else {}
            add(partner, said, **(gone | ({"is_current": False} if first else {})))
    add("north", "51 33 33", submitted_at=_LATE)
    add("north", "51 33 33", edited_at=_EDITED, submission_id="needs#1", version_id="needs#1-new",
        respondent_raw_hash="needs#1", supersedes_version_id="needs#1")  # fmt: skip
    for n in range(5):
        gone = {"deleted_at": _DELETED} if n == 4 else {}
        add("north", "54 54 54", period_id="2025-H1", **gone)
    add("north", "54 54 54", period_id="2025-H1")
    return made


def _feedback(submission: Callable[..., Made]) -> list[Made]:
    """Twelve of twenty say something of E1, four of E2, one of an event nobody knows."""
    made: list[Made] = []
    for event, answers in (
        ("E1", [("5", "5", "10")] * 6 + [("4", "3", "8")] * 3 + [("3", "2", "5")] * 3),
        ("E2", [("5", "5", "9")] * 4),
        ("E9", [("1", "1", "0")]),
    ):
        for participatory, diagnostic, recommend in answers:
            codes = {"event": event, "participatory": participatory, "diagnostic": diagnostic, "recommend": recommend}
            item = submission("after", len(made) + 1, "after", "north", codes)
            for response in item[1]:
                if response["item_id"] == "recommend":
                    response |= {"value_num": float(recommend), "option": None}
            made.append(item)
    return made
