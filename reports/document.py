"""An edition as data: sections of blocks, made once and drawn as PDF and as HTML.

Every string here is plain text; the renderers insert it literally.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a note is set small, a headline large, a question (of a section, below its title) in between.

    On a page, ``href`` leads to another of the same folder.
    """

    text: str
    style: Literal["body", "note", "headline", "question"] = "body"
    href: str = ""
    kind: str = "paragraph"


@dataclass(frozen=True)
class Sentences:
    """Findings as a list, under a label on the summary page."""

    items: tuple[str, ...]
    label: str = ""
    kind: str = "sentences"


@dataclass(frozen=True)
class KeyFigure:
    """One large number, what it is a part of, and its label."""

    value: str
    of: str
    label: str


@dataclass(frozen=True)
class KeyFigures:
    """The key figures of the summary page."""

    items: tuple[KeyFigure, ...]
    kind: str = "key_figures"


@dataclass(frozen=True)
class Figure:
    """A chart as vector graphics with its text alternative.

    Attributes:
        key: Unique in the document; prefix of the ids inside the SVG.
        title: What the chart shows; printed above it.
        alt: The text alternative, for readers who do not see the chart.
        svg: The picture.
        note: How to read it; printed below.
    """

    key: str
    title: str
    alt: str
    svg: str
    note: str = ""
    kind: str = "figure"


@dataclass(frozen=True)
class Table:
    """A table of texts; its first column names the row.

    Attributes:
        columns: Header texts.
        widths: Relative widths of the columns.
        numeric: Which columns are set flush right.
        rows: Cells; the last cell of a shorter row spans the columns that are left.
    """

    title: str
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    kind: str = "table"


@dataclass(frozen=True)
class Run:
    """A piece of text in one style."""

    text: str
    style: str = ""  # strong or emphasis


@dataclass(frozen=True)
class Passage:
    """A paragraph, a heading (each one item) or a list of the team's own text."""

    form: str  # paragraph, heading, bullets or numbers
    items: tuple[tuple[Run, ...], ...]


@dataclass(frozen=True)
class Prose:
    """What the team wrote; the note says that it is theirs."""

    passages: tuple[Passage, ...]
    note: str
    kind: str = "prose"


Block = Paragraph | Sentences | KeyFigures | Figure | Table | Prose


@dataclass(frozen=True)
class Section:
    """A numbered part of the edition; ``is_blank`` when no published number is in it."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    is_blank: bool = False


@dataclass(frozen=True)
class Document:
    """A whole edition.

    Attributes:
        words: The fixed words the templates need, in the edition's language.
        facts: Label and text of the cover's and footer's facts (release, as-of date, ...).
        warnings: Why the gate holds this edition back; printed on it.
    """

    title: str
    alliance: str
    description: str
    period: str
    audience: str
    language: str
    words: dict[str, str]
    facts: tuple[tuple[str, str], ...]
    footer: str
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = field(default=())
