"""Rows of an XLSForm's sheets, and the questions they make: paths through groups and repeats, types, labels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from melflow.sources.tables import Sheet

Row = dict[str, str]  # column -> text, blank cells left out; "row" is its number in the sheet, as text

SELECT_ONE, SELECT_MULTIPLE = "select_one", "select_multiple"


@dataclass(frozen=True)
class Content:
    """What a form's file says, whatever its format: rows as an XLSForm has them.

    Attributes:
        survey: Rows of the survey sheet.
        choices: Rows of the choices sheet, then of external_choices.
        settings: The settings.
        also: Other names of this version, such as the one a server gave it.
        since: When the server deployed it, as the server says; empty when unknown.
    """

    survey: list[Row]
    choices: list[Row]
    settings: Row
    also: tuple[str, ...] = ()
    since: str = ""


#: What pyxform, and so every server, makes of quotation marks in a workbook.
STRAIGHT = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
#: Filled in by the device, not asked; an item only when a mel_construct gives it a role.
METADATA = frozenset(
    (
        *(
            "start",
            "end",
            "today",
            "deviceid",
            "subscriberid",
            "simserial",
            "phonenumber",
            "username",
            "email",
            "audit",
        ),
        *("start-geopoint", "background-audio", "background-geopoint"),
    )
)
_UNASKED = METADATA | {"note", "hidden", "xml-external", "csv-external"}
#: Spellings of types, without "add … prompt", "get …" and "q …" around them.
_TYPES = {
    "int": "integer",
    "percentage": "integer",
    "string": "text",
    "datetime": "dateTime",
    "date_time": "dateTime",
    "calculation": "calculate",
    "trigger": "acknowledge",
    **dict.fromkeys(("photo", "picture"), "image"),
    **dict.fromkeys(("gps", "location"), "geopoint"),
    **dict.fromkeys(("imei", "device_id"), "deviceid"),
    "begin_lgroup": "begin_repeat",
    "begin_looped_group": "begin_repeat",
    "end_lgroup": "end_repeat",
    "end_looped_group": "end_repeat",
    "sim_id": "simserial",
    "subscriber_id": "subscriberid",
    "start_time": "start",
    "end_time": "end",
}
_WRAPPED = re.compile(r"add (?P<added>.+) prompt|get (?P<got>.+)|q (?P<q>.+)", re.IGNORECASE)
_SELECT = re.compile(
    r"(add )?(?P<type>select[_ ]one|select[_ ]multiple|select1|select all that apply|rank)"
    r"([_ ]from[_ ]file|[_ ]external)?( prompt)?( from| using)? (?P<list>\S+)"
    r"(?P<other> or[_ ]other| or specify other)?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"label(::?\s*(?P<language>.+))?", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One question of a form, in its place.

    Attributes:
        name: Name as in the survey sheet.
        path: Groups, repeats and name, joined by "/".
        repeat_path: Path of the innermost repeat around it, "" outside.
        type: select_one, select_multiple, integer, decimal, date, text, …
        list_name: Choice list of a select, else "".
        row: Its cells.
    """

    name: str
    path: str
    repeat_path: str
    type: str
    list_name: str
    row: Row


@dataclass(frozen=True)
class Survey:
    """What the survey sheet says.

    Attributes:
        entries: Questions in order.
        groups: Path of every group and repeat -> its cells.
        repeats: Paths of the repeats, outer before inner.
        metadata: Type of what the device fills in -> path of its field.
        other_lists: Lists that a question extends with "other".
    """

    entries: list[Entry]
    groups: dict[str, Row]
    repeats: tuple[str, ...]
    metadata: dict[str, str]
    other_lists: frozenset[str]


def sheet_rows(sheet: Sheet) -> list[Row]:
    """Return the rows below the header, keyed by column name in lower case with underscores (labels keep languages)."""
    header = sheet.first_row()
    names = [column(text or "") for text in sheet.row(header)]
    rows = []
    for values in sheet.below(header).iter_rows():
        cells = {name: value.strip() for name, value in zip(names, values[1:], strict=True) if name and value}
        if cells:
            rows.append({**cells, "row": str(values[0])})
    return rows


