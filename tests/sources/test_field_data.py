"""Files of real servers and spreadsheets; skipped without the folder they lie in."""

import csv
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from lxml import etree

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import KoboSource, OdkSource, SpreadsheetSource
from melflow.sources import kobo, odk, odk_files, spreadsheet
from melflow.sources.formcheck import check_instruments
from melflow.sources.formjudge import judge
from melflow.sources.payload import Origin, Parsed, Payload
from melflow.sources.tables import read_tables
from melflow.sources.xlsform import Form, Instruments, read_xlsform

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


CENTRAL = FIELD / "odk_central_odata"
_XFORM = "{http://www.w3.org/2002/xforms}"
_TYPES = {
    "string": "text",
    "int": "integer",
    "binary": "image",
    "select1": "select_one x",
    "select": "select_multiple x",
}


def _form_of_xform(folder: Path, path: Path, framework: Framework) -> Instruments:
    """Return the questions of an XForm as a form; every field is one, also what the device fills in."""
    document = etree.parse(path).getroot()
    instance = document.find(f".//{_XFORM}instance")[0]
    binds = {bind.get("nodeset"): bind.get("type", "string") for bind in document.iter(f"{_XFORM}bind")}
    asked = {one.get("ref"): etree.QName(one).localname for one in document.iter(f"{_XFORM}select", f"{_XFORM}select1")}
    repeats = {one.get("nodeset") for one in document.iter(f"{_XFORM}repeat")}

    def rows(node: Any, place: str) -> Iterable[dict[str, str]]:
        for one in node:
            name = etree.QName(one).localname
            below = f"{place}/{name}"
            kind = asked.get(below, binds.get(below, "string"))
            if name == "meta":
                continue
            if len(one):
                group = "repeat" if below in repeats else "group"
                yield {"type": f"begin {group}", "name": name}
                yield from rows(one, below)
                yield {"type": f"end {group}"}
            else:
                yield {"type": _TYPES.get(kind, kind), "name": name}

    survey = list(rows(instance, f"/{etree.QName(instance).localname}"))
    return _form_of_json(folder, [{"survey": survey, "choices": [{"list_name": "x", "name": "a"}]}], framework)


def _central(names: Iterable[str]) -> list[Payload]:
    files = [Payload("field", f"inbox/{Path(name).name}", (CENTRAL / name).read_bytes()) for name in names]
    return list(odk_files.gather(files))


def _answered(parsed: Parsed) -> pl.DataFrame:
    """Return the answered questions; no form here has a select_multiple, which would give a row per option."""
    return parsed.frames["src_response"].filter(pl.col("value_raw").is_not_null())


def _n_answers(value: Any) -> int:
    """Count the answers of an OData answer; a place is one."""
    if isinstance(value, list):
        return sum(_n_answers(one) for one in value)
    if isinstance(value, dict) and "coordinates" not in value:
        own = {key: one for key, one in value.items() if not key.startswith("__") and "@" not in key and key != "meta"}
        return sum(_n_answers(one) for one in own.values())
    return value is not None


@pytest.mark.parametrize(
    ("form", "files", "repeats"),
    [
        ("FloraQuadrat04.xml", ["fq_raw.json"], {}),
        (
            "FloraQuadrat04.xml",
            ["fq_raw.json", "fq_raw_strata.json", "fq_raw_taxa.json"],
            {"vegetation_stratum": 2, "taxon_encounter": 2},
        ),
        ("Locations.xml", ["geo_gj_raw.json"], {}),
        ("Locations.xml", ["geo_wkt_raw.json"], {}),
    ],
)
def test_odk__odata_of_a_server(
    form: str, files: list[str], repeats: dict[str, int], tmp_path: Path, framework: Framework, origin: Make
) -> None:
    """Should have as many submissions, repetitions and answers as the files, alone and together."""
    instruments = _form_of_xform(tmp_path, CENTRAL / form, framework)
    source = OdkSource(name="field", title="x", path="x", connector="odk", instrument="form")
    (payload,) = _central(files)
    parsed = odk.parse(origin(payload.origin), payload.content, source, instruments)
    documents = [json.loads((CENTRAL / name).read_text()) for name in files]
    assert parsed.notes["unmapped_columns"] == []
    assert parsed.notes["rows_read"] == len(documents[0]["value"]) == 1
    assert _answered(parsed).height == sum(_n_answers(document["value"]) for document in documents)
    found = parsed.frames["src_response"].filter(pl.col("repeat_path") != "")["repeat_path"].unique()
    assert dict(found.str.replace(r"\[\d+\]", "").value_counts().iter_rows()) == repeats


