import json
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import activity_log, canonical
from melflow.sources.payload import Context, Origin, Parsed

Make = Callable[..., Origin]
HEADER = ["Ref", "Fecha", "Quién da", "Quién recibe", "Actividad", "Horas", "Unidad", "Persona"]
ROW = ["7", "05/03/2025", "North", "South", "asesoria", "1,5", "h", "Ana"]


@pytest.fixture
def parse(origin: Make, log_source: ActivityLogSource, context: Context) -> Callable[..., Parsed]:
    def run(content: bytes, **changed: Any) -> Parsed:
        config = log_source.model_copy(update=changed)
        return activity_log.parse(origin("inbox/v.csv", "visits"), content, config, context)

    return run


def _csv(*rows: list[str], sign: str = ";", header: list[str] = HEADER) -> bytes:
    return "\n".join(sign.join(f'"{cell}"' for cell in row) for row in (header, *rows)).encode()


def _first(parsed: Parsed) -> dict[str, Any]:
    return parsed.frames["src_exchange"].row(0, named=True)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_parse__csv(parse: Callable[..., Parsed], sign: str) -> None:
    """Should map columns and words, whatever their accents and capitals."""
    parsed = parse(_csv(ROW, sign=sign, header=[name.upper() for name in HEADER]))
    assert dict(parsed.frames["src_exchange"].schema) == canonical.TABLES["src_exchange"]
    expected = {
        "exchange_id": "visits:7",
        "occurred_on": date(2025, 3, 5),
        "occurred_on_raw": "05/03/2025",
        "date_precision": "day",
        "from_partner_raw": "North",
        "to_partner_raw": "South",
        "kind": "advice",
        "quantity": 1.5,
        "quantity_raw": "1,5",
        "unit": "hours",
        "from_person": "Ana",
        "source_row": 2,
        "row_id": "visits-0123456789ab#x1",
    }
    row = _first(parsed)
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("listed", [True, False])
def test_parse__json(parse: Callable[..., Parsed], listed: bool) -> None:
    """Should read JSON Lines and a JSON list alike, numbers included, and count lines like an editor."""
    entry = dict(zip(HEADER, [7, *ROW[1:5], 1.5, *ROW[6:]], strict=True)) | {"extra": [1]}
    second = {**entry, "Ref": 8}
    text = (
        json.dumps([entry, second])
        if listed
        else f"\n{json.dumps(entry)}\n\n{json.dumps(second, ensure_ascii=False)}\n"
    )
    parsed = parse(text.encode())
    frame = parsed.frames["src_exchange"]
    assert frame.select("exchange_id", "quantity", "source_row").rows() == [
        ("visits:7", 1.5, 1 if listed else 2),
        ("visits:8", 1.5, 2 if listed else 4),
    ]
    assert parsed.notes["unmapped_columns"] == ["extra"]


@pytest.mark.parametrize("listed", [True, False])
def test_parse__json_numbers_beside_a_decimal_comma(parse: Callable[..., Parsed], listed: bool) -> None:
    """Should take a number of JSON for what it says, and a text as the source declares its numbers."""
    said = {"a": (1.234, 1.234), "b": ("1.234", 1234.0), "c": ("1,5", 1.5), "d": (1234, 1234.0), "e": (-0.5, -0.5)}
    entries = [dict(zip(HEADER, [ref, *ROW[1:5], value, *ROW[6:]], strict=True)) for ref, (value, _) in said.items()]
    text = json.dumps(entries) if listed else "\n\n".join(json.dumps(entry) for entry in entries)
    frame = parse(text.encode(), decimal=",").frames["src_exchange"]
    assert dict(frame.select("exchange_id", "quantity").iter_rows()) == {
        f"visits:{ref}": number for ref, (_, number) in said.items()
    }


def test_parse__workbook(parse: Callable[..., Parsed], make_workbook: Callable[..., bytes]) -> None:
    """Should read a workbook too, with titles above the header and real date cells."""
    table = [["Visit book"], HEADER, ["7", date(2025, 3, 5), *ROW[2:5], 1.5, *ROW[6:]]]
    row = _first(parse(make_workbook(Cover=[["x"]], Visits=table)))
    assert (row["occurred_on"], row["date_precision"], row["quantity"], row["source_sheet"], row["source_row"]) == (
        date(2025, 3, 5),
        "day",
        1.5,
        "Visits",
        3,
    )


def test_parse__dates(parse: Callable[..., Parsed]) -> None:
    """Should read declared formats with their precision, Excel serials counted, and leave the rest null."""
    days = ["05/03/2025", "03/2025", "2025", "45721", "soon", "15000"]
    parsed = parse(_csv(*([str(n), day, *ROW[2:]] for n, day in enumerate(days))))
    assert parsed.frames["src_exchange"].select("occurred_on", "date_precision").rows() == [
        (date(2025, 3, 5), "day"),
        (date(2025, 3, 1), "month"),
        (date(2025, 1, 1), "year"),
        (date(2025, 3, 5), "day"),
        (None, None),
        (None, None),
    ]
    assert parsed.notes["excel_serial_dates"] == 1


def test_parse__words_nobody_mapped_stay(parse: Callable[..., Parsed]) -> None:
    """Should keep an unknown word for the checks, and know our own words without a map."""
    rows = [["1", *ROW[1:4], "Baile", *ROW[5:]], ["2", *ROW[1:4], "visit", *ROW[5:]]]
    assert parse(_csv(*rows)).frames["src_exchange"]["kind"].to_list() == ["Baile", "visit"]


def test_parse__self_loops_stay(parse: Callable[..., Parsed]) -> None:
    """Should keep an exchange of a partner with itself: the models drop and count it."""
    assert parse(_csv(["1", ROW[1], "North", "North", *ROW[4:]])).frames["src_exchange"].height == 1


