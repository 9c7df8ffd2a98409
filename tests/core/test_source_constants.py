"""What all rows of a log have in common may stand in its source file instead of in each row."""

from typing import Any

import pytest
from pydantic import ValidationError

from melflow.core.workspace.source_log import ActivityLogSource

COLUMNS = {"from_partner": "From", "to_partner": "To"}
CONSTANTS = {"occurred_on": "2025-01-15", "kind": "advice", "unit": "hours"}


def source(**changed: Any) -> ActivityLogSource:
    said = {"name": "ties", "title": "Ties", "path": "inbox/*.csv", "connector": "activity_log"}
    return ActivityLogSource.model_validate(said | {"columns": COLUMNS, "constants": CONSTANTS} | changed)


def test_constants__stand_for_columns() -> None:
    """Should need a column or a constant for each of the four meanings, no more."""
    assert source().constants == CONSTANTS
    assert source(columns=COLUMNS | {"kind": "What", "occurred_on": "Day"}, constants={}).constants == {}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"constants": {"kind": "advice"}}, "occurred_on"),
        ({"columns": COLUMNS | {"kind": "What", "occurred_on": "Day", "x": "y"}, "constants": {}}, "x"),
        ({"columns": COLUMNS | {"kind": "What"}}, "not both"),
        ({"constants": CONSTANTS | {"kind": "advise"}}, "advice, document"),
        ({"constants": CONSTANTS | {"unit": "kilos"}}, "hours"),
        ({"constants": CONSTANTS | {"channel": "post"}}, "in_person, online"),
        ({"constants": CONSTANTS | {"occurred_on": "15/01/2025"}}, "year-month-day"),
        ({"constants": CONSTANTS | {"colour": "red"}}, "constants"),
    ],
)
def test_constants__mistakes(changed: dict[str, Any], words: str) -> None:
    """Should refuse what no row could have, what stands twice, and what stands nowhere."""
    with pytest.raises(ValidationError, match=words):
        source(**changed)