def test_odk__places_as_geojson_and_as_text(tmp_path: Path, framework: Framework, origin: Make) -> None:
    """Should name the same places, with what each way of writing them keeps."""
    instruments = _form_of_xform(tmp_path, CENTRAL / "Locations.xml", framework)
    source = OdkSource(name="field", title="x", path="x", connector="odk", instrument="form")
    places = []
    for name in ("geo_gj_raw.json", "geo_wkt_raw.json"):
        parsed = odk.parse(origin(name), (CENTRAL / name).read_bytes(), source, instruments)
        said = parsed.frames["src_response"].filter(pl.col("item_id").str.contains("location")).sort("item_id")
        places.append([[float(text) for text in one.split(";")[0].split()] for one in said["value_raw"]])
    assert len(places[0]) == 9
    for one, other in zip(*places, strict=True):
        assert one[:2] == pytest.approx(other[:2], abs=1e-9)


@pytest.mark.parametrize("version", ["0-2_1558575936", "0-4_1564384341"])
def test_odk__csv_export_of_a_server(version: str, tmp_path: Path, framework: Framework, origin: Make) -> None:
    """Should have as many rows and answers as the export's files, joined by their keys."""
    instruments = _form_of_xform(tmp_path, CENTRAL / "FloraQuadrat04.xml", framework)
    source = OdkSource(name="field", title="x", path="x", connector="odk", instrument="form")
    files = sorted((CENTRAL / "csv_export_2019").glob(f"*{version}*.csv"))
    (payload,) = _central(str(path.relative_to(CENTRAL)) for path in files)
    parsed = odk.parse(origin(payload.origin), payload.content, source, instruments)
    # version 0.2 had two questions that 0.4 no longer has; there is no definition of it
    gone = ["vegetation_structure-vegclass_placeholder", "canonical_name"] if version.startswith("0-2") else []
    assert parsed.notes["unmapped_columns"] == gone
    n_answers = 0
    repeats = {}
    for path in files:
        frame = pl.read_csv(path, infer_schema=False)
        server = ("SubmissionDate", "meta-instanceID", "KEY", "PARENT_KEY", "SubmitterID", "SubmitterName", "Status")
        answers = frame.drop(*server, *gone, strict=False)
        answers = answers.select(name for name in answers.columns if not name.endswith(("tude", "-Accuracy"))
                                 or name.endswith("-Latitude"))  # fmt: skip
        n_answers += sum(answers.height - answers[name].null_count() for name in answers.columns)
        if "PARENT_KEY" in frame.columns:
            repeats[path.stem.rpartition("-")[2]] = frame.height
        else:
            assert parsed.notes["rows_read"] == frame.height == parsed.frames["src_submission"].height
    assert _answered(parsed).height == n_answers
    rows = parsed.frames["src_response"].filter(pl.col("repeat_path") != "")
    counted = rows.select("submission_id", "repeat_path").unique()["repeat_path"].str.replace(r"\[\d+\]", "")
    assert dict(counted.value_counts().iter_rows()) == repeats


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fq_raw_strata.json", "the table of a repeat"),
        ("fq_raw_taxa.json", "the table of a repeat"),
        ("fq_submissions.json", "every submission has an __id"),
        ("fs_v7_raw.json", "every submission has an __id"),
        ("fq_meta.json", "JSON of another kind"),
        ("FloraQuadrat04.xml", "an XML file"),
        ("I8n_lang_choicefilter.xlsx", "a workbook"),
        *(
            (f"{name}.csv", "without a column KEY")
            for name in (
                *("fq_form_list", "fq_form_schema", "fq_submission_list", "fs_v7"),
                *("fq_zip_data", "fq_zip_strata", "fq_zip_taxa"),
            )
        ),
        ("csv_export_2019/build_Flora-Quadrat-0-4_1564384341-taxon_encounter.csv", "the table of a repeat"),
    ],
)
def test_odk__what_is_no_export_of_submissions(
    name: str, words: str, tmp_path: Path, framework: Framework, origin: Make
) -> None:
    """Should say what each other file of the folder is, and what to export instead."""
    instruments = _form_of_xform(tmp_path, CENTRAL / "FloraQuadrat04.xml", framework)
    source = OdkSource(name="field", title="x", path="x", connector="odk", instrument="form")
    (payload,) = _central([name])
    with pytest.raises(SourceError) as caught:
        odk.parse(origin(payload.origin), payload.content, source, instruments)
    assert words in str(caught.value) and Path(name).name in caught.value.problems[0].where


