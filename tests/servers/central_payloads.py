"""Submissions as ODK Central hands them out: OData with repeats inside or as tables, and the CSV export.

Written after Central's own code (lib/data/odata.js and briefcase.js of getodk/central-backend): hashed ids of rows of
repeats, KEY and PARENT_KEY, names of files.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

Answers = dict[str, Any]  # name -> text as in the XForm, {...} for a group, [...] for a repeat

#: The form the tests use: survey rows of an XLSForm.
SURVEY = [
    ["type", "name", "label", "required"],
    ["start", "start"],
    ["text", "who", "Your code", "yes"],
    ["select_multiple ways", "how", "How?"],
    ["begin_group", "about", "About"],
    ["geopoint", "place", "Where?"],
    ["begin_repeat", "member", "Members"],
    ["text", "name", "Name"],
    ["begin_group", "more", "More"],
    ["integer", "age", "Age"],
    ["decimal", "share", "Share"],
    ["begin_repeat", "skill", "Skills"],
    ["select_one yes_no", "known", "Known?"],
    ["text", "name", "Name"],
    ["end_repeat"],
    ["end_group"],
    ["end_repeat"],
    ["end_group"],
    ["begin_repeat", "skill", "Skills of all"],
    ["text", "title", "Title"],
    ["end_repeat"],
]
CHOICES = [
    ["list_name", "name", "label"],
    *(["ways", name, name] for name in ("visit", "call", "other")),
    *(["yes_no", name, name] for name in ("yes", "no")),
]
_KINDS = {
    row[1]: row[0].split()[0]
    for row in SURVEY[1:]
    if len(row) > 1 and not row[0].startswith(("begin", "end")) and row[1] != "name"
}
#: Shape of the form: name -> None for an answer, {...} for a group, [{...}] for a repeat.
SHAPE: Answers = {
    "start": None,
    "who": None,
    "how": None,
    "about": {
        "place": None,
        "member": [{"name": None, "more": {"age": None, "share": None, "skill": [{"known": None, "name": None}]}}],
    },
    "skill": [{"title": None}],
}


def system(number: int = 0, **changed: Any) -> dict[str, Any]:
    """Return ``__system`` of a submission that was never edited."""
    return {
        "submissionDate": f"2025-02-02T05:{number // 60 % 60:02}:{number % 60:02}.000Z",
        "updatedAt": None,
        "submitterId": "5",
        "submitterName": "South",
        "attachmentsPresent": 0,
        "attachmentsExpected": 0,
        "status": None,
        "reviewState": None,
        "deviceId": "d1",
        "edits": 0,
        "formVersion": "1",
        "deletedAt": None,
        **changed,
    }


def nested(root: str, answers: Answers, told: dict[str, Any]) -> dict[str, Any]:
    """Return a submission as ``$expand=*`` gives it."""
    return {"__id": root, **_odata(root, answers, SHAPE, [f"Submissions#{root}"]), "__system": told}


def tables(submissions: Sequence[tuple[str, Answers, dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Return table name -> rows, as OData gives them without ``$expand``."""
    found: dict[str, list[dict[str, Any]]] = {"Submissions": []}
    for root, answers, told in submissions:
        _split(nested(root, answers, told), SHAPE, "Submissions", "Submissions", root, found)
    return found


def names() -> list[str]:
    """Return the names of the tables."""
    return ["Submissions", *(f"Submissions{path.replace('/', '.')}" for path, _ in _repeats(SHAPE))]


def answer(table: str, rows: Sequence[dict[str, Any]]) -> bytes:
    """Return an OData answer of one table."""
    context = f"https://central.example.org/v1/projects/1/forms/team.svc/$metadata#{table}"
    return json.dumps({"value": rows, "@odata.context": context}).encode()


def xml(answers: Answers, instance: str, before: str | None) -> bytes:
    """Return a version of a submission as it was sent."""

    def written(one: Answers) -> str:
        parts = []
        for name, value in one.items():
            for each in value if isinstance(value, list) else [value]:
                parts.append(f"<{name}>{written(each) if isinstance(each, dict) else escape(each or '')}</{name}>")
        return "".join(parts)

    deprecated = f"<deprecatedID>{before}</deprecatedID>" if before else ""
    meta = (
        f"<orx:meta xmlns:orx='http://openrosa.org/xforms'><instanceID>{instance}</instanceID>{deprecated}</orx:meta>"
    )
    return f"<data id='team' version='1'>{written(answers)}{meta}</data>".encode()


def csvs(submissions: Sequence[tuple[str, Answers, dict[str, Any]]], *, split: bool = False) -> dict[str, bytes]:
    """Return name -> CSV file of the export, ``split`` with columns of options."""
    found: dict[str, list[dict[str, str]]] = {"": []}
    heads: dict[str, list[str]] = {"": ["SubmissionDate", *_headers(SHAPE, split), "meta-instanceID"]}
    heads[""] += ["KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status"]
    heads[""] += ["ReviewState", "DeviceID", "Edits", "FormVersion"]
    for path, shape in _repeats(SHAPE):
        heads[path], found[path] = [*_headers(shape, split), "PARENT_KEY", "KEY"], []
    for root, answers, told in submissions:
        row = _flat(answers, SHAPE, root, "", found)
        row |= {"SubmissionDate": told["submissionDate"], "KEY": root, "meta-instanceID": answers["meta"]["instanceID"]}
        row |= {"ReviewState": told["reviewState"] or "", "DeviceID": told["deviceId"], "Edits": str(told["edits"])}
        found[""].append(row | {"FormVersion": told["formVersion"], "SubmitterID": told["submitterId"]})
    names = _file_names([path for path in heads if path])
    return {names.get(path, "team.csv"): _csv(heads[path], rows) for path, rows in found.items()}


