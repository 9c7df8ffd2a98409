"""The edition for teams that edit: an ordinary Word document that says what the printed one says."""

from __future__ import annotations

import io

import docx
import pytest
import vl_convert
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from fontTools.ttLib import TTFont
from lxml import etree, html

from melflow.reports import charts_dual
from melflow.reports.edition import Edition
from melflow.reports.typefaces import is_formless, packaged
from melflow.reports.vector import draw, png

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SVG = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"


@pytest.fixture(scope="module")
def word(edition: Edition) -> Document:
    return docx.Document(str(edition.files["docx"]))


def test_docx__sections_are_headings(word: Document, edition: Edition) -> None:
    """Should have the headings of the page, in its order, below the title."""
    headings = [one.text for one in word.paragraphs if one.style and one.style.name == "Heading 1"]
    page = html.fromstring(edition.files["html"].read_text("utf-8"))
    assert headings == [one.text_content() for one in page.iter("h2") if (one.get("id") or "").endswith("-heading")]
    assert len(headings) >= len(edition.sections)
    assert word.core_properties.title == word.paragraphs[0].text == page.find(".//h1").text_content()


def test_docx__pictures_have_texts(word: Document) -> None:
    """Should give every chart its text alternative."""
    assert len(word.inline_shapes) > 0
    assert all(shape._inline.docPr.get("descr") for shape in word.inline_shapes)


def test_docx__charts_are_vectors(word: Document, edition: Edition) -> None:
    """Should have every chart as vectors with outlined writing, and as a picture of dots for what knows no vectors."""
    page = html.fromstring(edition.files["html"].read_text("utf-8"))
    assert len(word.inline_shapes) == len(page.findall(".//figure"))
    for shape, drawn in zip(word.inline_shapes, page.iter("svg"), strict=True):
        (blip,) = shape._inline.xpath(".//a:blip")
        dots = word.part.related_parts[blip.embed]
        (vectors,) = (word.part.related_parts[one.get(f"{{{R}}}embed")] for one in blip.iter(f"{{{SVG}}}svgBlip"))
        assert dots.content_type == "image/png" and vectors.content_type == "image/svg+xml"
        made = etree.fromstring(vectors.blob)
        assert made.get("viewBox") == drawn.get("viewbox") and not "".join(made.itertext("{*}text")).strip()
        assert {one.tag for one in made.iter("{*}image", "{*}script")} == set()


def test_png__no_font_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should draw all writing as outlines, that of the edition's own font too, and leave no text to be set."""
    given: list[str] = []
    monkeypatch.setattr(vl_convert, "svg_to_png", lambda svg, scale: given.append(svg) or b"")
    figure = draw(
        charts_dual.quadrants([], (50, 50), ("Health of 北京", "Results"), ("a", "b", "c", "d")), "one", "Title", "Text"
    )
    assert "<text" in figure.svg and "Results" in figure.svg
    png(figure.svg, packaged())
    (drawn,) = given
    assert "<text" not in drawn and drawn.count("<path") > figure.svg.count("<path") + len("HealthofResults")


def test_docx__tables_repeat_their_header(word: Document) -> None:
    """Should mark the first row of each table as its header, for print and for screen readers."""
    assert word.tables and all(table.rows[0]._tr.trPr.find(f"{{{W}}}tblHeader") is not None for table in word.tables)


def test_docx__cover(word: Document) -> None:
    """Should say below the title what the printed cover says: the alliance in a sentence, and what it was made from."""
    first = next(n for n, one in enumerate(word.paragraphs) if one.style and one.style.name == "Heading 1")
    cover = [one.text for one in word.paragraphs[:first]]
    assert "Ten organisations, one agenda." in cover
    assert {"Period: Jan-Jun 2026", "Release: 20260701T060000-1a2b3c4d"} <= set(cover)


def test_docx__language(word: Document) -> None:
    """Should say in which language it is written."""
    marks = word.styles["Normal"].element.findall(f".//{{{W}}}lang")
    assert [mark.get(f"{{{W}}}val") for mark in marks] == ["en"]