FORMPACK = FIELD / "kobo_formpack_versions"
#: Folders without a form: XML of submissions alone, and workbooks, which test_formpack__workbooks reads.
WITHOUT_FORM = ("favcolor", "xlsforms")
FOLDERS = sorted(path.name for path in FORMPACK.glob("*") if path.is_dir() and path.name not in WITHOUT_FORM)


def _formpack(name: str, folder: Path, framework: Framework) -> tuple[Instruments, list[list[dict[str, Any]]]]:
    """Return the forms of a folder, read from the JSON as the server keeps it, and the submissions of each."""
    found = []
    for number, path in enumerate(sorted((FORMPACK / name).glob("v*.json"))):
        version = json.loads(path.read_text())
        kept = {"content": version["content"], "id_string": "form", "version": str(number)}
        (folder / path.name).write_text(json.dumps(kept))
        found.append((read_xlsform(folder / path.name, framework), version.get("submissions", [])))
    instruments = Instruments([form for form, _ in found])
    submitted = {form.version: submissions for form, submissions in found}
    return instruments, [submitted[form.version] for form in instruments.versions("form")]


def _leaves(record: dict[str, Any]) -> list[str]:
    """Return the key of every answer of a submission, those of repetitions included."""
    keys: list[str] = []
    for key, value in record.items():
        if isinstance(value, list):
            keys += [leaf for inner in value if isinstance(inner, dict) for leaf in _leaves(inner)]
        elif value not in (None, "") and not isinstance(value, dict):
            keys.append(key)
    return keys


@pytest.mark.parametrize(
    ("labelled", "multiple", "sign"), [(False, "one", "/"), (False, "both", " > "), (True, "many", "-")]
)
@pytest.mark.parametrize(
    "name", sorted(p.name for p in FORMPACK.glob("*") if p.is_dir() and p.name not in WITHOUT_FORM)
)
def test_formpack__every_folder(
    name: str,
    labelled: bool,
    multiple: str,
    sign: str,
    tmp_path: Path,
    framework: Framework,
    origin: Make,
    kobo_writer: Any,
    make_workbook: Callable[..., bytes],
    answered_rows: Callable[..., pl.DataFrame],
) -> None:
    """Should read every submission and every answer of what KoBo really sends, in each version by its own questions."""
    instruments, submitted = _formpack(name, tmp_path, framework)
    source = KoboSource(name="field", title="x", path="x", connector="kobo", instrument="form")
    for form, submissions in zip(instruments.versions("form"), submitted, strict=True):
        assert form.items.height > 0
        if not submissions:
            continue
        language = form.languages[-1] if labelled and form.languages else ""
        writer = kobo_writer(form, language, sign, multiple=multiple)
        rows = [
            {**{key: value for key, value in one.items() if key[0] != "_"}, "_id": place, "__version__": form.version}
            for place, one in enumerate(submissions)
        ]
        parsed = kobo.parse(origin("inbox/x.xlsx"), make_workbook(**writer.sheets(rows)), source, instruments)
        expected = [key for one in rows for key in _leaves(one) if key in writer.types]
        assert parsed.frames["src_submission"].height == len(submissions)
        assert set(parsed.frames["src_submission"]["form_version"]) == {form.version}
        paths = dict(form.items.select("item_id", "item_path").iter_rows())
        assert Counter(paths[item] for item in answered_rows(parsed)["item_id"]) == Counter(expected)
        assert parsed.notes["repeat_rows_without_parent"] == 0 and not parsed.notes["versions_guessed"]


