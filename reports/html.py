"""The edition as one self-contained HTML page: no script, no network, prints well."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from melflow.reports.document import Document

_TEMPLATES = Path(__file__).parent / "templates"


def html(document: Document) -> str:
    """Return the edition as a page; every text is escaped, only the charts melflow drew are markup."""
    return str(_template().render(edition=asdict(document)))


@cache
def _template() -> Any:
    """Return the template, compiled once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["drawn"] = Markup
    return environment.get_template("edition.html.j2")
