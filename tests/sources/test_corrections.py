"""Corrections meet texts before anything is read from them; places, types and codes stay right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melflow.core.workspace import Correction
from melflow.sources.corrections import Corrector, unsure
from melflow.sources.parse import parse
from melflow.sources.payload import Origin, Parsed
from melflow.sources.tables import ROW

SAID: dict[str, Any] = {"reason": "r", "who": "w", "on": "2025-03-01"}


def correction(**given: Any) -> Correction:
    return Correction.model_validate({"action": "replace"} | SAID | given)


def corrected(origin: Callable[..., Origin], file: str, *corrections: Correction) -> Origin:
    made = origin(file)
    return Origin(made.source, file, made.load_id, made.landed_at, Corrector(file, corrections))


def states(parsed: Parsed) -> list[tuple[int, str, int | None, bool]]:
    assert parsed.met is not None
    rows = parsed.met.select("number", "state", "source_row", pl.col("row_id").is_not_null())
    return sorted(rows.iter_rows())


RESULTS = [
    ["A title"],
    ["Indicator", "Organisation", "Semester", "Actual"],
    ["w1", "North Town", 1, 1204],
    ["w2", "North Town", 1, "n/a"],
    ["w3", "South Town", 1, "=2*3"],
    ["Total", "", "", 1210],
    ["test", "South Town", 2, 5],
]


@pytest.fixture
def results_config(results_source: Any) -> Any:
    return results_source.model_copy(
        update={"columns": {"indicator_id": "Indicator", "partner": "Organisation", "semester": "Semester",
                            "actual": "Actual"}}
    )  # fmt: skip


def results(origin, make_workbook, instruments, config, *corrections: Correction) -> Parsed:  # type: ignore[no-untyped-def]
    place = corrected(origin, "inbox/results/a.xlsx", *corrections)
    return parse(place, make_workbook(**{"2024": RESULTS}), config, instruments)


def test_cells__of_a_workbook(origin, make_workbook, instruments, results_config) -> None:  # type: ignore[no-untyped-def]
    """Should read the corrected text where the workbook stores a number or a text; other rows as they are."""
    where = {"file": "inbox/results/*.xlsx", "sheet": "2024"}
    parsed = results(
        origin, make_workbook, instruments, results_config,
        correction(**where, cell="D3", expected="1204", value="120.4"),
        correction(**where, cell="D4", action="missing", expected="n/a"),
        correction(**where, cell="A7", action="drop", expected="test"),
        correction(file="inbox/other/*.xlsx", sheet="2024", cell="D3", expected="1204", value="1"),
    )  # fmt: skip
    frame = parsed.frames["src_result"]
    assert frame.select("indicator_id", "actual", "actual_raw", "source_row").rows() == [
        ("w1", 120.4, "120.4", 3), ("w2", None, None, 4), ("w3", None, "a formula without a stored value", 5),
    ]  # fmt: skip
    assert frame["cell_ref"].to_list() == ["2024!D3", "2024!D4", "2024!D5"]
    assert states(parsed) == [(1, "applied", 3, True), (2, "applied", 4, True), (3, "applied", 7, False)]
    assert parsed.notes["rows_dropped_corrections"] == 1 and parsed.notes["rows_read"] == 5
    assert parsed.notes["rows_read"] - frame.height - 1 == parsed.notes["rows_dropped_totals"]


def test_keys__of_a_workbook(origin, make_workbook, instruments, results_config) -> None:  # type: ignore[no-untyped-def]
    """Should find a row by what its columns say, whatever else moved, and correct a stored number."""
    key = {"Indicator": "w1", "organisation": "North Town"}
    parsed = results(
        origin, make_workbook, instruments, results_config,
        correction(key=key, column="Actual", expected="1204.0", value="120.4"),
        correction(key={"Indicator": "test"}, action="drop"),
        correction(key={"Indicator": "w2"}, column="Indicator", expected="w2", value="w20"),
    )  # fmt: skip
    frame = parsed.frames["src_result"]
    assert frame.select("indicator_id", "actual").rows()[:2] == [("w1", 120.4), ("w20", None)]
    assert states(parsed) == [(1, "applied", 3, True), (2, "applied", 7, False), (3, "applied", 4, True)]


def test_corrections__no_longer_there(origin, make_workbook, instruments, results_config) -> None:  # type: ignore[no-untyped-def]
    """Should leave a row alone that is right already, and name one that says something else, to be held."""
    parsed = results(
        origin, make_workbook, instruments, results_config,
        correction(key={"Indicator": "w1"}, column="Actual", expected="7", value="1204"),
        correction(key={"Indicator": "w2"}, column="Actual", expected="7", value="8"),
        correction(key={"Indicator": "gone"}, column="Actual", expected="7", value="8"),
    )  # fmt: skip
    assert parsed.met is not None
    assert states(parsed) == [(1, "fixed", 3, True), (2, "unsure", 4, True)]
    frame = parsed.frames["src_result"]
    held = frame.filter(pl.col("row_id").is_in(list(unsure([parsed.met]))))
    assert held["indicator_id"].to_list() == ["w2"] and frame["actual"][0] == 1204


def test_corrections__one_of_two_rows_is_meant(origin, log_source, instruments) -> None:  # type: ignore[no-untyped-def]
    """Should correct, of two rows with the same key, the one with the expected value; then they are no conflict."""
    lines = ["Ref,Fecha,Quién da,Quién recibe,Actividad,Horas,Unidad,Persona"]
    lines += [f'17,01/02/2025,North,South,Visita,"{hours}",h,' for hours in ("3,5", "35")]
    content = "\n".join(lines).encode()
    assert len(parse(origin("inbox/a.csv"), content, log_source, instruments).conflicts) == 2
    place = corrected(origin, "inbox/a.csv", correction(key={"Ref": "17"}, column="Horas", expected="35", value="3,5"))
    parsed = parse(place, content, log_source, instruments)
    assert parsed.frames["src_exchange"]["quantity"].to_list() == [3.5] and not parsed.conflicts
    assert parsed.notes["duplicates"] == 1 and [state[1] for state in states(parsed)] == ["applied"]


def test_keys__of_json_lines(origin, log_source, instruments) -> None:  # type: ignore[no-untyped-def]
    """Should correct and drop rows of JSON Lines, and of the cells of a CSV file."""
    keys = list(log_source.columns.values())
    rows = [
        dict(zip(keys, [ref, "01/02/2025", "North", "South", "Visita", 2, "h", "x"], strict=False)) for ref in "abc"
    ]
    content = "\n".join(json.dumps(row) for row in rows).encode()
    place = corrected(
        origin, "push:0123",
        correction(key={"Ref": "b"}, column="Horas", expected="2", value="4"),
        correction(key={"Ref": "c"}, action="drop"),
    )  # fmt: skip
    parsed = parse(place, content, log_source, instruments)
    assert parsed.frames["src_exchange"].select("source_row", "quantity").rows() == [(1, 2.0), (2, 4.0)]
    assert parsed.notes["rows_dropped_corrections"] == 1 and parsed.notes["rows_read"] == 3
    table = (",".join(keys) + "\n" + "\n".join(",".join(map(str, row.values())) for row in rows)).encode()
    place = corrected(origin, "inbox/a.csv", correction(file="inbox/*.csv", cell="F3", expected="2", value="4"))
    assert parse(place, table, log_source, instruments).frames["src_exchange"]["quantity"].to_list() == [2.0, 4.0, 2.0]


SUBMISSIONS = (
    "_id,_uuid,__version__,about/org,about/day,trust_1,trust_2,years\n"
    "1,uuid-1,vA,north,2025-01-01,yes,no,3\n"
    "2,uuid-2,vA,south,2025-01-02,no,no,300\n"
    "3,uuid-3,vA,south,2025-01-03,no,no,5\n"
)


def answers(parsed: Parsed, item: str) -> list[tuple[Any, ...]]:
    frame = parsed.frames["src_response"].filter(item_id=item)
    return frame.select("source_row", "value_raw", "value_num", "value_text", "missing_code").rows()


def test_submissions__of_kobo(origin, kobo_source, instruments) -> None:  # type: ignore[no-untyped-def]
    """Should type and code a corrected answer like any other, and leave a submission out whole."""
    plain = parse(origin("inbox/a.csv"), SUBMISSIONS.encode(), kobo_source, instruments)
    place = corrected(
        origin, "inbox/a.csv",
        correction(submission="uuid:uuid-2", item="years", expected="300", value="30"),
        correction(submission="1", item="trust_1", expected="yes", value="dk"),
        correction(submission="3", action="drop"),
        correction(submission="1", item="years", expected="99", value="9"),
        correction(submission="1", item="trust_2", expected="yes", value="no"),
    )  # fmt: skip
    parsed = parse(place, SUBMISSIONS.encode(), kobo_source, instruments)
    years = parsed.frames["src_response"].filter(item_id="years")
    assert years.select("source_row", "value_num").rows() == [(2, 3.0), (3, 30.0)]
    assert [row[-1] for row in answers(parsed, "trust_1")] == ["dont_know", None]
    assert parsed.frames["src_submission"]["source_row"].to_list() == [2, 3]
    assert parsed.notes["rows_read"] == 3 and parsed.notes["rows_dropped_corrections"] == 1
    assert states(parsed) == [
        (1, "applied", 3, True), (2, "applied", 2, True), (3, "applied", 4, False), (4, "unsure", 2, True),
        (5, "fixed", 2, True),
    ]  # fmt: skip
    assert parsed.met is not None
    [held] = unsure([parsed.met])
    assert years.filter(row_id=held)["value_num"].to_list() == [3.0]
    hashes = [one.frames["src_submission"]["content_hash"].to_list() for one in (plain, parsed)]
    assert hashes[0][0] != hashes[1][0] and parsed.met.filter(number=3)["native_id"].to_list() == ["3"]


NAMES = st.sampled_from("abcd")
WORDS = st.sampled_from(["1", "2", "3", "1.0", "", "x"])


@given(
    rows=st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=8),
    wanted=st.dictionaries(NAMES, st.tuples(WORDS.filter(bool), st.sampled_from(["7", "8", "x"])), max_size=4),
    seed=st.randoms(use_true_random=False),
)
def test_rows__idempotent_and_in_any_order(rows: list[tuple[str, str]], wanted: dict[str, Any], seed: Any) -> None:
    """Should give the same rows in whatever order the corrections stand, and the same again when applied to them."""
    frame = pl.DataFrame(
        [(number, name, text or None) for number, (name, text) in enumerate(rows, 2)],
        schema={ROW: pl.Int64, "name": pl.String, "text": pl.String}, orient="row",
    )  # fmt: skip
    made = [
        correction(key={"name": name}, column="text", expected=expected, value=value)
        for name, (expected, value) in wanted.items()
        if expected != value
    ]
    headers: dict[str, str | None] = {"name": "Name", "text": "Text"}
    once, changed, _ = Corrector("f", made).rows(None, frame, headers)
    again, changed_again, _ = Corrector("f", made).rows(None, once, headers)
    shuffled = made.copy()
    seed.shuffle(shuffled)
    assert once.equals(again) and not changed_again
    assert Corrector("f", shuffled).rows(None, frame, headers)[0].equals(once)
    differs = {(row, "text") for row, before, after in zip(frame[ROW], frame["text"], once["text"], strict=True)
               if before != after}  # fmt: skip
    assert differs == changed
