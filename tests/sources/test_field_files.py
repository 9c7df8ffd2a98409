"""docs/field_files.md names every file of the field and what comes of it; skipped without the folder they lie in."""

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import KoboSource, OdkSource
from melflow.sources import kobo, odk
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Instruments, read_xlsform

FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", "nowhere"))
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="MELFLOW_FIELD_DATA is not set")
DOC = Path(__file__).resolve().parents[2] / "docs" / "field_files.md"
FOLDERS = {
    "kobo_formpack_versions": "xlsforms/library-locking-example.xlsx",
    "odk_central_odata": "FloraQuadrat04.xml",
    "onadata_exports": "apps/main/tests/fixtures/csv_export/tutorial_w_repeats.xlsx",
}
_OTHER = {"onadata_exports": ["apps/logger/tests/fixtures/childrens_survey.xlsx"]}
Make = Callable[..., Origin]


class Line(NamedTuple):
    """A line of a table: patterns of files, their number, what they are read as, and what comes of them."""

    patterns: list[str]
    count: int
    kind: str
    result: str


@cache
def lines(folder: str) -> list[Line]:
    """Return the lines of a folder's table."""
    section = DOC.read_text(encoding="utf-8").split(f"(`{folder}`)")[1].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \| (\d+) \| (.+?) \| (.+) \|$", section, flags=re.MULTILINE)
    return [Line(re.findall(r"`([^`]+)`", files), int(n), kind, result) for files, n, kind, result in rows]


def _files(folder: str, line: Line) -> list[str]:
    found = [path for pattern in line.patterns for path in (FIELD / folder).glob(pattern)]
    return [str(path.relative_to(FIELD / folder)) for path in found]


@pytest.mark.parametrize("folder", FOLDERS)
def test_field_files__every_file_once(folder: str) -> None:
    """Should name each file in one line, with the right number in each."""
    named = [file for line in lines(folder) for file in _files(folder, line)]
    there = [str(path.relative_to(FIELD / folder)) for path in (FIELD / folder).rglob("*") if path.is_file()]
    assert sorted(named) == sorted(set(there) - {"SOURCE.txt"})
    assert all(len(_files(folder, line)) == line.count for line in lines(folder))


@pytest.mark.parametrize("folder", FOLDERS)
def test_field_files__forms(folder: str, framework: Framework) -> None:
    """Should find questions in every file that is called a form."""
    files = [file for line in lines(folder) if line.kind.startswith("form") for file in _files(folder, line)]
    assert files and all(read_xlsform(FIELD / folder / file, framework).items.height for file in files)


@pytest.mark.parametrize("folder", FOLDERS)
def test_field_files__refused(folder: str, framework: Framework, origin: Make) -> None:
    """Should refuse the other files with the words of their line, as a form where one was meant, else as data."""
    offer = _offering(FIELD / folder, framework, origin)
    for line in lines(folder):
        if line.kind not in ("refused", "not offered"):
            continue
        words = re.findall(r'"([^"]+)"', line.result)
        assert words, line
        for file in _files(folder, line):
            with pytest.raises(SourceError) as caught:
                offer(file, words[0])
            assert words[0] in str(caught.value), file


def _offering(folder: Path, framework: Framework, origin: Make) -> Callable[[str, str], object]:
    """Return what offers a file as a form, where the words are of one, else as data of the form it is most like."""
    forms = [read_xlsform(folder / name, framework) for name in (FOLDERS[folder.name], *_OTHER.get(folder.name, ()))]

    def offer(file: str, words: str) -> object:
        if "survey" in words:
            return read_xlsform(folder / file, framework)
        form = forms[-1] if "/csvs/" in file else forms[0]
        told = {"name": "field", "title": "x", "path": "x", "instrument": form.form_id}
        content = (folder / file).read_bytes()
        if folder.name == "odk_central_odata":
            return odk.parse(origin(file), content, OdkSource(**told, connector="odk"), Instruments([form]))
        return kobo.parse(origin(file), content, KoboSource(**told, connector="kobo"), Instruments([form]))

    return offer
