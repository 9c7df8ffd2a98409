"""Feeds, exports and forms of real ODK servers; skipped without the folder they lie in."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from field_forms import form_of_json
from lxml import etree
from pyxform.xls2xform import convert

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import OdkSource
from melflow.sources import odk, odk_files
from melflow.sources.payload import Origin, Parsed, Payload
from melflow.sources.xlsform import Instruments, read_xlsform

FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", "nowhere"))
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")
Make = Callable[..., Origin]


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
    instruments = form_of_json(tmp_path, [{"survey": survey}], framework)
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
_XFORM, _JR = "{http://www.w3.org/2002/xforms}", "{http://openrosa.org/javarosa}"
_CONTROLS = ("input", "select", "select1", "upload", "trigger", "range", "rank", "secret")


def _of_server(path: Path, framework: Framework) -> tuple[OdkSource, Instruments]:
    form = read_xlsform(path, framework)
    return OdkSource(name="field", title="x", path="x", connector="odk", instrument=form.form_id), Instruments([form])


def _asked(document: Any) -> tuple[set[str], set[str]]:
    """Return the paths of what an XForm asks or calculates, and of what it lets the device fill in, by plain rules."""
    instance = document.find(f".//{_XFORM}instance")[0]
    base = f"/{etree.QName(instance).localname}/"
    leaves = {f"{base}{leaf}" for leaf in _leaves(instance)}
    binds = {bind.get("nodeset"): bind for bind in document.iter(f"{_XFORM}bind")}
    controls = {one.get("ref") for one in document.iter(*(f"{_XFORM}{name}" for name in _CONTROLS))} & leaves
    device = {path for path, bind in binds.items() if bind.get(f"{_JR}preload")} & leaves
    notes = {
        path for path in controls
        if binds[path].get("readonly") == "true()" and binds[path].get("type", "string") == "string"
    }  # fmt: skip
    calculated = {path for path, bind in binds.items() if bind.get("calculate")} & leaves
    return (
        {path.removeprefix(base) for path in (controls - notes) | calculated if not path.startswith(f"{base}meta/")},
        {path.removeprefix(base) for path in device if not path.startswith(f"{base}meta/")},
    )


def _leaves(element: Any, above: str = "") -> Iterator[str]:
    for one in element:
        if isinstance(one.tag, str):
            path = f"{above}{etree.QName(one).localname}"
            yield from _leaves(one, f"{path}/") if len(one) else [path]


def _n_choices(document: Any) -> int:
    """Count the choices of an XForm's questions: those written below each, and those of lists that questions name."""
    below = sum(len(one.findall(f"{_XFORM}item")) for one in document.iter(f"{_XFORM}select", f"{_XFORM}select1"))
    named = {str(one.get("nodeset")).partition("'")[2].partition("'")[0] for one in document.iter(f"{_XFORM}itemset")}
    instances = [one for one in document.iter(f"{_XFORM}instance") if one.get("id") in named]
    return below + sum(len(list(one.iter(f"{_XFORM}item"))) for one in instances)


@pytest.mark.parametrize("name", sorted(path.name for path in CENTRAL.glob("*.xml")))
def test_xform__of_central(name: str, framework: Framework) -> None:
    """Should find as many questions, choices and languages in a definition as it has."""
    form = read_xlsform(CENTRAL / name, framework)
    document = etree.parse(CENTRAL / name).getroot()
    asked, device = _asked(document)
    assert set(form.items["item_path"]) == asked and form.items.height == len(asked)
    assert set(form.metadata.values()) == device
    assert form.choices.height == _n_choices(document)
    assert {one.get("nodeset").partition("/")[2].partition("/")[2] for one in document.iter(f"{_XFORM}repeat")} == set(
        form.repeats
    )
    assert len(form.languages) == max(len(list(document.iter(f"{_XFORM}translation"))), 1)
    instance = document.find(f".//{_XFORM}instance")[0]
    assert (form.form_id, form.version) == (instance.get("id"), instance.get("version", ""))


@pytest.mark.parametrize("name", sorted(path.name for path in CENTRAL.glob("*.xlsx")))
def test_xlsform__of_central(name: str, framework: Framework) -> None:
    """Should find in an XLSForm the questions and choices of the XForm that Central makes of it."""
    form = read_xlsform(CENTRAL / name, framework)
    document = etree.fromstring(convert(CENTRAL / name).xform.encode())
    asked, device = _asked(document)
    made = {path for path in asked if "reserved_name_for_field_list_labels" in path}  # by pyxform, for tables
    assert set(form.items["item_path"]) == asked - made and form.items.height == len(asked - made)
    assert set(form.metadata.values()) == device
    used = form.choices.join(form.items.select("list").unique(), on="list")
    assert used.height == _n_choices(document)  # pyxform leaves out lists that no question names
    rows = openpyxl.load_workbook(CENTRAL / name)["choices"].iter_rows(min_row=2, max_col=1, values_only=True)
    assert form.choices.height == sum(cell is not None for (cell,) in rows)


