"""Is an XLSForm valid: pyxform's judgement, told in the order of all our problems."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from melflow.core.errors import Problem
from melflow.sources.formrows import Row
from melflow.sources.xlsform import Form, read_content

_RULE = "an XLSForm follows the rules of xlsform.org (judge: pyxform)"
_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"[Oo]n the '(\w+)' sheet,?\s*")
_MORE = re.compile(r"\s*Learn more: (\S+?)\.?$")
#: Of KoboToolbox alone: pyxform judges what they unfold to.
_KOBO = re.compile(r"begin[ _](score|rank|kobomatrix)", re.IGNORECASE)


def judge(root: Path, form: Form) -> list[Problem]:
    """Return what pyxform finds wrong with a form. It stops at the first mistake, so there may be more behind it.

    An XForm is not judged: it is what pyxform makes of a valid form.

    Args:
        root: The workspace.
        form: One of its forms.
    """
    kind = Path(form.source_file).suffix.lower()
    if kind == ".xml":
        return []
    content = (root / form.source_file).read_bytes()
    said = read_content(form.source_file, content).survey
    unfolded = kind == ".json" or any(_KOBO.fullmatch(row.get("type", "").strip()) for row in said)
    message = _refusal(_tables(form) if unfolded else content)
    rows = form.survey_rows if unfolded else None
    return [_told(form, line, rows) for line in message.splitlines() if line.strip()]


def _refusal(asked: bytes | dict[str, Any]) -> str:
    """Return pyxform's message, empty when it has nothing to say."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        convert(asked, form_name="melflow_form")
    except PyXFormError as error:
        return str(error)
    except Exception as error:  # some mistakes pyxform meets with whatever Python raises
        return f"Something in the form that pyxform has no words for ({type(error).__name__})."
    return ""


def _tables(form: Form) -> dict[str, Any]:
    settings = {"form_id": form.form_id, "form_title": form.title, "version": form.version}
    if form.default_language != "default":
        settings["default_language"] = form.default_language
    return {
        "survey": [_cells(row) for row in form.survey_rows],
        "choices": [_cells(row) for row in form.choice_rows],
        "settings": [{key: text for key, text in settings.items() if text}],
    }


def _cells(row: Row) -> Row:
    """Return the cells pyxform is to judge, unmarked labels under their plain name."""
    return {"label" if key == "label::" else key: cell for key, cell in row.items() if key != "row"}


def _told(form: Form, line: str, rows: list[Row] | None) -> Problem:
    """Tell one of pyxform's messages: where, what was seen, how to fix."""
    row, sheet, more = _ROW.search(line), _SHEET.search(line), _MORE.search(line)
    words = _MORE.sub("", _SHEET.sub("", _ROW.sub("", line))).strip()
    seen, _, fix = words.partition(". ")
    where = [form.source_file, *([sheet[1]] if sheet else ["survey"] if row else [])]
    if row:
        number = int(row[1])
        given = rows is not None and where[1] == "survey" and number - 2 < len(rows)
        where.append(f"row {rows[number - 2]['row'] if rows and given else number}")
    remedy = fix or "Correct the form, deploy it again, and put the corrected file here."
    return Problem("!".join(where), _RULE, seen.rstrip("."), remedy + (f" See {more[1]}" if more else ""))