def test_parse__repetitions_and_contradictions(parse: Callable[..., Parsed]) -> None:
    """Should drop the same row under the same id, and mark different rows under one id."""
    parsed = parse(_csv(ROW, ROW, ["8", *ROW[1:]], ["8", "06/03/2025", *ROW[2:]]))
    assert parsed.notes["duplicates"] == 1
    frame = parsed.frames["src_exchange"]
    assert frame.filter(pl.col("row_id").is_in(parsed.conflicts))["exchange_id"].to_list() == ["visits:8", "visits:8"]


def test_parse__without_ids_the_content_names_the_row(
    parse: Callable[..., Parsed], log_source: ActivityLogSource
) -> None:
    """Should name rows by what they say, the same in every file."""
    columns = {key: text for key, text in log_source.columns.items() if key != "exchange_id"}
    first = parse(_csv(ROW, ["8", "06/03/2025", *ROW[2:]]), columns=columns)
    again = parse(_csv(["other", *ROW[1:]]), columns=columns)
    assert first.frames["src_exchange"]["exchange_id"].is_unique().all() and first.conflicts == []
    assert _first(again)["exchange_id"] == _first(first)["exchange_id"]


def test_parse__rows_without_quantity_are_events(parse: Callable[..., Parsed], log_source: ActivityLogSource) -> None:
    """Should count each row as one event where the log has neither quantity nor unit."""
    columns = {key: text for key, text in log_source.columns.items() if key not in ("quantity", "unit")}
    row = _first(parse(_csv(ROW), columns=columns))
    assert (row["quantity"], row["unit"], row["quantity_raw"]) == (1.0, "events", None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (_csv(header=[*HEADER[:2], "Quien dá", "Receptor", *HEADER[4:]]), ["no 'Quién recibe'", "sources/visits.yml"]),
        (json.dumps([{"Ref": 1, "fecha": "x"}]).encode(), ["no 'Quién da'", "no 'Actividad'"]),
        (b'{"Ref": 1}\n{"Ref": 2', ["row 2", "correct or delete it"]),
        (b'[{"Ref": 1}, 5]', ["row 2", "JSON object"]),
        (b'{"n": 2, "exchanges": [{"Ref": 1}], "more": []}', ["2 lists", "n, exchanges, more", "as JSON Lines"]),
        (b'{"detail": "Not found."}', ["no lists", "detail"]),
        (b"", ["an empty file"]),
        (b"\x89PNG\r\n\x1a\n....", ["a PNG picture"]),
    ],
)
def test_parse__what_is_no_log(parse: Callable[..., Parsed], content: bytes, words: list[str]) -> None:
    """Should name file, place and remedy."""
    with pytest.raises(SourceError) as caught:
        parse(content)
    message = str(caught.value)
    assert all(problem.where.startswith("inbox/v.csv") and problem.fix for problem in caught.value.problems)
    assert all(word in message for word in words)


def test_parse__constants(parse: Callable[..., Parsed]) -> None:
    """Should let every row say what the source declares for the whole log; the constant date is year-month-day."""
    header = ["A", "B", "N"]
    parsed = parse(
        _csv(["North", "South", "3"], ["South", "North", "1"], header=header),
        columns={"from_partner": "A", "to_partner": "B", "quantity": "N"},
        constants={"occurred_on": "2025-01-15", "kind": "advice", "unit": "hours"},
    )
    rows = parsed.frames["src_exchange"]
    assert set(rows["occurred_on"]) == {date(2025, 1, 15)}
    assert set(rows["date_precision"]) == {"day"}
    assert set(rows["kind"]) == {"advice"}
    assert rows.select("quantity", "unit").rows() == [(3.0, "hours"), (1.0, "hours")]


def test_parse__constants_do_not_fill_blank_rows(parse: Callable[..., Parsed]) -> None:
    """Should not take an empty row for an exchange because of what all rows have in common."""
    parsed = parse(
        _csv(["North", "South"], ["", ""], header=["A", "B"]),
        columns={"from_partner": "A", "to_partner": "B"},
        constants={"occurred_on": "2025-01-15", "kind": "advice"},
    )
    assert parsed.frames["src_exchange"].select("quantity", "unit").rows() == [(1.0, "events")]


def test_parse__equal_rows_are_as_many_acts(parse: Callable[..., Parsed], log_source: ActivityLogSource) -> None:
    """Should count two equal rows of a log without ids as two, with the same names whenever the file comes."""
    columns = {key: text for key, text in log_source.columns.items() if key != "exchange_id"}
    twice = parse(_csv(ROW, ["8", *ROW[1:]]), columns=columns)
    ids = twice.frames["src_exchange"]["exchange_id"]
    assert (ids.n_unique(), twice.notes["duplicates"], twice.conflicts) == (2, 0, [])
    assert (
        parse(_csv(ROW, ROW, ROW), columns=columns).frames["src_exchange"]["exchange_id"].to_list()[:2] == ids.to_list()
    )
    assert _first(parse(_csv(ROW), columns=columns))["exchange_id"] == ids[0]


def test_parse__roles(parse: Callable[..., Parsed], log_source: ActivityLogSource) -> None:
    """Should keep who set the agenda, hosted and paid; a log without these columns keeps its ids."""
    columns = {key: text for key, text in log_source.columns.items() if key != "exchange_id"}
    header = [*HEADER, "Anfitrión"]
    row = _first(parse(_csv([*ROW, "South"], header=header), columns=columns | {"host": "Anfitrión"}))
    assert (row["host_raw"], row["payer_raw"]) == ("South", None)
    assert row["exchange_id"] != _first(parse(_csv(ROW), columns=columns))["exchange_id"]
