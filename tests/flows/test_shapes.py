"""A source that looks otherwise than before: said in a sentence, waited with where it breaks, let in when accepted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from melflow.core.landing import Landing
from melflow.flows.shapes import Watch, accept, accepted, changes, joined, shape_of, told
from melflow.sources.canonical import conform, empty
from melflow.sources.payload import Parsed


class Place:
    """All of a workspace that shapes need."""

    def __init__(self, var: Path) -> None:
        self.var = var


def log(n: int, *, readable: bool = True, filled: bool = True, unmapped: tuple[str, ...] = ()) -> Parsed:
    """A payload of a log with ``n`` rows."""
    rows = [{"exchange_id": f"e{i}", "quantity": 1.0 if readable and filled else None,
             "quantity_raw": ("1" if readable else "one") if filled else None} for i in range(n)]  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"quantity": pl.Float64, "quantity_raw": pl.String})
    return Parsed({"src_exchange": conform("src_exchange", frame)}, {"unmapped_columns": list(unmapped)})


def landed(number: int) -> Landing:
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return Landing("log", f"inbox/{number}.csv", f"{number:012d}".ljust(64, "0"), 1, day)


@pytest.mark.parametrize(
    ("new", "words", "is_breaking"),
    [
        ({"readable": False}, "'quantity' could be read as numbers or dates until now, and 100% of it cannot", True),
        ({"filled": False}, "the column of 'quantity' was always filled", True),
        ({"unmapped": ("Remarks",)}, "a new column 'Remarks' has come", False),
    ],
)
def test_changes__in_a_sentence(new: dict[str, Any], words: str, is_breaking: bool) -> None:
    """Should say what changed, and know which changes break; nothing is said of the first payload."""
    none = empty("src_choice")
    known = joined(shape_of(log(20), none), shape_of(log(20), none))
    (change,) = changes(known, shape_of(log(20, **new), none))
    assert words in change.sentence and change.is_breaking is is_breaking
    assert changes(known, shape_of(log(20), none)) == []
    assert changes(known, shape_of(log(4, **new | {"unmapped": ()}), none)) == []  # too few rows to tell


def test_changes__choice_lists() -> None:
    """Should break on a choice that is gone without a new version of the form, and tell of one that came."""
    key = {"instrument_id": "cap", "form_version": "1"}
    answers = conform("src_response", pl.DataFrame([key | {"item_id": "q1", "value_raw": "a", "option": "a"}]))
    parsed = Parsed({"src_response": answers})
    before, after = (
        shape_of(parsed, conform("src_choice", pl.DataFrame([key | {"list": "yn", "code": code} for code in codes])))
        for codes in ("ab", "bc")
    )
    lost, came = changes(before, after)
    assert (lost.is_breaking, came.is_breaking) == (True, False)
    assert lost.sentence == "the form's cap 1, list yn lost the choices a without a new version"
    assert came.sentence.endswith("has the new choices c")


def test_watch__waits_until_accepted(tmp_path: Path) -> None:
    """Should keep the file waiting, also in the next run; let it in once accepted; and learn the same anew."""
    place: Any = Place(tmp_path)
    none = empty("src_choice")
    for _ in range(2):  # a second run reads nothing of the first payloads again
        watch = Watch(place, "log", anew=not told(place, "log"))
        if not told(place, "log"):
            assert [watch.look(landed(n), log(20), none) for n in (1, 2)] == [None, None]
        problem = watch.look(landed(3), log(20, readable=False), none)
        assert problem is not None and "melflow sources accept log" in problem.fix and "quantity" in problem.seen
        watch.keep()
    assert [one["file"] for one in accept(place, "log")] == ["inbox/3.csv"]
    assert accepted(place, "log") == [landed(3).load_id]
    for _ in range(2):
        watch = Watch(place, "log", anew=True)
        files = [log(20), log(20), log(20, readable=False)]
        assert [watch.look(landed(n), file, none) for n, file in enumerate(files, 1)] == [None, None, None]
        watch.keep()
        assert [one["waits"] for one in told(place, "log")] == [False]
    assert accept(place, "log") == []