def _central(names: Iterable[str]) -> list[Payload]:
    files = [Payload("field", f"inbox/{Path(name).name}", (CENTRAL / name).read_bytes()) for name in names]
    return [payload for payload, _ in odk_files.gather(files)]


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


def _device(parsed: Parsed, instruments: Instruments, rows: Sequence[dict[str, Any]]) -> int:
    """Return how many answers of submissions the device gave; each start, end and device is with its submission."""
    paths = instruments.forms[0].metadata
    said = {kind: sum(row.get(path) is not None for row in rows) for kind, path in paths.items()}
    submissions = parsed.frames["src_submission"]
    for kind, column in (("start", "started_at"), ("end", "ended_at")):
        assert submissions[column].count() == said[kind]
    return sum(said.values())


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
    form: str, files: list[str], repeats: dict[str, int], framework: Framework, origin: Make
) -> None:
    """Should have as many submissions, repetitions and answers as the files, alone and together."""
    source, instruments = _of_server(CENTRAL / form, framework)
    (payload,) = _central(files)
    parsed = odk.parse(origin(payload.origin), payload.content, source, instruments)
    documents = [json.loads((CENTRAL / name).read_text()) for name in files]
    assert parsed.notes["unmapped_columns"] == []
    assert parsed.notes["rows_read"] == len(documents[0]["value"]) == 1
    said = sum(_n_answers(document["value"]) for document in documents)
    assert _answered(parsed).height == said - _device(parsed, instruments, documents[0]["value"])
    found = parsed.frames["src_response"].filter(pl.col("repeat_path") != "")["repeat_path"].unique()
    assert dict(found.str.replace(r"\[\d+\]", "").value_counts().iter_rows()) == repeats


def test_odk__places_as_geojson_and_as_text(framework: Framework, origin: Make) -> None:
    """Should name the same places, with what each way of writing them keeps."""
    source, instruments = _of_server(CENTRAL / "Locations.xml", framework)
    places = []
    for name in ("geo_gj_raw.json", "geo_wkt_raw.json"):
        parsed = odk.parse(origin(name), (CENTRAL / name).read_bytes(), source, instruments)
        said = parsed.frames["src_response"].filter(pl.col("item_id").str.contains("location")).sort("item_id")
        places.append([[float(text) for text in one.split(";")[0].split()] for one in said["value_raw"]])
    assert len(places[0]) == 9
    for one, other in zip(*places, strict=True):
        assert one[:2] == pytest.approx(other[:2], abs=1e-9)


@pytest.mark.parametrize("version", ["0-2_1558575936", "0-4_1564384341"])
def test_odk__csv_export_of_a_server(version: str, framework: Framework, origin: Make) -> None:
    """Should have as many rows and answers as the export's files, joined by their keys."""
    source, instruments = _of_server(CENTRAL / "FloraQuadrat04.xml", framework)
    files = sorted((CENTRAL / "csv_export_2019").glob(f"*{version}*.csv"))
    (payload,) = _central(str(path.relative_to(CENTRAL)) for path in files)
    parsed = odk.parse(origin(payload.origin), payload.content, source, instruments)
    n_answers = n_device = 0
    repeats = {}
    for path in files:
        frame = pl.read_csv(path, infer_schema=False)
        server = ("SubmissionDate", "meta-instanceID", "KEY", "PARENT_KEY", "SubmitterID", "SubmitterName", "Status")
        answers = frame.drop(*server, strict=False)
        answers = answers.select(name for name in answers.columns if not name.endswith(("tude", "-Accuracy"))
                                 or name.endswith("-Latitude"))  # fmt: skip
        n_answers += sum(answers.height - answers[name].null_count() for name in answers.columns)
        if "PARENT_KEY" in frame.columns:
            repeats[path.stem.rpartition("-")[2]] = frame.height
        else:
            assert parsed.notes["rows_read"] == frame.height == parsed.frames["src_submission"].height
            n_device = _device(parsed, instruments, frame.rename(lambda name: name.replace("-", "/")).to_dicts())
    # version 0.2 had two questions that 0.4 no longer has; there is no definition of it
    gone = ["canonical_name", "vegetation_structure-vegclass_placeholder"] if version.startswith("0-2") else []
    lost = parsed.notes["values_unmapped"]
    assert sorted(lost) == gone
    assert _answered(parsed).height == n_answers - n_device - sum(lost.values())
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
def test_odk__what_is_no_export_of_submissions(name: str, words: str, framework: Framework, origin: Make) -> None:
    """Should say what each other file of the folder is, and what to export instead."""
    source, instruments = _of_server(CENTRAL / "FloraQuadrat04.xml", framework)
    (payload,) = _central([name])
    with pytest.raises(SourceError) as caught:
        odk.parse(origin(payload.origin), payload.content, source, instruments)
    assert words in str(caught.value) and Path(name).name in caught.value.problems[0].where
