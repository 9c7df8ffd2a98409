"""OData JSON of ODK Central: groups as objects, repeats as lists of objects (``$expand=*``) or as tables beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from melflow.sources import formmatch, geo, odk_match, odk_meta, odk_tables, survey
from melflow.sources.answers import INDEX, REPEAT, SHEET, SUB, Filled
from melflow.sources.odk_tables import LINK, Record, Submissions
from melflow.sources.payload import NESTED, Notes, Origin, Parsed
from melflow.sources.tables import ROW
from melflow.sources.xlsform import Form, Instruments

if TYPE_CHECKING:
    from melflow.core.workspace import OdkSource

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


def parse(origin: Origin, files: Mapping[str, bytes], config: OdkSource, instruments: Instruments) -> Parsed:
    """Return submissions and responses of OData answers of Central that belong together.

    Args:
        origin: The payload.
        files: Its answers by name; one answer alone has none. Tables of repeats stand beside that of submissions.
        config: The source as declared.
        instruments: The workspace's forms.

    Raises:
        SourceError: A file is not JSON, not a list of submissions, or of another form.
    """
    read = odk_tables.read(origin, files)
    forms = formmatch.forms_of(origin, config.instrument, instruments)
    named, links, nested = _look(read.records)
    present = {
        id(form): frozenset(path for path in form.items["item_path"] if _odata(path) in named)
        for form in instruments.forms
    }
    if read.records:
        filled_in = frozenset(path for form in instruments.forms for path in form.repeats if _odata(path) in named)
        odk_match.refuse_other_form(origin, config.instrument, instruments, lambda form: present[id(form)], filled_in)

    top = _read(read, forms)
    said = top["form_version"].replace("", None)
    versions = formmatch.versions_of(origin, said, forms, {}, lambda form: present[id(form)])
    filled = []
    for form in forms:
        rows = top.filter(versions.are(form))
        if rows.height or form is forms[-1]:
            filled.append(Filled(form, _tables(rows, form), {path: path for path in form.items["item_path"]}))
    known = {
        _odata(path) for form in forms for path in (*form.items["item_path"], *form.groups, *form.metadata.values())
    }
    unmapped = sorted(name for name in named if name not in known and not re.search(rf"(^|/)(__|meta)|{LINK}$", name))
    notes: Notes = {
        "reader": "odata",
        "unmapped_columns": unmapped,
        "values_unmapped": _counted(read.records, unmapped),
        "repeats_not_expanded": links,
        NESTED: {path: nested[path] for path in sorted(_plain(forms).intersection(nested))},
        **versions.notes(),
        **read.notes,
    }
    return survey.assemble(origin, survey.Rules("__id", config.partner), filled, _meta(top, forms), notes)


def _odata(path: str) -> str:
    """Return a path as Central writes it: signs that OData does not allow become "_"."""
    return re.sub(r"[^\w/]", "_", path)


def _plain(forms: tuple[Form, ...]) -> set[str]:
    """Return the paths of the questions that have one answer, which is no place on a map."""
    return {_odata(path) for form in forms for path in form.items.filter(~pl.col("type").is_in(geo.TYPES))["item_path"]}


def _look(records: list[Record]) -> tuple[set[str], int, Counter[str]]:
    """Return the paths of all keys that are there, groups and repeats included; and what is below them.

    The second value is how many repeats are only links; the third how often there is a list or an object at a path.
    """
    found: set[str] = set()
    nested: Counter[str] = Counter()
    links = 0

    def walk(value: dict[str, Any], path: str) -> None:
        nonlocal links
        for key, below in value.items():
            if key.endswith(LINK):
                links += key.removesuffix(LINK) not in value
                continue
            found.add(path + key)
            if below.__class__ in (list, dict):
                nested[path + key] += 1
            for one in below if below.__class__ is list else (below,):
                if one.__class__ is dict and "coordinates" not in one:
                    walk(one, f"{path}{key}/")

    for record in records:
        walk(record, "")
    return found, links, nested


def _counted(records: list[Record], paths: Sequence[str]) -> dict[str, int]:
    """Return how many answers stand at each of some paths; a place is one."""
    counts = dict.fromkeys(paths, 0)

    def walk(value: dict[str, Any], path: str) -> None:
        for key, below in value.items():
            for one in below if isinstance(below, list) else (below,):
                if isinstance(one, dict) and "coordinates" not in one:
                    walk(one, f"{path}{key}/")
                elif one is not None and path + key in counts:
                    counts[path + key] += 1

    for record in records if paths else ():
        walk(record, "")
    return {path: n for path, n in counts.items() if n}


def _read(read: Submissions, forms: tuple[Form, ...]) -> pl.DataFrame:
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
    lines = b"\n".join(orjson.dumps(one) for one in read.records)
    frame = pl.read_ndjson(lines, schema=schema) if read.records else pl.DataFrame(schema=schema)
    meta = [_at(path).alias(name) for name, path in _META.items()]
    return frame.with_row_index(SUB).with_columns(
        pl.lit("").alias(REPEAT),
        pl.Series(ROW, read.rows, dtype=pl.Int64),
        pl.Series(SHEET, read.sheets, dtype=pl.String),
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
        items = form.items.filter(pl.col("repeat_path") == repeat)
        paths, places = items["item_path"], items.filter(pl.col("type").is_in(geo.TYPES))["item_path"].to_list()
        within = [tuple(_odata(path).removeprefix(f"{_odata(repeat)}/" if repeat else "").split("/")) for path in paths]
        answers = [_at(place).alias(path) for path, place in zip(paths, within, strict=True)]
        table = frame.select(*INDEX, *answers)
        tables[repeat] = table.with_columns(pl.col(places).map_elements(geo.as_xform, pl.String)) if places else table
    return tables


def _meta(top: pl.DataFrame, forms: tuple[Form, ...]) -> pl.DataFrame:
    """Return what Central knows, and the times the device filled in."""
    fields = {"started_raw": "start", "ended_raw": "end"}
    filled_in = [
        pl.coalesce(
            *(_at(tuple(_odata(form.metadata[kind]).split("/"))) for form in forms if kind in form.metadata),
            pl.lit(None, pl.String),
        ).alias(name)
        for name, kind in fields.items()
    ]
    return odk_meta.complete(top.with_columns(*filled_in))
