"""What ``melflow init`` needs to make a workspace out of a data set: read its table, name its partners, write files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import yaml

from melflow.core.errors import WorkspaceError
from melflow.core.names import choose, fold
from melflow.sources import values
from melflow.sources.payload import Origin
from melflow.sources.tables import ROW, read_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "# yaml-language-server: $schema={place}.melflow/schemas/{name}.schema.json\n"
#: What people write into a cell that has no value.
BLANK = ("NA", "N/A", "NaN", "nan", "NULL")


@dataclass(frozen=True)
class Table:
    """The first sheet of a data set: every cell text, blank ones null.

    Attributes:
        path: The file.
        columns: Header text -> its column, text.
        content: The file's bytes.
    """

    path: Path
    columns: dict[str, pl.Series]
    content: bytes

    def header(self, wanted: str, option: str) -> str:
        """Return the header that a person means, whatever its capitals and accents.

        Raises:
            WorkspaceError: No header is like that; names the nearest.
        """
        found = next((text for text in self.columns if fold(text) == fold(wanted)), None)
        if found is None:
            rule = f"{option} names a column of the file"
            raise WorkspaceError.of(self.path.name, rule, f"no '{wanted}'", choose(wanted, self.columns))
        return found


def read_table(path: Path) -> Table:
    """Read a CSV file or the first sheet of a workbook; its first row names the columns.

    Raises:
        WorkspaceError: There is no such file.
        SourceError: It is no table.
    """
    if not path.is_file():
        fix = "Name a CSV file or a workbook; paths are relative to the folder you are in."
        raise WorkspaceError.of(str(path), "the data set is a file", "no such file", fix)
    content = path.read_bytes()
    sheet = read_tables(Origin(path.stem, path.name, "", datetime.now(UTC)), content).sheets[0]
    body = sheet.below(sheet.first_row())
    cells = body.select(values.filled(pl.exclude(ROW)).replace(list(BLANK), None))
    headers = sheet.row(sheet.first_row())
    return Table(path, {text: cells[f"c{place}"] for place, text in reversed([*enumerate(headers)]) if text}, content)


def identifier(name: str) -> str:
    """Return a name's letters and digits, in the form an id has."""
    return re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_") or "unnamed"


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Return an id for each name: its letters and digits, with a number where two would be alike.

    Spellings that differ in case, accents or white space only are one name and share its id. No id is another's name.
    """
    spelt = {name: fold(name) for name in names}
    texts = list(dict.fromkeys(spelt.values()))
    known, used, ids = set(texts), set[str](), dict[str, str]()
    last: dict[str, int] = {}
    for text in texts:
        base = identifier(text)
        candidate = base
        while candidate in used or (candidate in known and candidate != text):
            last[base] = last.get(base, 1) + 1
            candidate = f"{base}_{last[base]}"
        used.add(candidate)
        ids[text] = candidate
    return {name: ids[text] for name, text in spelt.items()}


def days(table: Table, column: str | None, day: str | None) -> list[date]:
    """Return the distinct days of the data, in order: of its column of dates, else the one that was named.

    Raises:
        WorkspaceError: A date that cannot be read.
    """
    if column is None:
        # a data set without dates still happened in some period; the caller may say in which
        raw = pl.Series([day or date.today().replace(month=1, day=1).isoformat()])
        where = "--day"
    else:
        raw, where = table.columns[table.header(column, "--date")], table.path.name
    frame = raw.to_frame("raw").with_columns(day=values.date(pl.col("raw"), ("%Y-%m-%d",))[0])
    wrong = frame.filter(pl.col("day").is_null() & pl.col("raw").is_not_null())
    if wrong.height or frame.drop_nulls().is_empty():
        seen = f"'{wrong['raw'][0]}'" if wrong.height else "no date"
        fix = "Write dates as year-month-day, or leave --date out and give one --day for all."
        raise WorkspaceError.of(where, "a date is written year-month-day", seen, fix)
    return [item for item in frame["day"].unique().sort().to_list() if item is not None]


def write_common(folder: Path, title: str, when: Sequence[date], partners: Mapping[str, str]) -> None:
    """Write what every workspace has: melflow.toml, with a calendar of years, and partners.csv.

    Args:
        folder: Of the workspace.
        title: Name of the alliance.
        when: Days of the data, in order.
        partners: Name -> partner id; the first spelling of a name is kept.
    """
    lines = [
        "#:schema ./.melflow/schemas/melflow.schema.json", "[alliance]",
        f"id = {json.dumps(identifier(title))}",
        f"name = {json.dumps(title, ensure_ascii=False)}", "", "[calendar]", 'kind = "year"',
        f'first = "{when[0].year}"', f'last = "{when[-1].year}"',
    ]  # fmt: skip
    write(folder / "melflow.toml", "\n".join(lines) + "\n")
    names = {partner_id: name for name, partner_id in reversed([*partners.items()])}
    rows = [
        [partner_id, names[partner_id], "other", "unknown", f"{when[0].year}-01-01"] for partner_id in sorted(names)
    ]
    write(folder / "partners.csv", as_csv([["partner_id", "name", "type", "country", "joined_on"], *rows]))
    write(folder / ".gitignore", "var/\n")


def write_yaml(path: Path, schema: str, said: str, data: dict[str, Any]) -> None:
    """Write a workspace file with its schema's name and a sentence on top."""
    text = "".join(
        # a line for each key, lists and mappings as short as they go
        yaml.safe_dump(
            {key: value}, sort_keys=False, allow_unicode=True, width=118,
            default_flow_style=None if isinstance(value, dict | list) else False,
        )
        for key, value in data.items()
    )  # fmt: skip
    place = "../" * (path.parent.name == "sources")
    write(path, SCHEMA.format(place=place, name=schema) + f"# {said}\n" + text)


def as_csv(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV text."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write(path: Path, content: str | bytes) -> None:
    """Write a file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
