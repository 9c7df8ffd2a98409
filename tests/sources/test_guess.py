"""Proposals for files nobody has described: that they load, and read what a person would read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from melflow.core.names import PartnerNames
from melflow.core.workspace import Partner, SourceConfig
from melflow.sources import guess_columns, parse
from melflow.sources.guess import Given, guess
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Instruments

Make = Callable[..., Origin]
NAMES = PartnerNames(
    {
        name.lower(): Partner(
            partner_id=name.lower(), name=f"{name} Town", type="municipality", country="x", joined_on=date(2020, 1, 1)
        )
        for name in ("North", "South", "Lake")
    },
    (),
)


def _proposed(origin: Origin, content: bytes, given: Given | None = None) -> tuple[str, dict[str, Any]]:
    text = guess(origin, content, given or Given("inbox/file.x", NAMES, ("2024-H1", "2024-H2")))
    return text, yaml.safe_load(text)


def _source(proposal: dict[str, Any], **also: Any) -> Any:
    return TypeAdapter(SourceConfig).validate_python({"name": "proposed"} | proposal | also)


RESULTS = [
    ["Alianza de aprendizaje"],
    [],
    ["Código", "Municipio", "Semestre", "Línea de base", "Meta", "Logro", "Observación"],
    ["IND-1", "North Town", 1, "1.234,5", "2.000,0", "1.500,25", "bien"],
    ["IND-2", "South Town", 2, "0,5", "1,0", "0,75", ""],
    ["Total", "", "", "1.235,0", "2.001,0", "1.501,0", ""],
]


def test_guess__results(origin: Make, make_workbook: Callable[..., bytes], instruments: Instruments) -> None:
    """Should propose a source that loads as it is and reads the figures as they are meant."""
    content = make_workbook(**{"2024": RESULTS, "2025": RESULTS, "Códigos": [["x", "y"]]})
    text, proposal = _proposed(origin("inbox/r.xlsx"), content)
    assert "TODO" not in text
    assert (
        proposal
        | {
            "connector": "spreadsheet",
            "sheets": ["20*"],
            "decimal": ",",
            "totals": ["Total"],
            "period": "{sheet}-H{semester}",
        }
        == proposal
    )
    assert "gives 2024-H1 for the first row, which the calendar has" in text
    assert "2 of 2 names are in the registry" in text
    rows = parse.parse(origin("inbox/r.xlsx"), content, _source(proposal), instruments).frames["src_result"]
    figures = rows.filter(source_sheet="2024").select("indicator_id", "partner_raw", "period_raw", "baseline", "actual")
    assert figures.rows() == [
        ("IND-1", "North Town", "2024-H1", 1234.5, 1500.25),
        ("IND-2", "South Town", "2024-H2", 0.5, 0.75),
    ]


def test_guess__header_far_down(origin: Make, make_workbook: Callable[..., bytes]) -> None:
    """Should look for a header in all of the sheet, as a source does, where the first rows have none."""
    remarks = [[f"Observación {number}", "", "véase el acta"] for number in range(90)]
    text, proposal = _proposed(origin("inbox/r.xlsx"), make_workbook(Hoja=[*remarks, *RESULTS]))
    assert f"header in row {90 + 3}" in text
    assert proposal["columns"] | {"indicator_id": "Código", "actual": "Logro"} == proposal["columns"]


def test_guess__what_was_not_found_is_left_open(origin: Make, make_workbook: Callable[..., bytes]) -> None:
    """Should leave a line to fill in for what is needed and not found, which the check then names."""
    rows = [["Indicator", "Value of things", "Actual"], ["IND-1", "x", 3], ["IND-2", "y", 4]]
    text, proposal = _proposed(origin("inbox/r.xlsx"), make_workbook(Results=rows), Given("inbox/r.xlsx"))
    assert '# TODO partner: <id of partners.csv>' in text and "# TODO period:" in text  # fmt: skip
    with pytest.raises(ValueError, match="partner") as caught:
        _source(proposal)
    assert "period" in str(caught.value)
    filled = text.replace("# TODO partner: <id of partners.csv>", "partner: north").replace(
        "# TODO period: ", "period: "
    )
    assert _source(yaml.safe_load(filled.replace('"{sheet}-H{semester}"', '"2024-H1"'))).partner == "north"


@pytest.mark.parametrize(
    ("rows", "formats", "doubt"),
    [
        (["03/04/2024", "05/06/2024"], ["%d/%m/%Y"], True),
        (["03/04/2024", "25/06/2024"], ["%d/%m/%Y"], False),
        (["03/24/2024", "06/25/2024"], ["%m/%d/%Y"], False),
        (["2024-03-01", "1 March 2024"], ["%Y-%m-%d", "%d %B %Y"], False),
        (["45231", "45232"], ["%Y-%m-%d"], False),
    ],
)
def test_guess__log(rows: list[str], formats: list[str], doubt: bool, origin: Make) -> None:
    """Should find out how dates are written, say when it cannot, and map the words it knows."""
    lines = ["Ref;Fecha;Quién da;Quién recibe;Actividad;Horas", *(f"{n};{day};North;South;{kind};1,5" for n, (day, kind)
             in enumerate(zip(rows, ("Asesoría", "Fiesta"), strict=True)))]  # fmt: skip
    text, proposal = _proposed(origin(), "\n".join(lines).encode("cp1252"))
    assert proposal["date_formats"] == formats and ("the other way round" in text) == doubt
    assert proposal["connector"] == "activity_log" and proposal["kinds"] == {"Asesoría": "advice"}
    assert proposal["encoding"] == "cp1252" and "to be mapped by hand to advice" in text and "Fiesta" in text
    assert _source(proposal).columns["quantity"] == "Horas"


@pytest.mark.parametrize("records", sorted(guess_columns.meanings()["registers"]))
def test_guess__every_register(records: str, origin: Make) -> None:
    """Should tell every register by the words above its columns."""
    kinds = next(use.kinds for use in guess_columns.USES if use.records == records)
    cells = {
        "date": "2024-03-01",
        "number": "3",
        "partner": "North",
        "partners": "North",
        "truth": "yes",
        "period": "2024",
    }
    known = guess_columns.meanings()["registers"][records]
    header = ";".join(words[0].title() for words in known.values())
    lines = [";".join((cells | {"number": n}).get(kinds[meaning], "text") for meaning in known) for n in "14"]
    text, proposal = _proposed(origin(), "\n".join([header, *lines]).encode())
    assert (proposal["connector"], proposal["records"]) == ("register", records), text
    assert set(proposal["columns"]) == set(known)
    _source(proposal)


def test_guess__by_tags_and_by_registry(origin: Make) -> None:
    """Should use HXL tags where texts say nothing, and the registry where neither does."""
    lines = ["A,B,C,D", "#indicator+code,,#value+target,#value+actual", "IND-1,North,1,2", "IND-2,Lake Town,3,4"]
    text, proposal = _proposed(origin(), "\n".join(lines).encode())
    assert proposal["columns"] == {"indicator_id": "A", "target": "C", "actual": "D", "partner": "B"}
    assert "2 of 2 names are in the registry" in text


def test_guess__tag_where_texts_repeat(origin: Make) -> None:
    """Should write the tag of a column whose text stands above several."""
    _, proposal = _proposed(origin(), b"Code,Value,Value\n#indicator,#value+target,#value+actual\nIND-1,1,2\n")
    assert proposal["columns"] == {"indicator_id": "Code", "target": "#value+target", "actual": "#value+actual"}


@pytest.mark.parametrize(
    ("content", "connector"),
    [
        (b"_id,_uuid,trust_1,how\n1,a,yes,visit\n", "kobo"),
        (b'[{"_id": 1, "_uuid": "a", "trust_1": "yes"}]', "kobo"),
        (b'{"value": [{"__id": "uuid:1", "__system": {}, "group": {"trust_1": "yes"}}]}', "odk"),
        (b"SubmissionDate,about-partner,KEY\n2024-01-01,north,uuid:1\n", "odk"),
    ],
)
def test_guess__survey_exports(content: bytes, connector: str, origin: Make, instruments: Instruments) -> None:
    """Should know exports of survey servers, and the form they are of."""
    _, proposal = _proposed(origin(), content, Given("inbox/f.csv"))
    assert proposal["connector"] == connector and "instrument" not in proposal
    questions = instruments.forms[0].items["item_id"].drop_nulls().to_list()
    wide = ("_id,_uuid," + ",".join(questions) + "\n1,a\n").encode()
    text, proposal = _proposed(origin(), wide, Given("inbox/f.csv", forms=instruments.forms))
    assert proposal["instrument"] == instruments.forms[0].form_id and "100% of its questions" in text


def test_guess__survey_export_with_labels(origin: Make, instruments: Instruments) -> None:
    """Should find the form of an export that has the questions as people read them, in any of its languages."""
    form = instruments.forms[0]
    for language in form.languages:
        labels = [json.loads(label).get(language, name) for name, label in form.items.select("item_id", "label").rows()]
        header = io.StringIO()
        csv.writer(header).writerow(["_id", "_uuid", *labels])
        content = f"{header.getvalue()}1,a\n".encode()
        text, proposal = _proposed(origin(), content, Given("inbox/f.csv", forms=instruments.forms))
        assert proposal["instrument"] == form.form_id and "of its questions" in text
