"""OData answers of Central to records: pages put together, and rows of repeats put into the submissions they are of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from melflow.sources import odk_meta, sniff
from melflow.sources.payload import Notes, Origin
from melflow.sources.tables import decode

Record = dict[str, Any]
LINK = "@odata.navigationLink"
MAIN = "Submissions"
_PARENT = re.compile(r"__(?P<table>Submissions(-\w+)*)-id")


@dataclass(frozen=True)
class Submissions:
    """The submissions of one payload, with the repeats inside.

    Attributes:
        records: As Central sends them.
        sheets: Name of the file each is from; None when there is one without a name.
        rows: Position in that file, from 1.
        notes: What was left out: counts and ids.
    """

    records: list[Record]
    sheets: list[str | None]
    rows: list[int]
    notes: Notes


@dataclass
class _Table:
    """One table of the service, its pages put together: rows by ``__id``, and where they stand."""

    name: str
    rows: list[Record] = field(default_factory=list)
    places: list[tuple[str | None, int]] = field(default_factory=list)


def read(origin: Origin, files: Mapping[str, bytes]) -> Submissions:
    """Return the submissions of OData answers that belong together.

    Encrypted submissions are left out, counted and named: what they say is not known.

    Raises:
        SourceError: A file is no OData answer, or the tables contradict each other.
    """
    tables: dict[str, _Table] = {}
    for name, content in files.items():
        place = replace(origin, file=f"{origin.file}!{name}") if name else origin
        table, records = _answer(place, content)
        into = tables.setdefault(table, _Table(table))
        into.rows += records
        into.places += [(name or None, number) for number in range(1, len(records) + 1)]
    main = tables.pop(MAIN, None)
    if main is None:
        raise origin.error(
            "the file is the table of submissions, or that table lies beside it",
            "the table of a repeat",
            "Put it into one folder with the export of .../forms/<form>.svc/Submissions; or export "
            ".../Submissions?$expand=*, which has the repeats inside the submissions.",
        )
    n_came = len(main.rows)
    orphans = _nest(origin, main, [table for table in tables.values() if table.rows]) if tables else 0
    secret = [one["__id"] for one in main.rows if odk_meta.is_encrypted(one)]
    kept = [number for number, one in enumerate(main.rows) if not odk_meta.is_encrypted(one)]
    notes: Notes = {"rows_at_source": n_came, "rows_dropped_same": n_came - len(main.rows)}
    return Submissions(
        [main.rows[number] for number in kept],
        [main.places[number][0] for number in kept],
        [main.places[number][1] for number in kept],
        notes | odk_meta.left_out(secret, orphans),
    )


def table_of(document: Any) -> str | None:
    """Return which table an OData answer is of, ``Submissions`` or ``Submissions.group.repeat``; None for no answer."""
    records = document.get("value") if isinstance(document, dict) else document
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        return None
    context = str(document.get("@odata.context", "")) if isinstance(document, dict) else ""
    table = context.rpartition("#")[2]
    if re.fullmatch(rf"{MAIN}(\.\w+)*", table):
        return table
    return next((f"{MAIN}." for one in records for key in one if _PARENT.fullmatch(key)), MAIN)


def _answer(origin: Origin, content: bytes) -> tuple[str, list[Record]]:
    """Return which table an answer is of, and its rows."""
    sniff.kind(origin, content, "json")
    try:
        document = orjson.loads(decode(content)[0])
    except orjson.JSONDecodeError as error:
        raise origin.error(
            "the file is complete JSON",
            f"text that stops making sense at line {error.lineno}, column {error.colno}",
            "The download was probably cut off: export the submissions again.",
        ) from error
    table = table_of(document)
    if table is None:
        refused = isinstance(document, dict) and "message" in document
        raise origin.error(
            'the file is an OData answer of ODK Central, {"value": [...]}',
            "an error message of the server" if refused else "JSON of another kind",
            "Export it from .../forms/<form>.svc/Submissions?$expand=* with a user who may read the form.",
        )
    if table == f"{MAIN}.":  # its own words about itself are gone; its name may still say it
        named = re.search(rf"{MAIN}((\.\w+)+)\.json$", origin.file)
        table = f"{MAIN}{named[1]}" if named else table
    records: list[Record] = document["value"] if isinstance(document, dict) else document
    without = next((number for number, one in enumerate(records, 1) if not isinstance(one.get("__id"), str)), None)
    if without is not None:
        raise origin.error(
            "every submission has an __id",
            "none",
            "Export it from .../forms/<form>.svc/Submissions; other exports of Central have no __id.",
            f"submission {without}",
        )
    return table, records


def _nest(origin: Origin, main: _Table, repeats: list[_Table]) -> int:
    """Put the rows of repeats into their parents, outer before inner; return how many have none."""
    _once(origin, main)
    known = {MAIN: {one["__id"]: one for one in main.rows}}
    orphans = 0
    for table in sorted(repeats, key=lambda one: one.name.count(".")):
        _once(origin, table)
        key = next((key for key in table.rows[0] if _PARENT.fullmatch(key)), None)
        found = _PARENT.fullmatch(key or "")
        above = found["table"].replace("-", ".") if found else ""
        if key is None or above not in known or not table.name.removeprefix(above).strip("."):
            raise origin.error(
                "each table of a repeat says which one it is, and the table around it lies beside it",
                f"a table with {len(table.rows)} rows where one of the two is missing",
                "Export all tables of .../forms/<form>.svc again as they are, named as the server names them; or "
                "export .../Submissions?$expand=*.",
            )
        *groups, name = table.name.removeprefix(f"{above}.").split(".")
        known[table.name] = {one["__id"]: one for one in table.rows}
        for row in table.rows:
            parent = known[above].get(row.pop(key, ""))
            if parent is None:
                orphans += 1
                continue
            for group in groups:
                parent = parent.get(group) or parent.setdefault(group, {}) or parent[group]
            parent.setdefault(name, []).append(row)
    return orphans


def _once(origin: Origin, table: _Table) -> None:
    """Let each row be there once: pages may overlap. Two states of one row cannot be told apart by their repeats.

    Raises:
        SourceError: Two rows with one ``__id`` say different things.
    """
    first: dict[str, int] = {}
    for number, row in enumerate(table.rows):
        if table.rows[first.setdefault(row["__id"], number)] != row:
            raise origin.error(
                "tables that lie together are of one export",
                "two states of one row",
                "Give each export a folder of its own.",
                f"{table.places[number][0] or table.name} row {table.places[number][1]}",
            )
    table.rows[:] = [table.rows[number] for number in first.values()]
    table.places[:] = [table.places[number] for number in first.values()]