def _odata(root: str, answers: Answers, shape: Answers, parts: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, below in shape.items():
        given = answers.get(name)
        if isinstance(below, list):
            if given:
                made[f"{name}@odata.navigationLink"] = f"Submissions('{root}')/{name}"
                made[name] = []
            for number, one in enumerate(given or []):
                place = [*parts, f"{name}#{number}"]
                bag = _odata(root, one, below[0], place)
                made[name].append({**bag, "__id": hashlib.sha1("%%".join(place).encode()).hexdigest()})
        elif isinstance(below, dict):
            made[name] = _odata(root, given or {}, below, [*parts, f"{name}#"])
        else:
            made[name] = _typed(name, given)
    if "meta" in answers:
        made["meta"] = dict(answers["meta"])
    return made


def _typed(name: str, text: str | None) -> Any:
    """Return an answer as JavaScript writes it."""
    match _KINDS.get(name):
        case _ if text is None:
            return None
        case "integer":
            return int(text)
        case "decimal":
            number = float(text)
            return int(number) if number.is_integer() else number
        case "geopoint":
            latitude, longitude, altitude, accuracy = (_typed("share", part) for part in text.split())
            place = {"type": "Point", "coordinates": [longitude, latitude, altitude]}
            return place | {"properties": {"accuracy": accuracy}}
    return text


def _split(
    row: dict[str, Any], shape: Answers, table: str, parent: str, parent_id: str, found: dict[str, list[dict[str, Any]]]
) -> None:
    """Move the repeats of a row into their tables; ``parent`` is the innermost table around it."""
    if table == parent:
        found.setdefault(table, []).append(row)
        parent_id = row["__id"]
    for name, below in shape.items():
        if isinstance(below, dict):
            _split(row[name], below, f"{table}.{name}", parent, parent_id, found)
        elif isinstance(below, list):
            found.setdefault(f"{table}.{name}", [])
            for one in row.pop(name, []):
                link = {f"__{parent.replace('.', '-')}-id": parent_id}
                _split(one | link, below[0], f"{table}.{name}", f"{table}.{name}", one["__id"], found)


def _repeats(shape: Answers, path: str = "") -> Iterator[tuple[str, Answers]]:
    for name, below in shape.items():
        if isinstance(below, list):
            yield f"{path}/{name}", below[0]
            yield from _repeats(below[0], f"{path}/{name}")
        elif isinstance(below, dict):
            yield from _repeats(below, f"{path}/{name}")


def _headers(shape: Answers, split: bool, prefix: str = "") -> list[str]:
    made: list[str] = []
    for name, below in shape.items():
        if isinstance(below, dict):
            made += _headers(below, split, f"{prefix}{name}-")
        elif below is None and _KINDS.get(name) == "geopoint":
            made += [f"{prefix}{name}-{part}" for part in ("Latitude", "Longitude", "Altitude", "Accuracy")]
        elif below is None:
            made.append(f"{prefix}{name}")
            if split and _KINDS.get(name) == "select_multiple":
                made += [f"{prefix}{name}/{option}" for option in ("call", "other", "visit")]
    return made


def _flat(
    answers: Answers, shape: Answers, key: str, path: str, found: dict[str, list[dict[str, str]]], prefix: str = ""
) -> dict[str, str]:
    """Return the cells of a row; rows of repeats below it are added to their tables."""
    row: dict[str, str] = {}
    for name, below in shape.items():
        given = answers.get(name)
        if isinstance(below, dict):
            row |= _flat(given or {}, below, f"{key}/{name}", f"{path}/{name}", found, f"{prefix}{name}-")
        elif isinstance(below, list):
            above = key if not prefix else key[: -len(prefix.rstrip("-")) - 1]
            for number, one in enumerate(given or [], 1):
                own = f"{key}/{name}[{number}]"
                cells = _flat(one, below[0], own, f"{path}/{name}", found)
                found[f"{path}/{name}"].append(cells | {"PARENT_KEY": above, "KEY": own})
        elif given is not None and _KINDS.get(name) == "geopoint":
            parts = ("Latitude", "Longitude", "Altitude", "Accuracy")
            row |= {f"{prefix}{name}-{part}": cell for part, cell in zip(parts, given.split(), strict=True)}
        elif given is not None:
            row[f"{prefix}{name}"] = given
            if _KINDS.get(name) == "select_multiple":
                row |= {f"{prefix}{name}/{option}": "1" for option in given.split()}
    return row


def _file_names(paths: Sequence[str]) -> dict[str, str]:
    """Return path of a repeat -> file; repeats of one name get a number."""
    totals = Counter(path.rpartition("/")[2] for path in paths)
    counts: Counter[str] = Counter()
    names = {}
    for path in paths:
        name = path.rpartition("/")[2]
        counts[name] += 1
        names[path] = f"team-{name}~{counts[name]}.csv" if totals[name] > 1 else f"team-{name}.csv"
    return names


def _csv(headers: Sequence[str], rows: Sequence[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows([row.get(header, "0" if "/" in header else "") for header in headers] for row in rows)
    return text.getvalue().encode()
