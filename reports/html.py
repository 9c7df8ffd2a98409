"""The edition as one self-contained HTML page: it loads nothing, reads without its script, and prints well."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from melflow.reports.document import Document
from melflow.reports.phrases import languages_of, phrases_of

_TEMPLATES = Path(__file__).parent / "templates"
_PAGE = "page"
#: Letters of a word that may be broken, so that a table keeps to its page; shorter ones stay whole.
_LONG = 22


def html(document: Document) -> str:
    """Return the edition as a page; every text is escaped, only the charts melflow drew are markup."""
    return str(_template().render(edition=document, script_words=_words(document.language)))


def _words(language: str) -> dict[str, str]:
    """Return what the script says; in English where a language has no words for it."""
    known = phrases_of(_PAGE, language if language in languages_of(_PAGE) else "en")
    prefix = f"{_PAGE}."
    return {key.removeprefix(prefix): phrase for key, phrase in known.items() if key.startswith(prefix)}


@cache
def _template() -> Any:
    """Return the template, compiled once, with the script and the only hash a browser may run."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["drawn"] = Markup
    environment.tests["longworded"] = lambda text: max(map(len, text.split()), default=0) > _LONG
    script, style = ((_TEMPLATES / f"edition.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals |= {"script": Markup(script), "script_hash": digest, "style": Markup(style)}  # noqa: S704
    return environment.get_template("edition.html.j2")
