"""The edition as a Word document for teams that edit: headings, lists, tables and charts, each an ordinary one."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

from melflow.reports.document import Block, Document, Figure, KeyFigures, Paragraph, Prose, Sentences, Table
from melflow.reports.docx_fonts import embed, in_font
from melflow.reports.outlines import outlined
from melflow.reports.typefaces import Typefaces
from melflow.reports.vector import FONT, png

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.shape import InlineShape

#: Width of the text on the page, in centimetres.
_WIDTH = 17.0
#: Of a cell: its margins on both sides, and a letter of its text (8 points), in cm; longer words may be broken.
_MARGINS, _LETTER, _LONGEST = 0.38, 0.15, 12
#: Style of a paragraph -> the style Word knows it by.
_STYLES = {"note": "Caption", "headline": "Intense Quote", "question": "Quote"}
_VECTORS = (
    '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
    '<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:embed="{reference}"/>'
    "</a:ext></a:extLst>"
)
#: Every entry of the package carries this day, so that the same edition is the same bytes.
_ENTRY_DAY = (1980, 1, 1, 0, 0, 0)


def docx(document: Document, created_at: dt.datetime, typefaces: Typefaces) -> bytes:
    """Return the edition as DOCX; the same document and time give the same bytes.

    Args:
        document: The edition.
        created_at: Written into the file as its creation time.
        typefaces: What it is set in; the letters it has are brought along.
    """
    import docx as library

    word = library.Document()
    _set_up(word, document, created_at)
    word.add_heading(document.title, level=0)
    word.add_paragraph(f"{document.alliance} · {document.period}", style="Subtitle")
    word.add_paragraph(document.audience)
    if document.description:
        word.add_paragraph(document.description)
    for label, value in document.facts:
        line = word.add_paragraph(f"{label}: ", style="No Spacing")
        line.add_run(value).bold = True
    if document.warnings:
        word.add_paragraph(document.words["held_back"], style="Intense Quote")
        for reason in document.warnings:
            word.add_paragraph(reason, style="List Bullet")
    for section in document.sections:
        word.add_heading(section.title, level=1)
        for block in section.blocks:
            _draw(word, block, typefaces)
    embed(word, typefaces)
    buffer = io.BytesIO()
    word.save(buffer)
    return _dated(buffer.getvalue())


def _set_up(word: Word, document: Document, created_at: dt.datetime) -> None:
    """Set paper, font, language, footer and what the file says of itself."""
    from docx.shared import Cm, Pt

    page = word.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm((21 - _WIDTH) / 2)
    page.footer.paragraphs[0].text = document.footer
    normal = word.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10)
    for fonts in word.styles.element.xpath(".//w:rFonts"):  # headings too, whose template asks for others
        fonts.attrib.clear()
        in_font(fonts, FONT)
    normal.element.get_or_add_rPr().append(_element("w:lang", val=document.language))
    said = word.core_properties
    said.title, said.author, said.last_modified_by = document.title, document.alliance, document.alliance
    said.language, said.comments, said.revision = document.language, "", 1
    said.created = said.modified = created_at.replace(tzinfo=None)


def _draw(word: Word, block: Block, typefaces: Typefaces) -> None:
    match block:
        case Paragraph():
            line = word.add_paragraph(block.text, style=_STYLES.get(block.style))
            line.paragraph_format.keep_with_next = block.style in ("headline", "question") or None
        case Sentences():
            if block.label:
                _titled(word, block.label)
            for sentence in block.items:
                word.add_paragraph(sentence, style="List Bullet")
        case KeyFigures():
            for item in block.items:
                line = word.add_paragraph()
                line.add_run(f"{item.value} {item.of}").bold = True
                line.add_run(f"  {item.label}")
        case Figure():
            _figure(word, block, typefaces)
        case Table():
            _table(word, block)
        case Prose():
            _prose(word, block)


def _prose(word: Word, block: Prose) -> None:
    """Write what the team wrote; a heading below that of the section."""
    for passage in block.passages:
        style = {"heading": "Heading 2", "bullets": "List Bullet", "numbers": "List Number"}.get(passage.form)
        for item in passage.items:
            written = word.add_paragraph(style=style)
            for run in item:
                made = written.add_run(run.text)
                made.bold, made.italic = run.style == "strong" or None, run.style == "emphasis" or None
    word.add_paragraph(block.note, style="Caption")


def _figure(word: Word, figure: Figure, typefaces: Typefaces) -> None:
    """Put in a chart under its title, with its text alternative for readers who do not see it."""
    from docx.shared import Cm

    _titled(word, figure.title)
    drawing = outlined(figure.svg, typefaces, wholly=True)  # a program that opens it has not the edition's fonts
    picture = word.add_picture(io.BytesIO(png(drawing, typefaces)), width=Cm(_WIDTH))
    picture._inline.docPr.set("descr", figure.alt)  # the library has no other way
    word.paragraphs[-1].paragraph_format.keep_with_next = bool(figure.note) or None
    _add_vectors(word, picture, figure.key, drawing)
    if figure.note:
        word.add_paragraph(figure.note, style="Caption")


def _add_vectors(word: Word, picture: InlineShape, key: str, svg: str) -> None:
    """Put the drawing beside the picture of dots; programs that know no SVG show the dots.

    Office's own extension of DrawingML: [MS-ODRAWXML] 2.3.7, element svgBlip.
    """
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    part = Part(PackURI(f"/word/media/{key}.svg"), "image/svg+xml", svg.encode(), word.part.package)
    reference = word.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    (blip,) = picture._inline.xpath(".//a:blip")
    blip.append(parse_xml(_VECTORS.format(reference=reference)))


def _table(word: Word, table: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    _titled(word, table.title)
    made = word.add_table(rows=0, cols=len(table.columns), style="Light List Accent 1")
    for column, width in zip(made.columns, _widths(table), strict=True):
        column.width = Cm(width)
    for number, row in enumerate((table.columns, *table.rows)):
        line = made.add_row()
        cells = list(line.cells)
        if len(row) < len(cells):  # the last text spans what is left
            cells[len(row) - 1].merge(cells[-1])
        for text, cell, is_numeric in zip(row, cells, table.numeric, strict=False):
            written = cell.paragraphs[0]
            written.add_run(text).font.size = Pt(8)
            if is_numeric and len(row) == len(cells):
                written.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        line._tr.get_or_add_trPr().append(_element("w:cantSplit", val="true"))
        if number == 0:  # repeated on every page, and known to screen readers as the header
            line._tr.get_or_add_trPr().append(_element("w:tblHeader", val="true"))
    if table.note:
        word.add_paragraph(table.note, style="Caption")


def _widths(table: Table) -> list[float]:
    """Return the widths of columns in cm: as asked, but with room for the longest word of each, so that none is cut."""
    asked = [_WIDTH * width / sum(table.widths) for width in table.widths]
    cells = list(zip(table.columns, *(row for row in table.rows if len(row) == len(table.columns)), strict=True))
    words = [max(len(word) for text in column for word in text.split(" ")) for column in cells]
    least = [_MARGINS + _LETTER * min(length, _LONGEST) for length in words]
    found = [max(one, other) for one, other in zip(asked, least, strict=True)]
    spare = [one - other for one, other in zip(found, least, strict=True)]
    over = (sum(found) - _WIDTH) / (sum(spare) or 1)
    return [width - over * more for width, more in zip(found, spare, strict=True)] if over <= 1 else asked


def _titled(word: Word, title: str) -> None:
    line = word.add_paragraph()
    line.add_run(title).bold = True
    line.paragraph_format.keep_with_next = True


def _element(name: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _dated(package: bytes) -> bytes:
    """Return the package with one day on every entry."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _ENTRY_DAY), old.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()
