"""Registers of decisions, roles, sessions, budgets, products and peer assessments."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from pydantic import ValidationError

from melflow.core.calendar import Period
from melflow.core.errors import SourceError
from melflow.core.names import PartnerNames
from melflow.core.registers import REGISTERS
from melflow.core.workspace import Partner
from melflow.core.workspace.source_register import RegisterSource
from melflow.sources import canonical, register
from melflow.sources.payload import Origin, Parsed
from melflow.sources.resolve import resolve
from melflow.sources.xlsform import Instruments

Make = Callable[..., Origin]


def _source(records: str, columns: dict[str, str] | None = None, **also: Any) -> RegisterSource:
    """Return a source of a register whose file is headed by our own words unless told otherwise."""
    columns = columns or {name: name for name in REGISTERS[records].columns}
    scale = {"scale": [1, 4]} if REGISTERS[records].scaled else {}
    shared = {"connector": "register", "name": records, "title": "Ours", "path": "inbox/r.csv"}
    return RegisterSource.model_validate(shared | {"records": records, "columns": columns} | scale | also)


def _csv(*rows: dict[str, str]) -> bytes:
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]).encode()


def _frame(parsed: Parsed, records: str) -> list[dict[str, Any]]:
    return parsed.frames[REGISTERS[records].table].rows(named=True)


@pytest.mark.parametrize("records", REGISTERS)
def test_parse__every_register(origin: Make, records: str) -> None:
    """Should fill the canonical columns of every register from a file with the columns it needs."""
    cells = {"key": "7", "partner": "North", "partners": "North", "date": "2025-03-05", "period": "2025-H1"}
    cells |= {"number": "2", "truth": "yes", "text": "words", "texts": "words", "link": "6"}
    declared = REGISTERS[records]
    row = {name: declared.words[name][0] if kind == "word" else cells[kind] for name, kind in declared.columns.items()}
    parsed = register.parse(origin("inbox/r.csv", "ours"), _csv(row), _source(records))
    (found,) = _frame(parsed, records)
    assert dict(parsed.frames[declared.table].schema) == canonical.FACTS[declared.table]
    assert found[declared.key] == "ours:7"
    empty = {name for name, value in found.items() if value is None}
    assert empty == {name for name in found if name in ("period_id", "source_sheet") or name.endswith("_id")} - {
        *declared.columns,
        *("row_id", "load_id"),
    }
    assert [found[name] for name in declared.of_kind("number")] == [2.0] * len(declared.of_kind("number"))
    assert all(found[name] is True for name in declared.of_kind("truth"))


def test_parse__words_dates_and_numbers_of_their_own(origin: Make) -> None:
    """Should read the partner's words, days first and decimal commas, and keep what cannot be read as it came."""
    columns = {"partner": "Quién", "period": "Semestre", "line": "Línea", "kind": "Tipo", "amount": "Monto"}
    columns |= {"currency": "Moneda", "is_personnel": "Personal"}
    words = {"kind": {"Ejecutado": "actual"}, "is_personnel": {"Nómina": "yes"}}
    source = _source("budgets", columns, words=words, decimal=",")
    content = "Quién;Semestre;Línea;Tipo;Monto;Moneda;Personal\n" + "\n".join(
        ["Norte;2025-H1;staff;ejecutado;1.250,50;COP;nómina", "Norte;2025-H1;bus;otro;mucho;COP;quizás"]
    )
    first, second = _frame(register.parse(origin("inbox/r.csv", "ours"), content.encode(), source), "budgets")
    assert (first["kind"], first["amount"], first["is_personnel"]) == ("actual", 1250.5, True)
    assert (second["kind"], second["amount"], second["amount_raw"]) == ("otro", None, "mucho")
    assert (second["is_personnel"], second["is_personnel_raw"]) == (None, "quizás")


def test_parse__several_authors_in_a_cell(origin: Make) -> None:
    """Should give each author of a product a row, from JSON as from a table, with ids that stay apart."""
    rows = [{"id": "g1", "product": "guide", "day": "2025-03-05", "authors": "North; South ;"}]
    columns = {"authorship_id": "id", "product_id": "product", "finished_on": "day", "partner": "authors"}
    parsed = register.parse(origin("inbox/p.json", "ours"), json.dumps(rows).encode(), _source("products", columns))
    found = _frame(parsed, "products")
    named = [(row["authorship_id"], row["partner_raw"]) for row in found]
    assert named == [("ours:g1.1", "North"), ("ours:g1.2", "South")]
    assert parsed.notes["rows_read"] == 1