def embedded(word: Document, which: str = "embedRegular") -> dict[str, set[int]]:
    """Return name -> letters of the fonts inside a document, read as ECMA-376 says (part 1, 17.8.1)."""
    table = word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    found = {}
    for font in etree.fromstring(table.blob).iter(f"{{{W}}}font"):
        for inside in font.iter(f"{{{W}}}{which}"):
            blob = table.related_parts[inside.get(f"{{{R}}}id")].blob
            key = bytes.fromhex(inside.get(f"{{{W}}}fontKey").strip("{}").replace("-", ""))[::-1]
            opened = TTFont(io.BytesIO(bytes(one ^ key[place % 16] for place, one in enumerate(blob[:32])) + blob[32:]))
            assert "glyf" in opened and "fvar" not in opened  # what Word takes
            assert opened["glyf"][opened.getBestCmap()[max(opened.getBestCmap())]].numberOfContours  # has a form
            assert (opened["name"].getDebugName(1), opened["name"].getDebugName(2)) == (
                font.get(f"{{{W}}}name"), "Bold" if which == "embedBold" else "Regular"
            )  # fmt: skip
            found[font.get(f"{{{W}}}name")] = set(opened.getBestCmap())
    return found


def test_docx__brings_its_letters(word: Document) -> None:
    """Should have in it a form for every letter, in the font each run asks for, and ask for no other font."""
    fonts = embedded(word)
    assert {"Source Sans 3", "Noto Sans CJK SC"} <= set(fonts)
    assert embedded(word, "embedBold") == {"Source Sans 3": fonts["Source Sans 3"]}
    styles = word.styles.element.xpath(".//w:rFonts")
    assert {fonts_of.get(f"{{{W}}}{kind}") for fonts_of in styles for kind in ("ascii", "hAnsi", "eastAsia", "cs")} == {
        "Source Sans 3"
    }
    runs = [*word.element.body.xpath(".//w:r"), *word.sections[0].footer._element.xpath(".//w:r")]
    for run in runs:
        named = {one.get(f"{{{W}}}cs") for one in run.xpath("./w:rPr/w:rFonts")} or {"Source Sans 3"}
        (name,) = named
        text = "".join(run.xpath("./w:t/text()"))
        assert {letter for letter in text if ord(letter) not in fonts[name] and not is_formless(letter)} == set()
    assert "Ñandú 日本" in "".join(word.element.body.xpath(".//w:t/text()"))


def test_docx__nothing_alone_at_the_foot_of_a_page(word: Document) -> None:
    """Should keep titles, labels, questions and headlines with what follows, a chart with its note, a row in one."""
    alone = [
        one
        for one in word.paragraphs
        if one.runs and all(run.bold for run in one.runs) and one.text[0] not in "0123456789"
    ]
    alone += [one for one in word.paragraphs if one.style.name in ("Quote", "Intense Quote")]
    assert len(alone) > 20 and all(one.paragraph_format.keep_with_next for one in alone)
    pairs = zip(word.paragraphs, word.paragraphs[1:], strict=False)
    charts = [one for one, after in pairs if one._p.xpath(".//w:drawing") and after.style.name == "Caption"]
    assert charts and all(one.paragraph_format.keep_with_next for one in charts)
    rows = [row for table in word.tables for row in table.rows]
    assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in rows)


def test_docx__columns_have_room_for_their_words(word: Document) -> None:
    """Should break no number and no short word within a cell: the letters of 8 points are 1.5 mm wide."""
    for table in word.tables:
        whole = [row for row in table.rows if len({cell._tc for cell in row.cells}) == len(table.columns)]
        for place, column in enumerate(table.columns):
            longest = max(len(word) for row in whole for word in row.cells[place].text.split(" "))
            assert column.width.cm >= 0.38 + 0.15 * min(longest, 12) - 0.01, (table.rows[0].cells[place].text, longest)
