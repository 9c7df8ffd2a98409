"""Choices kept in a CSV file beside the form: ``select_one_from_file towns.csv``."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from melflow.sources import formrows
from melflow.sources.formrows import Row
from melflow.sources.tables import decode, separator

_FILE = re.compile(r"\S+\.csv", re.IGNORECASE)


def files(folder: Path, survey: list[Row]) -> dict[str, Path]:
    """Return list -> file, for the lists of select questions that are files and are there."""
    named = {formrows.question_type(row.get("type", ""))[1] for row in survey}
    paths = {name: folder / Path(name).name for name in sorted(named) if _FILE.fullmatch(name)}
    return {name: path for name, path in paths.items() if path.is_file()}


def rows(name: str, content: bytes, survey: list[Row]) -> list[Row]:
    """Return the file's choices as rows of a choices sheet.

    ``parameters`` of the question may say which columns are meant (``value=code label=town``).
    """
    asked = next(row for row in survey if formrows.question_type(row.get("type", ""))[1] == name)
    given = dict(re.findall(r"(value|label)\s*=\s*(\w+)", asked.get("parameters", "")))
    value, label = given.get("value", "name"), given.get("label", "label")
    text, _ = decode(content)
    found: list[Row] = []
    for number, record in enumerate(csv.DictReader(io.StringIO(text), delimiter=separator(text)), 2):
        cells = {(key or "").strip(): (cell or "").strip() for key, cell in record.items() if isinstance(cell, str)}
        labels = {
            formrows.column(key): cell for key, cell in cells.items() if formrows.column(key).startswith("label::")
        }
        said = {"label::": cells[label]} if cells.get(label) and label != "label" else labels
        found.append({"list_name": name, "name": cells.get(value, ""), "row": str(number), **said})
    return [row for row in found if row["name"]]
