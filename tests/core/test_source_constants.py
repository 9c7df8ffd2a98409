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


OTHER = {"columns": {}, "constants": {"kind": "advice"}}


@pytest.mark.parametrize("form", ["calendar", "chat", "iati"])
def test_formats__need_a_kind_and_no_columns(form: str) -> None:
    """Should need nothing but a kind, or words for it."""
    assert source(format=form, **OTHER).format == form
    assert source(format=form, columns={}, constants={}, kinds={"Visita": "visit"}).kinds
    with pytest.raises(ValidationError, match="'kinds' or the constant"):
        source(format=form, columns={}, constants={})
    with pytest.raises(ValidationError, match="format " + form):
        source(format=form, columns=COLUMNS, constants={"kind": "advice"})
    with pytest.raises(ValidationError, match="a constant of format"):
        source(format=form, columns={}, constants={"kind": "advice", "occurred_on": "2025-01-15"})


def test_chat__other_headers() -> None:
    """Should take columns of a chat, and not those of a log."""
    assert source(format="chat", constants={"kind": "advice"}, columns={"author": "who"}).columns == {"author": "who"}
    with pytest.raises(ValidationError, match="format rows"):
        source(columns=COLUMNS | {"author": "who"})


def test_one_sided__a_partners_own_log() -> None:
    """Should take the log of one partner for its word, and one kept for all for everybody's, unless it is said."""
    assert not source().is_one_sided
    assert source(partner="north").is_one_sided
    assert source(one_sided=True).is_one_sided and not source(partner="north", one_sided=False).is_one_sided
