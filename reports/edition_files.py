"""The files of an edition: a document, in every format its report asks for."""

from __future__ import annotations

from collections.abc import Callable

from melflow.reports.annex import annex
from melflow.reports.context import Context
from melflow.reports.document import Document
from melflow.reports.docx import docx
from melflow.reports.frozen import Frozen
from melflow.reports.html import html
from melflow.reports.iati import iati
from melflow.reports.pdf import pdf
from melflow.reports.typefaces import Typefaces
from melflow.reports.xlsx import xlsx

FILES = {
    "pdf": "edition.pdf",
    "html": "edition.html",
    "xlsx": "tables.xlsx",
    "docx": "edition.docx",
    "annex": "annex.zip",
    "iati": "iati.xml",
}


def contents(
    document: Document,
    context: Context,
    frozen: Frozen,
    typefaces: Typefaces,
    others: Callable[[], list[tuple[Context, Frozen]]],
) -> dict[str, bytes]:
    """Return the content of each file of the edition, by format.

    Args:
        document: The edition.
        context: Data and words.
        frozen: Which formats, and what else the edition is made with.
        typefaces: What it is set in.
        others: Gives what the file for the registry says in further languages.
    """
    makers = {
        "pdf": lambda: pdf(document, context.data.info.created_at, typefaces),
        "html": lambda: html(document, typefaces).encode(),
        "xlsx": lambda: xlsx(document, context, frozen.sections),
        "docx": lambda: docx(document, context.data.info.created_at, typefaces),
        "annex": lambda: annex(document, context, frozen.sections),
        "iati": lambda: iati(context, frozen, *others()),
    }
    return {key: makers[key]() for key in frozen.formats}
