"""The edition as one self-contained HTML page: no script, no network, prints well."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from melflow.reports.document import Document

_TEMPLATES = Path(__file__).parent / "templates"


def html(document: Document) -> str:
    """Return the edition as a page; every text is escaped, only the charts melflow drew are markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["drawn"] = Markup
    return environment.get_template("edition.html.j2").render(edition=asdict(document))
