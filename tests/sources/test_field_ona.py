"""Exports and forms of a real Ona server; skipped without the folder they lie in."""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import KoboSource
from melflow.sources import kobo
from melflow.sources.formcheck import check_instruments
from melflow.sources.formjudge import judge
from melflow.sources.payload import Origin
from melflow.sources.tables import read_tables
from melflow.sources.xlsform import Form, Instruments, read_xlsform

FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", "nowhere"))
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")
Make = Callable[..., Origin]
ONA = FIELD / "onadata_exports"

_MAIN, _UTILS = "apps/main/tests/fixtures", "libs/tests/utils/fixtures"
_REPEATS, _CHILDREN = f"{_MAIN}/csv_export/tutorial_w_repeats.xlsx", "apps/logger/tests/fixtures/childrens_survey.xlsx"
#: The form of several exports -> the exports.
_OF_FORM = {
    f"{_MAIN}/csv_export/tutorial_w_repeats.xlsx": [
        f"{_MAIN}/csv_export/tutorial.csv",
        *(
            f"{_MAIN}/csv_export/tutorial_w_repeats{part}.csv"
            for part in ("", "_flattened", "_import", "_truncate_titles")
        ),
        f"{_MAIN}/google_sheets_export/expected_flattened_raw.csv",
        f"{_MAIN}/google_sheets_export/expected_tutorial_w_repeats.csv",
    ],
    f"{_MAIN}/geolocation/GeoLocationForm.xlsx": [
        f"{_MAIN}/geolocation/GeoLocationForm_{part}.csv" for part in ("2015_01_15_01_28_45", "empty_geoms")
    ],
    f"{_MAIN}/transportation/transportation2.xml": [
        f"{_MAIN}/transportation/transportation.csv",
        *(
            f"apps/viewer/tests/fixtures/transportation{part}.csv"
            for part in ("", "_all", "_filtered_date", "_meta_perms", "_no_group_names", "_without_na", "_labels_only")
        ),
    ],
    f"{_UTILS}/tutorial.xlsx": [
        *(f"apps/viewer/tests/fixtures/tutorial_{part}.csv" for part in ("images_included", "no_images")),
        *(f"{_UTILS}/{name}.csv" for name in ("additional", "bad", "bad_data", "edit", "good", "large_csv_upload")),
        *(f"{_UTILS}/{name}.csv" for name in ("same_uuid", "single", "single_data_upload", "another_good")),
    ],
}
#: Exports of a server -> the form they are of.
EXPORTS = {
    "apps/api/tests/fixtures/osm/osm.csv": "apps/api/tests/fixtures/osm/osm.xlsx",
    "apps/logger/tests/fixtures/csvs/childrens_survey.csv": _CHILDREN,
    f"{_MAIN}/csv_export/export.csv": f"{_MAIN}/csv_export/double_repeat.xlsx",
    f"{_MAIN}/userone/userone_with_dot_name_fields.csv": f"{_MAIN}/userone/userone_with_dot_name_fields.xlsx",
    f"{_UTILS}/csv_import_with_multiple_select.csv": f"{_UTILS}/form_with_multiple_select.xlsx",
    f"{_UTILS}/nested_repeats/nested_repeats.csv": f"{_UTILS}/nested_repeats/nested_repeats.xlsx",
    f"{_UTILS}/non_utf8.csv": f"{_UTILS}/mali_health.xlsx",
    f"{_MAIN}/transportation/transportation_export.xlsx": f"{_MAIN}/transportation/transportation.xlsx",
    f"{_UTILS}/double_image_field_form_data.xlsx": f"{_MAIN}/double_image_form.xlsx",
    f"{_UTILS}/good.xlsx": f"{_UTILS}/tutorial.xlsx",
    **{export: form for form, exports in _OF_FORM.items() for export in exports},
}
#: Exports in which nobody answered anything.
UNANSWERED = [f"apps/viewer/tests/fixtures/transportation{part}.csv" for part in ("", "_no_group_names", "_without_na")]
UNANSWERED.append("apps/viewer/tests/fixtures/transportation_labels_only.csv")
#: Exports that cannot be read, or not alone, with words of the error and the form they are offered to.
REFUSED = {
    **{
        f"apps/logger/tests/fixtures/csvs/{name}.csv": ("table of the repeat", _CHILDREN)
        for name in ("children", "children_cartoons", "children_cartoons_characters")
    },
    f"{_MAIN}/google_sheets_export/expected_children.csv": ("table of the repeat", _REPEATS),
    f"{_UTILS}/wrong_col.csv": ("of its questions", f"{_UTILS}/nested_repeats/nested_repeats.xlsx"),
    "apps/api/tests/fixtures/text_and_integer.csv": ("0% of its questions", _REPEATS),
    "apps/api/tests/fixtures/universal_newline.csv": ("0% of its questions", _REPEATS),
    "apps/logger/tests/fixtures/test_update_xform_uuids.csv": ("0% of its questions", _REPEATS),
}


