from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.source import KoboSource
from melflow.sources import canonical, kobo
from melflow.sources.payload import Origin, Parsed
from melflow.sources.xlsform import Instruments

Make = Callable[..., Origin]

XML = [
    "start",
    "end",
    "about/partner",
    "about/who",
    "about/day",
    "about/phone",
    "trust_1",
    "trust_2",
    "how",
    "how_else",
    "years",
    "share",
]
META = ["__version__", "_id", "_uuid", "_submission_time"]
ANSWERS = [
    "2025-02-01T09:00:00.000-05:00",
    "2025-02-01T09:10:30.000-05:00",
    "north",
    "N-7",
    "2025-01-31",
    "555",
    "yes",
    "no",
    "visit call",
    "",
    "4",
    "0,5",
]


def _csv(headers: list[str], *rows: list[Any], sign: str = ";") -> bytes:
    lines = [sign.join(f'"{cell}"' for cell in row) for row in (headers, *rows)]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _answers(parsed: Parsed, item_id: str) -> list[dict[str, Any]]:
    return parsed.frames["src_response"].filter(item_id=item_id).to_dicts()


def _one(parsed: Parsed, item_id: str) -> dict[str, Any]:
    (row,) = _answers(parsed, item_id)
    return row


def test_parse__xml_values(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should give one conformed submission with its times, roles and provenance."""
    content = _csv(XML + META, [*ANSWERS, "vA", 12, "aaa", "2025-02-01T14:12:00"])
    parsed = kobo.parse(origin(), content, kobo_source, instruments)
    for table, frame in parsed.frames.items():
        assert dict(frame.schema) == canonical.TABLES[table]
        assert frame["row_id"].is_unique().all() and frame["row_id"].str.starts_with("north_survey-0123456789ab#").all()
        assert frame["content_hash"].null_count() == 0
    row = parsed.frames["src_submission"].row(0, named=True)
    expected = {
        "submission_id": "north_survey:12",
        "version_id": "aaa",
        "root_rule": "_id",
        "form_version": "1",
        "partner_raw": "north",
        "respondent_raw_hash": "N-7",
        "collected_on": date(2025, 1, 31),
        "duration_s": 630.0,
        "submitted_at_raw": "2025-02-01T14:12:00",
        "is_current": True,
        "source_row": 2,
        "source_file": "inbox/file.csv",
    }
    assert {name: row[name] for name in expected} == expected
    assert str(row["started_at"]) == "2025-02-01 14:00:00+00:00"
    assert parsed.notes["language"] == "xml" and parsed.notes["unmapped_columns"] == [] and parsed.conflicts == []


def test_parse__typed_answers(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should type every answer by its question and keep what the file said."""
    parsed = kobo.parse(origin(), _csv(XML + META, [*ANSWERS, "vA", 12, "aaa", ""]), kobo_source, instruments)
    trust = _one(parsed, "trust_1")
    assert (trust["value_raw"], trust["value_text"], trust["option"], trust["value_num"]) == ("yes", "yes", "yes", None)
    assert _one(parsed, "years")["value_num"] == 4
    share = _one(parsed, "share")
    assert (share["value_raw"], share["value_num"]) == ("0,5", 0.5) and parsed.notes["decimal_commas"] == 1
    assert _one(parsed, "day")["value_date"] == date(2025, 1, 31)
    assert [row["option"] for row in _answers(parsed, "how")] == ["__answered", "call", "visit"]
    assert _one(parsed, "trust_1")["item_path_raw"] == "trust_1"
    assert _one(parsed, "who")["item_path_raw"] == "about/who"


def test_parse__why_an_answer_is_missing(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should tell skipped, not relevant, don't know and unreadable apart, and keep a choice nobody knows."""
    row = ["", "", "north", "", "soon", "", "dk", "perhaps", "", " ", "four", "", "vA", 1, "a", "2025-02-03T01:00:00"]
    parsed = kobo.parse(origin(), _csv(XML + META, row), kobo_source, instruments)
    reasons = {
        item: _one(parsed, item)["missing_code"]
        for item in ("trust_1", "trust_2", "how", "how_else", "years", "share", "day")
    }
    assert reasons == {
        "trust_1": "dont_know",
        "trust_2": None,
        "how": "skipped",
        "how_else": "not_relevant",
        "years": "parse_error",
        "share": "skipped",
        "day": "parse_error",
    }
    assert _one(parsed, "trust_2")["option"] == "perhaps"
    assert _one(parsed, "years")["value_raw"] == "four" and _one(parsed, "years")["value_num"] is None
    assert _one(parsed, "how_else")["value_raw"] is None
    assert parsed.frames["src_submission"]["collected_on"][0] == date(2025, 2, 3)


@pytest.mark.parametrize("groups", [True, False])
@pytest.mark.parametrize("workbook", [True, False])
def test_parse__labels(
    origin: Make,
    kobo_source: KoboSource,
    instruments: Instruments,
    make_workbook: Callable[..., bytes],
    groups: bool,
    workbook: bool,
) -> None:
    """Should find the language of an export with labels, and give the same answers and hash as one with codes."""
    group = "Sobre usted/" if groups else ""
    headers = ["start", "end"] + [f"{group}{label}" for label in ("Su organización", "Su código", "Fecha", "Teléfono")]
    headers += [
        "Confiamos en ellos",
        "Nos fallan",
        "¿Cómo aprendió?",
        "¿De qué otra manera?",
        "Años en su función",
        "Parte del tiempo",
    ]
    said = [*ANSWERS[:2], "Villa Norte", *ANSWERS[3:6], "De acuerdo", "En  desacuerdo", "Visita Llamada", *ANSWERS[9:]]
    table = [headers + META, [*said, "vA", 12, "aaa", ""]]
    content = make_workbook(Health=table) if workbook else _csv(*table)
    parsed = kobo.parse(origin(), content, kobo_source, instruments)
    plain = kobo.parse(origin(), _csv(XML + META, [*ANSWERS, "vA", 12, "aaa", ""]), kobo_source, instruments)
    assert parsed.notes["language"] == "es" and parsed.notes["unmapped_columns"] == []
    assert (_one(parsed, "trust_1")["value_raw"], _one(parsed, "trust_1")["option"]) == ("De acuerdo", "yes")
    assert parsed.frames["src_submission"]["content_hash"][0] == plain.frames["src_submission"]["content_hash"][0]
    assert parsed.frames["src_submission"]["partner_raw"][0] == "north"
    assert parsed.frames["src_submission"]["source_sheet"][0] == ("Health" if workbook else None)


@pytest.mark.parametrize(
    ("headers", "cells", "expected"),
    [
        (["how"], ["call visit"], ["call", "visit"]),
        (["how/visit", "how/visit_long", "how/call", "how/other"], ["1", "0", "1", "0"], ["call", "visit"]),
        (["how", "how/visit", "how/call"], ["call visit", "True", "False"], ["call", "visit"]),
        (["How did you learn?"], ["Field visit of a week Telephone call"], ["call", "visit_long"]),
        (["How did you learn?"], ["Field visit Field visit of a week"], ["visit", "visit_long"]),
        (["How did you learn?"], ["Telephone call by-post"], ["by-post", "call"]),
        (
            ["How did you learn?", "How did you learn?/Field visit", "How did you learn?/Telephone call"],
            ["x", "1", "1"],
            ["call", "visit"],
        ),
        (["how/visit", "how/call"], ["", ""], []),
        (["how/visit", "how/call"], ["0", "0"], []),
    ],
)
def test_parse__select_multiple(
    origin: Make,
    kobo_source: KoboSource,
    instruments: Instruments,
    headers: list[str],
    cells: list[str],
    expected: list[str],
) -> None:
    """Should read options from one column or many, with codes or with labels that contain spaces."""
    labels = headers[0].startswith("How")
    others = (
        ["Your organisation", "We trust them", "They let us down"]
        if labels
        else ["about/partner", "trust_1", "trust_2"]
    )
    content = _csv([*others, *headers, "_id"], ["north", "yes", "no", *cells, 1])
    rows = _answers(kobo.parse(origin(), content, kobo_source, instruments), "how")
    assert [row["option"] for row in rows] == ["__answered", *expected]
    assert rows[0]["missing_code"] == (None if expected else "skipped")


def test_parse__versions_in_one_file(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should ask each row the questions of its own version, by the source's map or the version's own text."""
    headers = ["about/partner", "trust_1", "trust_2", "trust_two", "how", *META]
    rows = [["north", "yes", "no", "", "call", "vA", 1, "a", ""], ["north", "yes", "", "mid", "call", "2", 2, "b", ""]]
    parsed = kobo.parse(origin(), _csv(headers, *rows), kobo_source, instruments)
    asked = parsed.frames["src_response"].filter(
        pl.col("item_id").str.starts_with("trust_t") | (pl.col("item_id") == "trust_2")
    )
    assert asked.select("form_version", "item_id", "option").rows() == [
        ("1", "trust_2", "no"),
        ("2", "trust_two", "mid"),
    ]
    assert parsed.notes["versions_unknown"] == {}


def test_parse__unknown_version_is_guessed_and_noted(
    origin: Make, kobo_source: KoboSource, instruments: Instruments
) -> None:
    """Should take the version with most of the file's questions, and say so."""
    content = _csv(
        ["about/partner", "trust_1", "trust_2", "how", *META], ["north", "yes", "no", "call", "vZ", 1, "a", ""]
    )
    parsed = kobo.parse(origin(), content, kobo_source, instruments)
    assert parsed.frames["src_submission"]["form_version"].to_list() == ["1"]
    assert parsed.notes["versions_unknown"] == {"vZ": "1"}


def test_parse__repeats_on_their_own_sheet(
    origin: Make, kobo_source: KoboSource, instruments: Instruments, make_workbook: Callable[..., bytes]
) -> None:
    """Should link the rows of a repeat's sheet to their submission and number them within it."""
    main = [
        ["about/partner", "trust_1", "trust_2", "how", "_id", "_index"],
        ["north", "yes", "no", "call", 1, 1],
        ["south", "no", "no", "call", 2, 2],
    ]
    learned = [
        ["learned/practice", "learned/adapted", "_index", "_parent_table_name", "_parent_index"],
        ["Meters", "yes", 1, "main", 2],
        ["Shelf", "no", 2, "main", 1],
        ["Diary", "maybe", 3, "main", 2],
    ]
    parsed = kobo.parse(origin("inbox/a.xlsx"), make_workbook(main=main, learned=learned), kobo_source, instruments)
    found = (
        parsed.frames["src_response"]
        .filter(item_id="practice")
        .select("submission_id", "repeat_path", "value_text", "source_sheet", "source_row")
    )
    assert sorted(found.rows()) == [
        ("north_survey:1", "learned[1]", "Shelf", "learned", 3),
        ("north_survey:2", "learned[1]", "Meters", "learned", 2),
        ("north_survey:2", "learned[2]", "Diary", "learned", 4),
    ]


def test_parse__fixed_partner_only_without_a_partner_question(
    origin: Make, kobo_source: KoboSource, instruments: Instruments
) -> None:
    """Should take the source's partner when the form asks for none, and believe the form otherwise."""
    fixed = kobo_source.model_copy(update={"partner": "south"})
    asked = kobo.parse(origin(), _csv(XML + META, [*ANSWERS, "vA", 1, "a", ""]), fixed, instruments)
    assert asked.frames["src_submission"]["partner_raw"].to_list() == ["north"]
    meeting = fixed.model_copy(update={"instrument": "meeting"})
    not_asked = kobo.parse(origin(), _csv(["room", "guests", "_id"], ["A", 3, 1]), meeting, instruments)
    assert not_asked.frames["src_submission"]["partner_raw"].to_list() == ["south"]


def test_parse__header_without_rows(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should read an export in which nobody answered yet."""
    parsed = kobo.parse(origin(), _csv(XML + META), kobo_source, instruments)
    assert {name: frame.height for name, frame in parsed.frames.items()} == {"src_submission": 0, "src_response": 0}


def test_parse__column_nobody_mapped_is_noted(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should note a column that is no question, but not what Kobo adds itself."""
    headers = [*XML, *META, "Checked by", "_tags", "meta/instanceName", "formhub/uuid", "about/_gps_latitude"]
    parsed = kobo.parse(
        origin(), _csv(headers, [*ANSWERS, "vA", 1, "a", "", "me", "", "", "", ""]), kobo_source, instruments
    )
    assert parsed.notes["unmapped_columns"] == ["Checked by"]


def test_parse__file_of_another_form(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should name the form the file looks like and where it belongs."""
    with pytest.raises(SourceError) as caught:
        kobo.parse(origin("inbox/kobo/x.csv"), _csv(["room", "guests", "_id"], ["A", 3, 1]), kobo_source, instruments)
    (problem,) = caught.value.problems
    assert problem.where == "inbox/kobo/x.csv"
    assert (
        problem.seen == "the form 'meeting'"
        and "source that reads 'meeting'" in problem.fix
        and "'health'" in problem.rule
    )


def test_parse__file_of_no_form(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should say how little of the form is there."""
    with pytest.raises(SourceError, match=r"inbox/file\.csv.*0% of its questions.*Export the right form"):
        kobo.parse(origin(), _csv(["a", "b"], [1, 2]), kobo_source, instruments)
