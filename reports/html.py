"""The edition as one self-contained HTML page: no script, no network, prints well."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from melflow.reports.document import Document
from melflow.reports.typefaces import Typefaces
from melflow.reports.webfonts import font_faces

_TEMPLATES = Path(__file__).parent / "templates"


def html(document: Document, typefaces: Typefaces | None = None) -> str:
    """Return the edition as a page; every text is escaped, only the charts melflow drew are markup.

    Args:
        document: The edition, as ``typeset`` leaves it.
        typefaces: What it is set in, and brings along; the reader's own fonts when absent.
    """
    content = asdict(document)
    fonts = font_faces(json.dumps(content, ensure_ascii=False), typefaces) if typefaces else ""
    return str(_template().render(edition=content, fonts=fonts))


@cache
def _template() -> Any:
    """Return the template, compiled once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["drawn"] = environment.filters["style"] = Markup
    return environment.get_template("edition.html.j2")
