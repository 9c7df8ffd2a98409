"""Submissions and forms that KoboToolbox really gave; skipped without the folder they lie in."""

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from field_forms import form_of_json

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import KoboSource
from melflow.sources import kobo
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Instruments, read_xlsform

FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", "nowhere"))
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")
Make = Callable[..., Origin]


@pytest.mark.parametrize("name", ["grouped_translated", "restaurant_profile", "customer_satisfaction", "dietary_needs"])
@pytest.mark.parametrize("labelled", [False, True])
def test_kobo__formpack_submissions(
    name: str, labelled: bool, tmp_path: Path, framework: Framework, origin: Make
) -> None:
    """Should read what KoBo really sends, as codes and as labels, every version by its own questions."""
    versions = [
        json.loads(path.read_text()) for path in sorted((FIELD / "kobo_formpack_versions" / name).glob("v*.json"))
    ]
    instruments = form_of_json(tmp_path, (version["content"] for version in versions), framework)
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
    instruments = form_of_json(tmp_path, [version["content"]], framework)
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
        assert parsed.notes["repeat_rows_without_parent"] == 0 and not parsed.notes["versions_unknown"]


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
