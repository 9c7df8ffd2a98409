"""The edition as one self-contained HTML page: it loads nothing, reads without its script, and prints well."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from melflow.reports.document import Document
from melflow.reports.phrases import languages, phrases
from melflow.reports.typefaces import Typefaces
from melflow.reports.webfonts import font_faces

_TEMPLATES = Path(__file__).parent / "templates"
#: Words of the script begin so; a page in a language without them has them in English.
_PAGE, _OTHERWISE = "page.", "en"
#: Letters of a word that may be broken, so that a table keeps to its page; shorter ones stay whole.
_LONG = 22


def html(document: Document, typefaces: Typefaces | None = None) -> str:
    """Return the edition as a page; every text is escaped, only the charts melflow drew are markup.

    Args:
        document: The edition, as ``typeset`` leaves it.
        typefaces: What it is set in, and brings along; the reader's own fonts when absent.
    """
    text = json.dumps(asdict(document), ensure_ascii=False)
    fonts = font_faces(text, typefaces) if typefaces else ""
    return str(_template().render(edition=document, script_words=_words(document.language), fonts=fonts))


def _words(language: str) -> dict[str, str]:
    """Return what the script says."""
    known = phrases(language if language in languages() else _OTHERWISE)
    return {key.removeprefix(_PAGE): phrase for key, phrase in known.items() if key.startswith(_PAGE)}


@cache
def _template() -> Any:
    """Return the template, compiled once, with the script and the only hash a browser may run."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["drawn"] = environment.filters["style"] = Markup
    environment.tests["longworded"] = lambda text: max(map(len, text.split()), default=0) > _LONG
    script, style = ((_TEMPLATES / f"edition.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals |= {"script": Markup(script), "script_hash": digest, "style": Markup(style)}  # noqa: S704
    return environment.get_template("edition.html.j2")