def test_formpack__folders_without_a_form(framework: Framework, tmp_path: Path) -> None:
    """Should refuse XML of submissions as a form, and read the same form from XLS and XLSX."""
    (tmp_path / "f.json").write_bytes((FORMPACK / "favcolor/xml_instances.json").read_bytes())
    with pytest.raises(SourceError, match=r"no list 'survey' in it.*Download XLS"):
        read_xlsform(tmp_path / "f.json", framework)
    old, new = (
        read_xlsform(FORMPACK / f"xlsforms/library-locking-example.{kind}", framework) for kind in ("xls", "xlsx")
    )
    columns = ("item_id", "item_path", "type", "label", "is_required")
    assert old.items.select(columns).equals(new.items.select(columns)) and new.items.height > 0


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


def _cells(path: Path, form: Form) -> tuple[int, int]:
    """Count submissions and answers of an export by plain rules: a cell, or any chosen option, is an answer."""
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig", errors="replace"), newline="")))
    headers = [header.strip() for header in rows[0]]
    types = dict(form.items.select("item_path", "type").iter_rows())
    names = Counter(one.rpartition("/")[2] for one in types)
    types |= {one.rpartition("/")[2]: kind for one, kind in types.items() if names[one.rpartition("/")[2]] == 1}
    blank = ("", "n/a") if any("n/a" in row for row in rows) else ("",)
    submissions: set[str] = set()
    answers: set[tuple[str, int | str, str]] = set()
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
            group, _, option = bare.rpartition("/") if "boat/canoe" not in bare else bare.partition("/")
            chosen = cell.lower() in ("true", "1", option)
            is_repeat = any(f"{bare}/".startswith(f"{repeat}/") for repeat in form.repeats) or headers.count(header) > 1
            if bare in types:
                answers.add((submission, number if is_flat and is_repeat else column if is_repeat else "", bare))
            elif types.get(group) == "select_multiple" and chosen:
                answers.add((submission, header.rpartition("/")[0] if is_repeat else "", group))
    return len(submissions), len(answers)


@pytest.mark.parametrize("path", sorted(EXPORTS), ids=lambda path: Path(path).name)
def test_ona__export(path: str, framework: Framework, origin: Make, answered_rows: Callable[..., pl.DataFrame]) -> None:
    """Should read as many submissions and answers as the file has."""
    source, instruments = _of_server(path, EXPORTS[path], framework)
    parsed = kobo.parse(origin(), (ONA / path).read_bytes(), source, instruments)
    n_submissions, n_answers = _cells(ONA / path, instruments.forms[0])
    assert parsed.frames["src_submission"].height + int(str(parsed.notes["duplicates"])) == n_submissions
    assert answered_rows(parsed).height == n_answers and (n_answers > 0 or path in UNANSWERED)


@pytest.mark.parametrize("path", sorted(REFUSED), ids=lambda path: Path(path).name)
def test_ona__refused(path: str, framework: Framework, origin: Make) -> None:
    """Should say why an export cannot be read."""
    words, form = REFUSED[path]
    source, instruments = _of_server(path, form, framework)
    with pytest.raises(SourceError, match=words):
        kobo.parse(origin(), (ONA / path).read_bytes(), source, instruments)


@pytest.mark.parametrize(
    ("path", "form", "n_submissions"),
    [
        ("apps/main/tests/fixtures/transportation/transportation_export.xlsx", "transportation.xlsx", 4),
        ("libs/tests/utils/fixtures/double_image_field_form_data.xlsx", "double_image_form.xlsx", 3),
        ("libs/tests/utils/fixtures/good.xlsx", "utils/fixtures/tutorial.xlsx", 9),
    ],
)
def test_ona__workbook(path: str, form: str, n_submissions: int, framework: Framework, origin: Make) -> None:
    """Should read the exports in workbooks."""
    found = next(one for one in sorted(ONA.rglob("*.xlsx")) if one.as_posix().endswith(f"/{form}"))
    source, instruments = _of_server(path, found.relative_to(ONA).as_posix(), framework)
    parsed = kobo.parse(origin(), (ONA / path).read_bytes(), source, instruments)
    assert parsed.frames["src_submission"].height == n_submissions


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
