"""The edition for teams that edit: an ordinary Word document that says what the printed one says."""

from __future__ import annotations

import docx
import pytest
from docx.document import Document

from melflow.reports.edition import Edition

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture(scope="module")
def word(edition: Edition) -> Document:
    return docx.Document(str(edition.files["docx"]))


def test_docx__sections_are_headings(word: Document, edition: Edition) -> None:
    """Should have a heading for every section, in order, below the title."""
    headings = [one.text for one in word.paragraphs if one.style and one.style.name == "Heading 1"]
    assert len(headings) >= len(edition.sections) and word.core_properties.title == word.paragraphs[0].text


def test_docx__pictures_have_texts(word: Document) -> None:
    """Should give every chart its text alternative."""
    assert len(word.inline_shapes) > 0
    assert all(shape._inline.docPr.get("descr") for shape in word.inline_shapes)


def test_docx__tables_repeat_their_header(word: Document) -> None:
    """Should mark the first row of each table as its header, for print and for screen readers."""
    assert word.tables and all(table.rows[0]._tr.trPr.find(f"{{{W}}}tblHeader") is not None for table in word.tables)


def test_docx__language(word: Document) -> None:
    """Should say in which language it is written."""
    marks = word.styles["Normal"].element.findall(f".//{{{W}}}lang")
    assert [mark.get(f"{{{W}}}val") for mark in marks] == ["en"]
