"""Signs that no format can hold never reach one: an edition is made of the rest of the text."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import polars as pl
import pypdf
import pytest
from fake_release import make_release, make_report, make_workspace
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from melflow.reports.clean import clean, cleaned
from melflow.reports.edition import render
from melflow.reports.edition_files import FILES

#: Each kind of sign between two letters of a name.
SIGNS = ("\x01", "\x0b", "\x1f", "\x7f", "\x85", "\u202e", "\ufdd0", "\ufffe")
NAMES = {
    "alpha": "Al\x01p\x0bha",
    "beta": "Be\ufffeta\x1f",
    "gamma": "Ga\u202emma\x85",
    "delta": "Del\ufdd0ta\x7f",
}
PLAIN = {"Alpha", "Beta", "Gamma", "Delta"}
FOUND = re.compile("[" + "".join(SIGNS) + "]")


def test_render__signs_no_format_can_hold(tmp_path: Path) -> None:
    """Should make every format, with the names as they are without the signs, and none of the signs."""
    release = make_release(tmp_path / "releases" / "r1", NAMES, n_dyads=2, n_periods=2)
    title = {"en": "Learning\x01 together\ufffe"}
    names = {"adapt_renew": "Adap\x0btive"}
    report = make_report(title=title, names=names, sections=["capability", "quality"])
    made = render(release, report, make_workspace(), "2026-H1", tmp_path / "editions")
    assert set(made.files) == set(FILES) - {"iati"}
    word = docx.Document(str(made.files["docx"]))
    book = openpyxl.load_workbook(made.files["xlsx"])
    said = {
        "html": made.files["html"].read_text("utf-8"),
        "pdf": " ".join(page.extract_text() for page in pypdf.PdfReader(made.files["pdf"]).pages),
        "docx": "\n".join(
            [*(one.text for one in word.paragraphs), *(c.text for t in word.tables for r in t.rows for c in r.cells)]
        ),
        "xlsx": "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row),
    }
    for kind, text in said.items():
        assert not FOUND.search(text), kind
        assert {name for name in PLAIN if name in text} == PLAIN, kind
        assert "Learning together" in text and ("Adaptive" in text or kind == "xlsx"), kind
    with zipfile.ZipFile(io.BytesIO(made.files["annex"].read_bytes())) as annex:
        assert "Learning together" in annex.read("datapackage.json").decode()


@given(st.text())
def test_clean__fits_xml(text: str) -> None:
    """Should leave a text XML can hold, with every other letter in its order, and change it once only."""
    found = clean(text)
    etree.Element("name").text = found
    assert clean(found) == found and not FOUND.search(found)
    assert clean("a" + text + "z")[:: len(found) + 1] == "az"


@pytest.mark.parametrize("sign", SIGNS)
def test_cleaned__cells(sign: str) -> None:
    """Should clean the cells of a table as it cleans a text, and keep its numbers and what is missing."""
    table = pl.DataFrame({"name": [f"a{sign}b{sign}", None, "c\n"], "n": [1.5, None, 2.0]})
    assert cleaned((table,))[0].to_dict(as_series=False) == {"name": ["ab", None, "c\n"], "n": [1.5, None, 2.0]}
