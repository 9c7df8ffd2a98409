"""The numbers of an edition for programs: each published table as CSV and Parquet, in one Frictionless data package.

Format: https://specs.frictionlessdata.io/data-package/ (tabular resources with a table schema), zipped.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import polars as pl

from melflow.reports import columns
from melflow.reports.context import Context
from melflow.reports.document import Document
from melflow.reports.extra_sheets import figures
from melflow.reports.phrases import explained
from melflow.reports.sections import tables_of
from melflow.reports.xlsx_own import OwnSheet

#: Texts that start so become a formula when a person opens the CSV in a spreadsheet program.
_FORMULA_START = r"^[=+\-@\t\r]"
_ENTRY_DAY = (1980, 1, 1, 0, 0, 0)
#: Columns beside the published tables that are no text.
_NUMBERS = {"baseline", "target", "actual", "n_summed", "results_due", "amount", "converted", "rate", "total",
            "n_pairs", "before", "now"}  # fmt: skip
_DATES = {"starts_on", "ends_on", "rate_dated"}
_TYPES: dict[object, str] = {pl.Int64: "integer", pl.Float64: "number", pl.Boolean: "boolean", pl.Date: "date"}


def annex(document: Document, context: Context, wanted: tuple[str, ...]) -> bytes:
    """Return the data package as a zip: ``datapackage.json``, and each table twice under ``data/``.

    A text that would be a formula in a spreadsheet has an apostrophe before it in the CSV, and stands as it is in the
    Parquet file.

    Args:
        document: For the title and facts.
        context: Data and words.
        wanted: Sections of the report; their tables are in it, and what the edition says beside these.
    """
    facts = {
        "name": document.footer.partition(" ")[0].lower(),
        "title": f"{document.title}, {document.period}",
        "description": document.description,
        "created": context.data.info.created_at.isoformat(),
        "contributors": [{"title": document.alliance, "role": "publisher"}],
        "facts": dict(document.facts),
    }
    frames = {name: context.data.table(name) for name in tables_of(wanted)}
    files = package(facts, frames, context.language, figures(document, context, wanted))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _ENTRY_DAY), files[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()


def package(
    facts: dict[str, Any], frames: Mapping[str, pl.DataFrame], language: str, beside: tuple[OwnSheet, ...] = ()
) -> dict[str, bytes]:
    """Return the files of a data package: ``datapackage.json``, and each table twice under ``data/``.

    Args:
        facts: What the package says of itself.
        frames: Published tables by name.
        language: Of what is said of their columns.
        beside: What stands beside them, such as the audience's own periods.
    """
    files: dict[str, bytes] = {}
    resources = []
    schemas = {name: _fields(language, name) for name in frames}
    schemas |= {one.key: _own_fields(one) for one in beside}
    for name, frame in (*frames.items(), *((one.key, _own_frame(one)) for one in beside)):
        said = _defused(frame).write_csv()
        parquet = io.BytesIO()
        frame.write_parquet(parquet, statistics=False)
        for kind, content in (("csv", said.encode()), ("parquet", parquet.getvalue())):
            files[f"data/{name}.{kind}"] = content
            resources.append(_resource(name, kind, content, schemas[name]))
    described = {"profile": "data-package"} | facts | {"resources": resources}
    files["datapackage.json"] = (json.dumps(described, indent=2, ensure_ascii=False) + "\n").encode()
    return files


def _defused(frame: pl.DataFrame) -> pl.DataFrame:
    text = pl.col(pl.String)
    return frame.with_columns(text.str.replace(_FORMULA_START, "'${0}"))


def _fields(language: str, table: str) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "type": _TYPES.get(one.dtype, "string"),
            "description": explained(language, "meaning", one.meaning),
        }
        | ({"unit": explained(language, "unit", one.unit)} if one.unit else {})
        for one in columns.TABLES[table]
    ]


def _own_fields(one: OwnSheet) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": _TYPES.get(_own_type(name), "string"), "title": title, "description": meaning}
        for name, (title, meaning) in zip(one.fields, one.columns, strict=True)
    ]


def _own_frame(one: OwnSheet) -> pl.DataFrame:
    """Return a sheet as a table; a word in the place of a number, such as that it is withheld, is no number."""
    found = {}
    for position, name in enumerate(one.fields):
        cells, dtype = [row[position] for row in one.rows], _own_type(name)
        if dtype == pl.Float64:
            numbers = [None if isinstance(cell, str) or cell is None else float(cell) for cell in cells]
            found[name] = pl.Series(name, numbers, dtype)
        else:
            texts = pl.Series(name, [None if cell is None else str(cell) for cell in cells], pl.String)
            found[name] = texts.str.to_date("%Y-%m-%d") if dtype == pl.Date else texts
    return pl.DataFrame(found)


def _own_type(name: str) -> Any:
    return pl.Float64 if name in _NUMBERS else pl.Date if name in _DATES else pl.String


def _resource(table: str, kind: str, content: bytes, fields: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": table if kind == "csv" else f"{table}-parquet",
        "path": f"data/{table}.{kind}",
        "format": kind,
        "mediatype": {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}[kind],
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    if kind == "csv":
        schema = {"fields": fields, "missingValues": [""]}
        made |= {"profile": "tabular-data-resource", "encoding": "utf-8", "schema": schema}
    return made
