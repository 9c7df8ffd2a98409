"""The edition as a tagged PDF (PDF/UA-1), set by Typst with the fonts that ship with melflow and Typst only."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from melflow.reports.document import Document
from melflow.reports.vector import FONTS_DIR

_TEMPLATE = Path(__file__).parent / "templates" / "edition.typ"
#: Stands for a letter no font of the edition has; PDF/UA forbids a letter without a form.
_NO_GLYPH = "\N{WHITE SQUARE}"
_MISSING = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)


def pdf(document: Document, created_at: dt.datetime) -> bytes:
    """Return the edition as PDF/UA-1; the same document and time give the same bytes.

    Args:
        document: The edition.
        created_at: Written into the file as its creation time.
    """
    import typst

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[FONTS_DIR])
    content = asdict(document) | {"has_blanks": False}
    unknown: set[str] = set()
    while True:
        try:
            return _compile(_without(content, unknown), fonts, created_at)
        except typst.TypstError as error:
            found = set("".join(_MISSING.findall(error.diagnostic))) - unknown
            if not found:
                raise
            unknown |= found


def _compile(content: dict[str, Any], fonts: Any, created_at: dt.datetime) -> bytes:
    import typst

    with tempfile.TemporaryDirectory(prefix="melflow-edition-") as name:
        folder = Path(name)
        shutil.copy(_TEMPLATE, folder / "edition.typ")
        for section in content["sections"]:
            section["blocks"] = [_to_file(block, folder) for block in section["blocks"]]
        (folder / "edition.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        compiler = typst.Compiler(str(folder / "edition.typ"), root=str(folder), font_paths=fonts)
        made = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=int(created_at.timestamp()))
    assert isinstance(made, bytes)
    return made


def _to_file(block: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write a figure's picture beside the template and refer to it by name."""
    if block["kind"] != "figure":
        return block
    file = f"{block['key']}.svg"
    (folder / file).write_text(block["svg"], encoding="utf-8")
    return {key: value for key, value in block.items() if key != "svg"} | {"file": file}


def _without(content: dict[str, Any], unknown: set[str]) -> dict[str, Any]:
    """Return a copy of the content in which letters without a form are squares."""
    text = json.dumps(content, ensure_ascii=False)
    for letter in sorted(unknown):
        text = text.replace(letter, _NO_GLYPH)
    copied: dict[str, Any] = json.loads(text)
    return copied | {"has_blanks": bool(unknown)}