def test_parse__one_partner_keeps_it(origin: Make) -> None:
    """Should give the rows to the source's own partner where the file does not say it."""
    columns = {"role": "role", "valid_from": "from"}
    source = _source("roles", columns, partner="north", date_formats=["%d/%m/%Y"])
    (row,) = _frame(register.parse(origin("inbox/r.csv", "ours"), b"role,from\nlead,05/03/2025", source), "roles")
    assert (row["partner_raw"], row["valid_from"], row["valid_to"]) == ("north", date(2025, 3, 5), None)


def test_parse__repetition_and_contradiction(origin: Make) -> None:
    """Should drop a repeated row, and mark two that say different things about the same."""
    columns = {name: name for name in ("session_id", "held_on", "partner", "minutes")}
    rows = [{"session_id": "s1", "held_on": "2025-03-05", "partner": who, "minutes": how_long}
            for who, how_long in (("North", "5"), ("North", "5"), ("South", "3"), ("South", "30"))]  # fmt: skip
    parsed = register.parse(origin("inbox/r.csv", "ours"), _csv(*rows), _source("sessions", columns))
    assert (len(_frame(parsed, "sessions")), parsed.notes["duplicates"]) == (3, 1)
    assert len(parsed.conflicts) == 2


def test_parse__column_missing(origin: Make) -> None:
    """Should name the column that the file does not have."""
    with pytest.raises(SourceError, match="decided_by"):
        register.parse(origin("inbox/r.csv", "ours"), b"decided_on\n2025-03-05\n", _source("decisions"))


def test_resolve__partners_and_period(origin: Make, instruments: Instruments) -> None:
    """Should resolve both partners of an assessment and place it by the day it was made."""
    partners = {
        name: Partner(partner_id=name, name=name.title(), type="ngo", country="PE", joined_on=date(2024, 7, 1))
        for name in ("north", "south")
    }
    row = {
        "assessed_on": "2025-03-05",
        "assessor": "North",
        "assessed": "SOUTH",
        "criterion": "open",
        "peer_score": "3",
    }
    source = _source("assessments", {name: name for name in row})
    parsed = register.parse(origin("inbox/r.csv", "ours"), _csv(row), source)
    period = Period(period_id="2025-H1", starts_on=date(2025, 1, 1), ends_on=date(2025, 6, 30), label="2025-H1")
    (found,) = _frame(
        resolve(parsed, PartnerNames(partners, ()), (period,), b"0123456789abcdef", instruments), "assessments"
    )
    assert (found["assessor_id"], found["assessed_id"], found["period_id"]) == ("north", "south", "2025-H1")
    assert (found["scale_min"], found["scale_max"]) == (1.0, 4.0)


@pytest.mark.parametrize(
    ("records", "also", "word"),
    [
        ("roles", {"columns": {"partner": "a", "role": "b"}}, "valid_from"),
        ("roles", {"columns": {"partner": "a", "role": "b", "valid_from": "c", "rol": "d"}}, "rol"),
        ("roles", {"words": {"role": {"Líder": "leader"}}}, "leader"),
        ("roles", {"words": {"step": {"uno": "one"}}}, "step"),
        ("assessments", {"scale": None}, "scale"),
        ("assessments", {"scale": [4, 1]}, "4"),
        ("roles", {"scale": [1, 4]}, "scale"),
    ],
)
def test_source__mistakes(records: str, also: dict[str, Any], word: str) -> None:
    """Should refuse a mapping that leaves a needed column out, or leads to something that is not there."""
    with pytest.raises(ValidationError) as caught:
        _source(records, **also)
    found = [finding for error in caught.value.errors() for finding in error["ctx"]["found"]]
    assert any(word in f"{finding.rule} {finding.seen}" for finding in found)