def _of_server(path: str, form: str, framework: Framework) -> tuple[KoboSource, Instruments]:
    read = read_xlsform(ONA / form, framework)
    return KoboSource(name="field", title="x", path="x", connector="kobo", instrument=read.form_id), Instruments([read])


def _rows(path: Path) -> list[list[str]]:
    """Return the cells of a CSV file, or of a workbook's only sheet, as text."""
    if path.suffix == ".xlsx":
        (sheet,) = openpyxl.load_workbook(path, read_only=True).worksheets
        return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig", errors="replace"), newline="")))


def _cells(path: Path, form: Form) -> tuple[int, int, int]:
    """Count submissions, answers, and filled cells under other headers, of an export by plain rules.

    A cell, or any chosen option, is an answer; what the server or the device adds is none.
    """
    rows = _rows(path)
    headers = [header.strip() for header in rows[0]]
    types = dict(form.items.select("item_path", "type").iter_rows())
    names = Counter(one.rpartition("/")[2] for one in types)
    types |= {one.rpartition("/")[2]: kind for one, kind in types.items() if names[one.rpartition("/")[2]] == 1}
    blank = ("", "n/a") if any("n/a" in row for row in rows) else ("",)
    submissions: set[str] = set()
    answers: set[tuple[str, int | str, str]] = set()
    n_others = 0
    identifier = next(
        (n for name in ("_uuid", "meta/instanceID") for n, header in enumerate(headers) if header == name), None
    )
    is_flat = "flattened" in path.name and "[" not in "".join(headers)
    for number, row in enumerate((row for row in rows[1:] if any(cell.strip() for cell in row)), 1):
        submission = row[identifier] if is_flat and identifier is not None else str(number)
        submissions.add(submission)
        for column, (header, cell) in enumerate(zip(headers, row, strict=False)):
            if cell.strip() in blank:
                continue
            bare = re.sub(r"\[\d+\]", "", header)
            starts = (bare[:place] for place, sign in enumerate(bare) if sign == "/")
            group = next((one for one in starts if types.get(one) == "select_multiple"), "")
            option = bare.removeprefix(group).strip("/")
            chosen = cell.lower() in ("true", "1", option)
            is_repeat = any(f"{bare}/".startswith(f"{repeat}/") for repeat in form.repeats) or headers.count(header) > 1
            if bare in types:
                answers.add((submission, number if is_flat and is_repeat else column if is_repeat else "", bare))
            elif group:
                if chosen:
                    answers.add((submission, header[: header.rindex(option) - 1] if is_repeat else "", group))
            elif not _is_added(header) and header not in form.metadata.values():
                n_others += 1
    return len(submissions), len(answers), n_others


def _is_added(header: str) -> bool:
    name = header.rpartition("/")[2]
    return name[:1] in ("_", "") or name == "instanceID" or header.startswith(("meta/", "formhub/"))


