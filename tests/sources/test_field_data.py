"""Files of real servers and spreadsheets; skipped without the folder they lie in."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import KoboSource, OdkSource, SpreadsheetSource
from melflow.sources import kobo, odk, spreadsheet
from melflow.sources.formcheck import check_instruments
from melflow.sources.payload import Origin
from melflow.sources.tables import read_tables
from melflow.sources.xlsform import Instruments, read_xlsform

FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", "nowhere"))
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")
ONA = FIELD / "onadata_exports"
Make = Callable[..., Origin]


def _form_of_json(folder: Path, contents: Iterable[dict[str, Any]], framework: Framework) -> Instruments:
    """Write forms that formpack keeps as JSON as XLSForms, and read them back."""
    forms = []
    for number, content in enumerate(contents):
        book = openpyxl.Workbook()
        book.remove(book.active)
        languages = [name or "default" for name in content.get("translations", ["default"])]
        for sheet, keys in (("survey", ("type", "name")), ("choices", ("list_name", "name"))):
            page = book.create_sheet(sheet)
            page.append([*keys, *(f"label::{language}" for language in languages)])
            for row in content.get(sheet, []):
                label = row.get("label", [])
                kind = " ".join(filter(None, (row.get("type"), row.get("select_from_list_name"))))
                cells = {**row, "type": kind}
                page.append([*(cells.get(key) for key in keys), *(label if isinstance(label, list) else [label])])
        settings = book.create_sheet("settings")
        settings.append(["form_id", "version"])
        settings.append(["form", str(number)])
        book.save(folder / f"v{number}.xlsx")
        forms.append(read_xlsform(folder / f"v{number}.xlsx", framework))
    return Instruments(forms)


@pytest.mark.parametrize("name", ["grouped_translated", "restaurant_profile", "customer_satisfaction", "dietary_needs"])
@pytest.mark.parametrize("labelled", [False, True])
def test_kobo__formpack_submissions(
    name: str, labelled: bool, tmp_path: Path, framework: Framework, origin: Make
) -> None:
    """Should read what KoBo really sends, as codes and as labels, every version by its own questions."""
    versions = [
        json.loads(path.read_text()) for path in sorted((FIELD / "kobo_formpack_versions" / name).glob("v*.json"))
    ]
    instruments = _form_of_json(tmp_path, (version["content"] for version in versions), framework)
    submissions = [
        {**one, "_id": f"{number}-{place}", "__version__": str(number)}
        for number, version in enumerate(versions)
        for place, one in enumerate(version["submissions"])
    ]
    frame = pl.DataFrame(
        [{key: str(value) for key, value in one.items()} for one in submissions], infer_schema_length=None
    )
    form = instruments.forms[-1]
    if labelled:
        language = (form.languages or ("default",))[-1]
        labels = {
            path: json.loads(label).get(language) for path, label in form.items.select("item_path", "label").iter_rows()
        }
        frame = frame.rename({path: label for path, label in labels.items() if label and path in frame.columns})
    source = KoboSource(name="field", title="x", path="x", connector="kobo", instrument="form")
    parsed = kobo.parse(origin(), frame.write_csv().encode(), source, instruments)
    assert parsed.frames["src_submission"].height == len(submissions) - parsed.notes["duplicates"]
    answered = parsed.frames["src_response"].filter(
        pl.col("value_raw").is_not_null()
        & (pl.col("option").is_null() | (pl.col("option") == "__answered") | (pl.col("option") == pl.col("value_text")))
    )
    assert answered.height > 0
    assert not parsed.frames["src_response"]["missing_code"].eq("parse_error").any()


def test_kobo__edited_submissions_of_a_version(tmp_path: Path, framework: Framework, origin: Make) -> None:
    """Should read times with offsets as the server means them."""
    version = json.loads((FIELD / "kobo_formpack_versions/grouped_translated/v1.json").read_text())
    instruments = _form_of_json(tmp_path, [version["content"]], framework)
    frame = pl.DataFrame(version["submissions"])
    source = KoboSource(name="field", title="x", path="x", connector="kobo", instrument="form")
    parsed = kobo.parse(origin(), frame.write_csv().encode(), source, instruments)
    first = parsed.frames["src_submission"].row(0, named=True)
    assert str(first["started_at"]) == "2017-12-28 15:01:27+00:00" and first["duration_s"] == 30.0
    assert first["version_id"] == "6d1b903a-6d50-4504-bd7b-76c1a5098ed9"
    options = parsed.frames["src_response"].filter(
        item_id="What_kind_of_symmetry_do_you_have", submission_id=first["submission_id"]
    )
    assert set(options["option"]) == {"__answered", "spherical", "radial", "bilateral"}


def test_odk__central_payload(tmp_path: Path, framework: Framework, origin: Make) -> None:
    """Should read a real OData answer, count its unexpanded repeats, and refuse the table of a repeat."""
    rows = [
        ("dateTime", "encounter_start_datetime"),
        ("text", "reporter"),
        ("begin group", "location"),
        ("text", "area_name"),
    ]
    rows += [
        ("image", "quadrat_photo"),
        ("geopoint", "corner1"),
        ("end group", ""),
        ("begin repeat", "taxon_encounter"),
    ]
    rows += [("text", "field_name"), ("end repeat", "")]
    survey = [{"type": kind, "name": name} for kind, name in rows]
    instruments = _form_of_json(tmp_path, [{"survey": survey}], framework)
    source = OdkSource(name="field", title="x", path="x", connector="odk", instrument="form")
    content = (FIELD / "odk_central_odata/fq_raw.json").read_bytes()
    parsed = odk.parse(origin(), content, source, instruments)
    row = parsed.frames["src_submission"].row(0, named=True)
    assert row["submission_id"] == "46d3939a-8bc5-4084-9154-d043bc4d3239" and row["review_state"] == "approved"
    assert row["edited_at"] is None and parsed.notes["repeats_not_expanded"] == 2
    area = parsed.frames["src_response"].filter(item_id="area_name")
    assert area["value_text"].to_list() == ["Test 1"] and area["value_raw"].to_list() == ["\nTest 1"]
    with pytest.raises(SourceError, match="the table of a repeat"):
        odk.parse(origin(), (FIELD / "odk_central_odata/fq_raw_taxa.json").read_bytes(), source, instruments)


@pytest.mark.parametrize("path", sorted(ONA.rglob("*.xlsx")), ids=lambda path: path.name)
def test_xlsform__forms_of_a_server(path: Path, framework: Framework) -> None:
    """Should read every XLSForm, or say plainly that a workbook is none."""
    try:
        form = read_xlsform(path, framework)
    except SourceError as error:
        wrong = error.problems[0].where
    else:
        wrong = ""
    if wrong:
        assert path.name in wrong
        return
    assert form.items["item_id"].is_unique().all()
    check_instruments(Instruments([form]), framework)


def test_xlsform__languages_of_a_real_form(framework: Framework) -> None:
    """Should read labels in both languages and the nested repeats."""
    form = read_xlsform(ONA / "apps/logger/tests/fixtures/childrens_survey_sw.xlsx", framework)
    assert form.languages == ("english", "swahili") and form.default_language == "swahili" and form.version == "2014111"
    assert form.repeats == ("children", "children/cartoons", "children/cartoons/characters")
    assert "children/cartoons/characters/name" in form.items["item_id"].to_list()


@pytest.mark.parametrize("path", sorted(ONA.rglob("*.csv")), ids=lambda path: path.name)
def test_tables__csv_files_of_a_server(path: Path, origin: Make) -> None:
    """Should read every CSV file, or name the row that cannot be read."""
    try:
        width, wrong = read_tables(origin(path.name), path.read_bytes()).sheets[0].cells.width, path.name
    except SourceError as error:
        width, wrong = 1, error.problems[0].where
    assert width > 0 and wrong.startswith(path.name)


def test_spreadsheet__titles_above_and_notes_below(origin: Make) -> None:
    """Should find the header of a workbook with chatter around its table, and the cells people see."""
    source = SpreadsheetSource(
        name="field",
        title="x",
        path="x",
        connector="spreadsheet",
        partner=None,
        columns={"indicator_id": "Name", "partner": "Profession", "actual": "Age"},
        period="{sheet}",
    )
    parsed = spreadsheet.parse(origin(), (FIELD / "xlsx_readxl_openxlsx/readxl/deaths.xlsx").read_bytes(), source)
    frame = parsed.frames["src_result"]
    assert (
        parsed.notes["sheets_read"] == ["arts", "other"]
        and frame.height == 20
        and parsed.notes["rows_dropped_notes"] > 0
    )
    assert frame.row(0, named=True)["indicator_id"] == "David Bowie"
    book = openpyxl.load_workbook(FIELD / "xlsx_readxl_openxlsx/readxl/deaths.xlsx", data_only=True)
    for reference, actual in frame.select("cell_ref", "actual").iter_rows():
        sheet, cell = reference.split("!")
        assert book[sheet][cell].value == actual


def test_spreadsheet__old_workbook(origin: Make) -> None:
    """Should read the same figures from an XLS file."""
    source = SpreadsheetSource(
        name="field",
        title="x",
        path="x",
        connector="spreadsheet",
        partner="north",
        columns={"indicator_id": "Name", "actual": "Age"},
        period="{sheet}",
    )
    folder = FIELD / "xlsx_readxl_openxlsx/readxl"
    old, new = (
        spreadsheet.parse(origin(), (folder / f"deaths.{kind}").read_bytes(), source).frames["src_result"]
        for kind in ("xls", "xlsx")
    )
    assert old["actual"].to_list() == new["actual"].to_list() and old["formula_flag"].equals(new["formula_flag"])