def _decisions(**changes: Any) -> RegisterSource:
    columns = {"decision_id": "No", "decided_on": "Meeting", "decided_by": "Decided by", "topic": "Matter"}
    given = {"title": "x", "path": "x", "connector": "register", "records": "decisions", "columns": columns}
    return RegisterSource(name="decisions", **{**given, **changes})


def test_parse__notes_totals_and_hidden_rows_of_a_workbook(origin: Make) -> None:
    """Should drop what is no entry, counted, and read or skip hidden rows as the source says."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Decisions of the alliance"],
        ["No", "Meeting", "Decided by", "Matter"],
        ["1", datetime(2024, 3, 1), "North", "Budget"],
        ["2", datetime(2024, 3, 2), "South", None],
        ["Total", None, None, "2 decisions"],
        [None, None, None, "only a matter"],
        ["3", datetime(2024, 3, 3), "South", "Rules"],
        [],
        ["Minutes are kept by the secretariat"],
    ):
        sheet.append(row)
    sheet.row_dimensions[4].hidden = True
    content = io.BytesIO()
    book.save(content)
    parsed = register.parse(origin("inbox/d.xlsx"), content.getvalue(), _decisions(totals=("Total",)))
    rows = parsed.frames["src_decision"]
    assert rows["source_row"].to_list() == [3, 4, 6, 7]  # an entry with gaps among others is for the checks
    expected = {"rows_read": 6, "rows_dropped_totals": 1, "rows_dropped_notes": 1, "rows_hidden": 1}
    assert parsed.notes | expected == parsed.notes
    skipped = register.parse(origin("inbox/d.xlsx"), content.getvalue(), _decisions(totals=("Total",), hidden="skip"))
    assert skipped.frames["src_decision"]["source_row"].to_list() == [3, 6, 7]


@pytest.mark.parametrize(
    "content",
    [
        b'[["x"], ["No", "Meeting", "Decided by", "Matter"], ["#id", "", "#org", "#topic"],'
        b' [1, "2024-03-01", "North", "A"]]',
        b'{"status": "OK", "results": [{"No": 1, "Meeting": "2024-03-01", "Decided by": "North", "Matter": "A"}]}',
    ],
)
def test_parse__tables_in_json(origin: Make, content: bytes) -> None:
    """Should read a JSON list of rows with its header and tags, and the only list inside a document."""
    rows = register.parse(origin("inbox/d.json"), content, _decisions()).frames["src_decision"]
    row = rows.select("decision_id", "decided_on", "decided_by_raw", "topic").row(0)
    assert row == ("north_survey:1", date(2024, 3, 1), "North", "A") and rows.height == 1


def test_parse__declared_encoding(origin: Make) -> None:
    """Should read a text file as the source says it is written, where detection would fail."""
    text = "No;Meeting;Decided by;Matter\n1;2024-03-01;Łódź;Zażółć\n"
    rows = register.parse(origin(), text.encode("iso8859-2"), _decisions(encoding="iso8859-2")).frames["src_decision"]
    assert rows["decided_by_raw"].to_list() == ["Łódź"]
    with pytest.raises(ValidationError, match="one that Python knows"):
        _decisions(encoding="klingon")


def test_parse__number_cells_and_number_texts_of_a_workbook(origin: Make, make_workbook: Callable[..., bytes]) -> None:
    """Should take a number cell as stored and a text by the decimal sign, also in a register."""
    columns = {"partner": "Who", "period": "When", "line": "Line", "kind": "Kind", "amount": "Amount", "currency": "In"}
    source = RegisterSource(
        name="budget", title="x", path="x", connector="register", records="budgets", columns=columns, decimal=","
    )
    rows = [["Who", "When", "Line", "Kind", "Amount", "In"]]
    for amount in (1.234, "1.234", 1 / 3, 1000, "1 000,5"):
        rows.append(["North", "2024", f"line {len(rows)}", "planned", amount, "EUR"])  # type: ignore[list-item]
    frame = register.parse(origin("inbox/b.xlsx"), make_workbook(b=rows), source).frames["src_budget"]
    assert frame["amount"].to_list() == [1.234, 1234.0, 0.3333333333333333, 1000.0, 1000.5]
    assert frame["amount_raw"][3] == "1000"
