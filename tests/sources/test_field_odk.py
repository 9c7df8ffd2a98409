"""Feeds, exports and forms of real ODK servers; skipped without the folder they lie in."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from field_forms import form_of_json
from lxml import etree

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import OdkSource
from melflow.sources import odk, odk_files
from melflow.sources.payload import Origin, Parsed, Payload
from melflow.sources.xlsform import Instruments

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
    return form_of_json(folder, [{"survey": survey, "choices": [{"list_name": "x", "name": "a"}]}], framework)


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