@pytest.mark.parametrize("path", sorted(EXPORTS), ids=lambda path: Path(path).name)
def test_ona__export(path: str, framework: Framework, origin: Make, answered_rows: Callable[..., pl.DataFrame]) -> None:
    """Should read as many submissions and answers as the file has, and count what the form has no question for."""
    source, instruments = _of_server(path, EXPORTS[path], framework)
    parsed = kobo.parse(origin(), (ONA / path).read_bytes(), source, instruments)
    n_submissions, n_answers, n_others = _cells(ONA / path, instruments.forms[0])
    assert parsed.frames["src_submission"].height + int(str(parsed.notes["duplicates"])) == n_submissions
    assert answered_rows(parsed).height == n_answers and (n_answers > 0 or path in UNANSWERED)
    assert sum(parsed.notes["values_unmapped"].values()) == n_others


@pytest.mark.parametrize("path", sorted(REFUSED), ids=lambda path: Path(path).name)
def test_ona__refused(path: str, framework: Framework, origin: Make) -> None:
    """Should say why an export cannot be read."""
    words, form = REFUSED[path]
    source, instruments = _of_server(path, form, framework)
    with pytest.raises(SourceError, match=words):
        kobo.parse(origin(), (ONA / path).read_bytes(), source, instruments)


@pytest.mark.parametrize(
    "path", sorted(path for path in ONA.rglob("*.xml") if b"<h:html" in path.read_bytes()), ids=lambda path: path.name
)
def test_xform__of_a_server(path: Path, framework: Framework) -> None:
    """Should find a question for every field of the XForm that is not the device's, and its choices."""
    form = read_xlsform(path, framework)
    assert form.items.height > 0 and form.items["item_id"].is_unique().all()
    used = set(form.items["list"].drop_nulls()) - {""}
    assert used == set(form.choices["list"].unique()) & used


#: Workbooks of a server that pyxform refuses, with a word of its reason.
INVALID = {
    "MCH_v1.xlsx": "Unknown question type",
    "enumerator_weekly.xlsx": "Duplicate column header",
    "duplicate_choice_form.xlsx": "Choice names must be unique",
    "transportation.no_choices.xlsx": "choices sheet",
    "xlsx_output.xlsx": "Unknown question type",
}
#: Lists of choices in a file of their own are not in the XForm.
_EXTERNAL = ("select_one_external", "integer_name_test", "external_choice_form", "subdistrict_profiling")


@pytest.mark.parametrize("path", sorted(ONA.rglob("*.xlsx")), ids=lambda path: path.name)
def test_xform__says_what_the_workbook_says(path: Path, framework: Framework, tmp_path: Path) -> None:
    """Should read the same questions and choices from a workbook and from the XForm pyxform makes of it."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        form = read_xlsform(path, framework)
    except SourceError:
        return  # a workbook of data: test_xlsform__forms_of_a_server
    problems = judge(path.parent.parent, form)
    if problems:
        assert path.name in problems[0].where and INVALID[path.name] in str(problems[0])
        return
    assert path.name not in INVALID
    try:
        (tmp_path / "f.xml").write_text(convert(path.read_bytes(), form_name="root").xform)
    except PyXFormError:
        raise AssertionError("the judge found nothing") from None
    xform = read_xlsform(tmp_path / "f.xml", framework)
    columns = ("item_id", "item_path", "repeat_path", "is_required")
    assert xform.items.select(columns).equals(form.items.select(columns))
    types = {"osm_road_tags": "file", "osm_building_tags": "file"}
    assert xform.items["type"].to_list() == [types.get(kind, kind) for kind in form.items["type"]]
    used = form.choices.join(form.items.select("list").unique(), on="list")
    if not path.name.startswith(_EXTERNAL):
        assert Counter(xform.choices["code"]) == Counter(used["code"])
    assert xform.version == form.version and form.form_id in (xform.form_id, path.stem)


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
