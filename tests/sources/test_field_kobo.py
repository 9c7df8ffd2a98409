"""Submissions and forms that KoboToolbox really gave; skipped without the folder they lie in."""

import json
import os
import re
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
from melflow.sources.xlsform import Form, Instruments, read_xlsform

FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", "nowhere"))
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")
Make = Callable[..., Origin]


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


def _leaves(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Return key and text of every answer of a submission, those of repetitions included; not what the server adds."""
    found: list[tuple[str, str]] = []
    for key, value in record.items():
        if key.rpartition("/")[2][:1] == "_" or key.startswith(("meta/", "formhub/")):
            continue
        if isinstance(value, list):
            found += [leaf for inner in value for leaf in _leaves(inner)]
        elif value not in (None, ""):
            found.append((key, str(value)))
    return found


def _expected(form: Form, rows: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Return the answers of submissions, the file's own; what the device filled in is told with the submission."""
    said = Counter(leaf for one in rows for leaf in _leaves(one))
    return Counter({leaf: n for leaf, n in said.items() if leaf[0] not in form.metadata.values()})


def _keys(leaves: Counter[tuple[str, str]]) -> Counter[str]:
    return sum((Counter({key: n}) for (key, _), n in leaves.items()), Counter())


def _ambiguous(writer: Any) -> list[str]:
    """Return the headers of options that two options of one question share."""
    return [
        f"{writer.header(path)}{writer.sign}{label}"
        for path, (kind, name) in writer.types.items()
        if kind == "select_multiple"
        for label, n in Counter(writer.choices.get(name, {}).values()).items()
        if n > 1
    ]


def _device(submissions: pl.DataFrame, form: Form, rows: list[dict[str, Any]]) -> bool:
    """Return whether as many submissions have a start and an end as say one."""
    said = {"started_at": form.metadata.get("start"), "ended_at": form.metadata.get("end")}
    return all(submissions[name].count() == sum(bool(one.get(path)) for one in rows) for name, path in said.items())


@pytest.mark.parametrize(
    ("labelled", "multiple", "sign"),
    [(False, "one", "/"), (False, "both", " > "), (True, "many", "-"), (False, "one", "CSV")],
)
@pytest.mark.parametrize("name", FOLDERS)
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
    """Should read every submission and answer of what KoBo really sends, and count what no question asks for."""
    instruments, submitted = _formpack(name, tmp_path, framework)
    source = KoboSource(name="field", title="x", path="x", connector="kobo", instrument="form")
    for form, submissions in zip(instruments.versions("form"), submitted, strict=True):
        assert form.items.height > 0
        if not submissions:
            continue
        writer = kobo_writer(form, form.languages[-1] if labelled and form.languages else "", sign, multiple=multiple)
        rows = [
            {**{key: value for key, value in one.items() if key[0] != "_"}, "_id": place, "__version__": form.version}
            for place, one in enumerate(submissions)
        ]
        if sign == "CSV":  # repeats in numbered columns
            header, *lines = writer.flat(rows)
            table = pl.DataFrame([[str(cell) for cell in line] for line in lines], schema=header, orient="row")
            content = table.write_csv().encode()
        else:
            content = make_workbook(**writer.sheets(rows))
        parsed = kobo.parse(origin("inbox/x.xlsx"), content, source, instruments)
        found = parsed.frames["src_submission"]
        assert found.height == len(submissions) and _device(found, form, rows)
        assert set(found["form_version"]) == {form.version}
        paths = dict(form.items.select("item_id", "item_path").iter_rows())
        answered = Counter(paths[item] for item in answered_rows(parsed)["item_id"])
        lost = Counter({re.sub(r"\[\d+\]", "", key): n for key, n in parsed.notes["values_unmapped"].items()})
        if multiple == "many":  # columns of two options with one label are told, and name neither
            lost -= Counter(dict.fromkeys(_ambiguous(writer), len(rows)))
        assert answered + lost == _keys(_expected(form, rows))
        assert parsed.notes["repeat_rows_without_parent"] == 0
        assert parsed.notes["versions"] == {form.version: len(rows)} and not parsed.notes["versions_unknown"]


@pytest.mark.parametrize("name", FOLDERS)
def test_formpack__as_pages_of_the_server(
    name: str, tmp_path: Path, framework: Framework, origin: Make, answered_rows: Callable[..., pl.DataFrame]
) -> None:
    """Should read every submission and value of each folder, all its versions, as the API hands them over."""
    instruments, submitted = _formpack(name, tmp_path, framework)
    source = KoboSource(name="field", title="x", path="x", connector="kobo", instrument="form")
    forms = instruments.versions("form")
    rows = [
        (form, {**one, "_id": number * 1000 + place, "__version__": form.version})
        for number, (form, submissions) in enumerate(zip(forms, submitted, strict=True), 1)
        for place, one in enumerate(submissions)
    ]
    pages = [[one for _, one in rows[start : start + 2]] for start in range(0, len(rows), 2)]
    contents = [json.dumps({"count": len(rows), "next": None, "results": page}).encode() for page in pages]
    parsed = kobo.parse_together([(origin(), content) for content in contents], source, instruments)
    assert sum(one.frames["src_submission"].height for one in parsed) == len(rows)
    versions = sum((Counter(one.notes["versions"]) for one in parsed), Counter())
    assert versions == Counter(form.version for form, _ in rows)
    lost = sum((Counter(one.notes["values_unmapped"]) for one in parsed), Counter())
    found: Counter[tuple[str, str]] = Counter()
    for one in parsed:
        answers = answered_rows(one).select("form_version", "item_path_raw", "value_raw")
        found.update((path, value) for _, path, value in answers.iter_rows())
    expected = sum((_expected(form, [one]) for form, one in rows), Counter())
    assert _keys(expected - found) == lost and not found - expected
    assert set(lost) <= {"note", "FM_count"}  # of two forms that have no question for them
    for form in forms:
        mine = [one for other, one in rows if other is form]
        landed = [one.frames["src_submission"].filter(form_version=form.version) for one in parsed]
        assert not landed or _device(pl.concat(landed), form, mine)


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