def column(header: str) -> str:
    """Return the name a column of a form's sheet has here: its labels by language, the others in lower case."""
    label = _LABEL.fullmatch(header.strip())
    if label:
        return f"label::{language_of(label['language'] or '')}"
    return re.sub(r"[\s_]+", "_", header.strip().lower())


def relevant(row: Row) -> str | None:
    """Return the condition under which a question or group is asked; None when it always is."""
    return row.get("relevant") or row.get("relevance")


def language_of(text: str) -> str:
    """Return the language's code when the text gives one in brackets (``Español (es)`` is es), else the text."""
    code = re.search(r"\(([A-Za-z]{2,3}(?:-[A-Za-z]+)?)\)\s*$", text)
    return code[1] if code else text.strip()


def labels(row: Row, default_language: str) -> dict[str, str]:
    """Return the labels of a row by language; an unmarked label is in the default language."""
    found = {name.removeprefix("label::"): text for name, text in row.items() if name.startswith("label::")}
    unmarked = found.pop("", None)
    if unmarked is not None:
        found.setdefault(default_language, unmarked)
    return found


def languages(rows: Iterable[Row], default_language: str) -> tuple[str, ...]:
    """Return every language in which a row has a label, in the order of first use."""
    return tuple(dict.fromkeys(language for row in rows for language in labels(row, default_language)))


def question_type(text: str) -> tuple[str, str, bool]:
    """Return type, choice list and whether "other" is added, from the type column."""
    clean = " ".join(text.split())
    select = _SELECT.fullmatch(clean)
    if select is None:
        wrapped = _WRAPPED.fullmatch(clean)
        plain = next(filter(None, wrapped.groups()), clean) if wrapped else clean
        kind = plain.lower().replace(" ", "_")
        return _TYPES.get(kind, kind), "", False
    kind = select["type"].lower().replace(" ", "_")
    kind = {"select1": SELECT_ONE, "select_all_that_apply": SELECT_MULTIPLE}.get(kind, kind)
    return kind, select["list"], bool(select["other"])


def survey(rows: list[Row]) -> Survey:
    """Return the questions of a survey sheet with their paths.

    Notes, and what the device fills in by itself, are no questions; with a ``mel_construct`` they are.
    """
    entries: list[Entry] = []
    groups: dict[str, Row] = {}
    open_groups: list[tuple[str, bool]] = []
    repeats: list[str] = []
    other_lists: set[str] = set()
    metadata: dict[str, str] = {}
    for row in rows:
        kind, list_name, other = question_type(row.get("type", ""))
        name = row.get("name", "")
        path = "/".join([*(group for group, _ in open_groups), name])
        if kind in METADATA and name:
            metadata[kind] = path
        if kind in ("begin_group", "begin_repeat"):
            open_groups.append((name, kind == "begin_repeat"))
            groups[path] = row
            if kind == "begin_repeat":
                repeats.append(path)
        elif kind in ("end_group", "end_repeat"):
            del open_groups[-1:]
        elif name and kind and (kind not in _UNASKED or "mel_construct" in row):
            entries.append(Entry(name, path, _repeat_path(open_groups), kind, list_name, row))
            if other:
                other_lists.add(list_name)
                extra = {"label::": "Specify other.", **{key: row[key] for key in ("row", "relevant") if key in row}}
                entries.append(Entry(f"{name}_other", f"{path}_other", entries[-1].repeat_path, "text", "", extra))
    return Survey(entries, groups, tuple(repeats), metadata, frozenset(other_lists))


def _repeat_path(open_groups: list[tuple[str, bool]]) -> str:
    last = max((number for number, (_, repeats) in enumerate(open_groups) if repeats), default=-1)
    return "/".join(name for name, _ in open_groups[: last + 1])


def truth(text: str | None) -> bool:
    """Return whether a yes/no cell says yes."""
    return (text or "").strip().casefold() in ("yes", "true", "true()", "1", "x")
