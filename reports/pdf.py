"""The edition as a tagged PDF (PDF/UA-1), set by Typst with fonts of packages and the workspace, none of the system."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from melflow.reports.document import Document
from melflow.reports.outlines import fonts_in
from melflow.reports.typefaces import Typefaces, packaged

_TEMPLATE = Path(__file__).parent / "templates" / "edition.typ"


def pdf(document: Document, created_at: dt.datetime, typefaces: Typefaces | None = None) -> bytes:
    """Return the edition as PDF/UA-1; the same document and time give the same bytes.

    Args:
        document: The edition, as ``typeset`` leaves it.
        created_at: Written into the file as its creation time.
        typefaces: What it is set in; what every installation has when absent.
    """
    import typst

    chosen = typefaces or packaged()
    content = asdict(document)
    text = json.dumps(content, ensure_ascii=False)
    content["fonts"] = chosen.families(set(text))
    with tempfile.TemporaryDirectory(prefix="melflow-edition-") as name:
        folder = Path(name)
        shutil.copy(_TEMPLATE, folder / "edition.typ")
        for section in content["sections"]:
            section["blocks"] = [_to_file(block, folder) for block in section["blocks"]]
        (folder / "edition.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        compiler = typst.Compiler(str(folder / "edition.typ"), root=str(folder), font_paths=fonts_in(chosen.folders))
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
