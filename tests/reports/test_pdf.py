"""What stands together in the printed edition is printed on one page."""

from __future__ import annotations

import datetime as dt
import io

import pypdf

from melflow.reports.document import Document, Paragraph, Section, Table
from melflow.reports.pdf import pdf

_WORDS = dict.fromkeys(("contents", "figure", "table", "page", "skip", "held_back", "suppressed"), "Word")


def test_pdf__a_caption_stays_with_its_table() -> None:
    """Should begin a table on the page of its caption, with its heads and a row, wherever the page ends."""
    sections = tuple(_section(number) for number in range(43, 48))
    pages = _pages(*sections)
    found = [
        {page for page, text in enumerate(pages) if what in text}
        for number in range(43, 48)
        for what in (f"Caption{number}x", f"First{number}x")
    ]
    assert all(caption == row and len(row) == 1 for caption, row in zip(found[::2], found[1::2], strict=True))
    moved = [text for text in pages if "Caption" in text and "Line" not in text]
    assert 0 < len(moved) < len(sections)  # some end just before the caption, some behind it


def test_pdf__a_table_of_a_few_rows_is_whole() -> None:
    """Should print the rows of a small table on one page, and lose no word of one that is higher than a page."""
    small = {lines: tuple((f"Row{lines}n{row}x", "1") for row in range(12)) for lines in range(24, 48, 4)}
    tall = tuple((f"Tall{row}x {'word ' * 400} End{row}x", "1") for row in range(5))
    pages = _pages(*(_section(lines, rows) for lines, rows in small.items()), _section(3, tall))
    for rows in small.values():
        on = [{page for page, text in enumerate(pages) if name in text} for name, _ in rows]
        assert len(on[0]) == 1 and all(one == on[0] for one in on)
    assert all(f"{part}{row}x" in "".join(pages) for row in range(5) for part in ("Tall", "End"))


def _pages(*sections: Section) -> list[str]:
    edition = Document("Title", "Alliance", "", "2026", "All", "en", _WORDS, (), "Foot", sections)
    reader = pypdf.PdfReader(io.BytesIO(pdf(edition, dt.datetime(2026, 7, 1, tzinfo=dt.UTC))))
    return [page.extract_text() for page in reader.pages]


def _section(lines: int, rows: tuple[tuple[str, ...], ...] = ()) -> Section:
    rows = rows or tuple((f"First{lines}x" if row == 0 else "more", "1") for row in range(30))
    table = Table(f"Caption{lines}x", ("Head", "Number"), (1, 1), (False, True), rows)
    return Section(f"part{lines}", f"Part {lines}", (*(Paragraph(f"Line {n}", "note") for n in range(lines)), table))
