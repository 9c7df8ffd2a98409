"""ODK Central: OData JSON of submissions, groups as objects, repeats as lists of objects (``$expand=*``)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.sources import formmatch, sniff, survey
from melflow.sources.answers import INDEX, REPEAT, SHEET, SUB, Filled
from melflow.sources.payload import Notes, Origin, Parsed
from melflow.sources.tables import ROW, decode
from melflow.sources.xlsform import Form, Instruments

if TYPE_CHECKING:
    from melflow.core.workspace import OdkSource

Record = dict[str, Any]
Tree = dict[str, "Tree | None"]  # name in the JSON -> what is below it; None for an answer

#: What is known of a submission -> where Central puts it. All text.
_META = {
    "root_uuid": ("__id",),
    "uuid": ("meta", "instanceID"),
    "deprecated_uuid": ("meta", "deprecatedID"),
    "submitted_raw": ("__system", "submissionDate"),
    "updated_raw": ("__system", "updatedAt"),
    "edits": ("__system", "edits"),
    "form_version": ("__system", "formVersion"),
    "review_state": ("__system", "reviewState"),
    "deleted_raw": ("__system", "deletedAt"),
    "device": ("__system", "deviceId"),
}
_LINK = "@odata.navigationLink"


def parse(origin: Origin, content: bytes, config: OdkSource, instruments: Instruments) -> Parsed:
    """Return submissions and responses of a Central OData answer.

    Raises:
        SourceError: The file is not JSON, not a list of submissions, or of another form.
    """
    records = _records(origin, content)
    forms = formmatch.forms_of(origin, config.instrument, instruments)
    named = _names(records)
    present = {
        id(form): frozenset(path for path in form.items["item_path"] if _odata(path) in named)
        for form in instruments.forms
    }
    if records:
        formmatch.refuse_other_form(origin, forms, instruments, lambda form: present[id(form)])

    top = _read(records, forms)
    version = top["form_version"].replace("", None)
    texts = version.unique(maintain_order=True).to_list()
    of, guessed = formmatch.version_of(origin, texts, forms, {}, lambda form: present[id(form)])
    filled = []
    for form in forms:
        rows = top.filter(version.is_in([text for text in texts if of[text] is form], nulls_equal=True))
        if rows.height or form is forms[-1]:
            filled.append(Filled(form, _tables(rows, form), {path: path for path in form.items["item_path"]}))
    known = {
        _odata(path) for form in forms for path in (*form.items["item_path"], *form.groups, *form.metadata.values())
    }
    notes: Notes = {
        "reader": "odata",
        "unmapped_columns": sorted(
            name for name in named if name not in known and not re.search(r"(^|/)(__|meta)", name)
        ),
        "repeats_not_expanded": sum(
            key.endswith(_LINK) and key.removesuffix(_LINK) not in one for one in records for key in one
        ),
        "versions_guessed": guessed,
    }
    return survey.assemble(origin, survey.Rules("__id", True, config.partner), filled, _meta(top, forms), notes)


def _records(origin: Origin, content: bytes) -> list[Record]:
    sniff.kind(origin, content, "json")
    try:
        document = json.loads(decode(content)[0])
    except json.JSONDecodeError as error:
        raise origin.error(
            "the file is complete JSON",
            f"text that stops making sense at line {error.lineno}, column {error.colno}",
            "The download was probably cut off: export the submissions again.",
        ) from error
    records = document.get("value") if isinstance(document, dict) else document
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        refused = isinstance(document, dict) and "message" in document
        raise origin.error(
            'the file is an OData answer of ODK Central, {"value": [...]}',
            "an error message of the server" if refused else "JSON of another kind",
            "Export it from .../forms/<form>.svc/Submissions?$expand=* with a user who may read the form.",
        )
    if any("__Submissions-id" in one for one in records):
        raise origin.error(
            "the file is the table of submissions",
            "the table of a repeat",
            "Export .../forms/<form>.svc/Submissions?$expand=*, which has the repeats inside the submissions.",
        )
    without = next((number for number, one in enumerate(records, 1) if not isinstance(one.get("__id"), str)), None)
    if without is not None:
        raise origin.error(
            "every submission has an __id",
            "none",
            "Export it from .../forms/<form>.svc/Submissions; other exports of Central have no __id.",
            f"submission {without}",
        )
    return records


def _odata(path: str) -> str:
    """Return a path as Central writes it: signs that OData does not allow become "_"."""
    return re.sub(r"[^\w/]", "_", path)


def _names(records: list[Record]) -> set[str]:
    """Return the paths of all keys that are there, groups and repeats included."""
    found: set[str] = set()

    def walk(value: Any, path: str) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one, path)
        elif isinstance(value, dict) and "coordinates" not in value:
            for key, below in value.items():
                if not key.endswith(_LINK):
                    found.add(f"{path}{key}")
                    if below.__class__ in (dict, list):
                        walk(below, f"{path}{key}/")

    walk(records, "")
    return found


def _read(records: list[Record], forms: tuple[Form, ...]) -> pl.DataFrame:
    """Return one row per submission; groups are structs, repeats lists of structs, every answer is text."""
    tree: Tree = {}
    repeats = {_odata(repeat) for form in forms for repeat in form.repeats}
    paths = [("/".join(path)) for path in _META.values()]
    paths += [_odata(path) for form in forms for path in (*form.items["item_path"], *form.metadata.values())]
    for path in paths:
        *groups, name = path.split("/")
        place = tree
        for group in groups:
            place = place.get(group) or place.setdefault(group, {}) or place[group]  # type: ignore[assignment]  # a group is a dict
        place.setdefault(name, None)
    schema = {name: _dtype(below, name, repeats) for name, below in tree.items()}
    lines = "\n".join(json.dumps(one) for one in records).encode()
    frame = pl.read_ndjson(lines, schema=schema) if records else pl.DataFrame(schema=schema)
    meta = [_at(path).alias(name) for name, path in _META.items()]
    return frame.with_row_index(SUB).with_columns(
        pl.lit("").alias(REPEAT),
        (pl.col(SUB).cast(pl.Int64) + 1).alias(ROW),
        pl.lit(None, pl.String).alias(SHEET),
        *meta,
    )


def _dtype(below: Tree | None, path: str, repeats: set[str]) -> pl.DataType:
    if not below:
        return pl.String()
    struct = pl.Struct({name: _dtype(more, f"{path}/{name}", repeats) for name, more in below.items()})
    return pl.List(struct) if path in repeats else struct


def _at(path: tuple[str, ...]) -> pl.Expr:
    found = pl.col(path[0])
    for name in path[1:]:
        found = found.struct.field(name)
    return found


def _tables(rows: pl.DataFrame, form: Form) -> dict[str, pl.DataFrame]:
    """Return the answers at the top and in each repeat; a repeat's rows are numbered within their parent."""
    levels = {"": rows}
    for repeat in form.repeats:
        parent = max((path for path in levels if f"{repeat}/".startswith(path and f"{path}/")), key=len)
        name = repeat.removeprefix(parent).strip("/")
        found = levels[parent].select(*INDEX, _at(tuple(_odata(name).split("/"))).alias("within"))
        outer = pl.when(pl.col(REPEAT) != "").then(pl.col(REPEAT) + "/").otherwise(pl.lit(""))
        number = pl.int_range(1, pl.len() + 1).over(SUB, REPEAT).cast(pl.String)
        below = found.filter(pl.col("within").list.len() > 0).explode("within")
        levels[repeat] = below.with_columns((outer + pl.lit(f"{name}[") + number + pl.lit("]")).alias(REPEAT)).unnest(
            "within"
        )
    tables = {}
    for repeat, frame in levels.items():
        paths = form.items.filter(pl.col("repeat_path") == repeat)["item_path"]
        within = [tuple(_odata(path).removeprefix(f"{_odata(repeat)}/" if repeat else "").split("/")) for path in paths]
        answers = [_at(place).alias(path) for path, place in zip(paths, within, strict=True)]
        tables[repeat] = frame.select(*INDEX, *answers)
    return tables


def _meta(top: pl.DataFrame, forms: tuple[Form, ...]) -> pl.DataFrame:
    """Return what Central knows; ``updatedAt`` also moves with a review, so only a counted edit makes it one."""
    fields = {"started_raw": "start", "ended_raw": "end"}
    filled_in = [
        pl.coalesce(
            *(_at(tuple(_odata(form.metadata[kind]).split("/"))) for form in forms if kind in form.metadata),
            pl.lit(None, pl.String),
        ).alias(name)
        for name, kind in fields.items()
    ]
    edited = pl.col("edits").cast(pl.Int64, strict=False) > 0
    strip = pl.col("root_uuid", "uuid", "deprecated_uuid").str.strip_prefix("uuid:")
    frame = top.with_columns(*filled_in, strip, pl.when(edited).then("updated_raw").alias("edited_raw"))
    # without an instanceID the number of edits tells the versions apart
    numbered = pl.concat_str("root_uuid", pl.when(edited).then(pl.lit("#") + pl.col("edits")).otherwise(pl.lit("")))
    return survey.complete(frame.with_columns(uuid=pl.coalesce("uuid", numbered)))
