"""``instruments/<form>.map.csv``: the ``mel_`` columns of a form that cannot be changed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from melflow.sources.formrows import Row
from melflow.sources.tables import decode, separator


def find(form: Path, form_id: str) -> Path | None:
    """Return the sidecar of a form, named after its file or else after its id."""
    named = (form.with_name(f"{stem}.map.csv") for stem in (form.stem, form_id))
    return next((path for path in named if path.is_file()), None)


def read(path: Path) -> list[Row]:
    """Return the rows of a sidecar; ``row`` is the row number."""
    text, _ = decode(path.read_bytes())
    records = csv.DictReader(io.StringIO(text), delimiter=separator(text))
    return [
        {
            "row": str(number),
            **{key.strip().lower(): cell.strip() for key, cell in record.items() if key and cell and cell.strip()},
        }
        for number, record in enumerate(records, 2)
    ]


def merge(path: Path | None, survey: list[Row], choices: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return the form's rows with the sidecar's ``mel_`` cells on them.

    A row of the sidecar with ``list`` and ``code`` is about a choice, one with ``name`` about a question.
    """
    if path is None:
        return survey, choices
    rows = read(path)
    questions = {row["name"]: row for row in rows if "name" in row and "code" not in row}
    options = {(row["list"], row["code"]): row for row in rows if "list" in row and "code" in row}
    return (
        [{**row, **_mel(questions.get(row.get("name", "")))} for row in survey],
        [{**row, **_mel(options.get((row.get("list_name", ""), row.get("name", ""))))} for row in choices],
    )


def _mel(row: Row | None) -> Row:
    return {key: cell for key, cell in (row or {}).items() if key.startswith("mel_")}
