"""The numbers of an edition for programs: each published table as CSV and Parquet, in one Frictionless data package.

Format: https://specs.frictionlessdata.io/data-package/ (tabular resources with a table schema), zipped.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import polars as pl

from melflow.reports import columns
from melflow.reports.context import Context
from melflow.reports.document import Document

#: Texts that start so become a formula when a person opens the CSV in a spreadsheet program.
_FORMULA_START = r"^[=+\-@\t\r]"
_ENTRY_DAY = (1980, 1, 1, 0, 0, 0)
_TYPES: dict[object, str] = {pl.Int64: "integer", pl.Float64: "number", pl.Boolean: "boolean", pl.Date: "date"}


def annex(document: Document, context: Context, tables: tuple[str, ...]) -> bytes:
    """Return the data package as a zip: ``datapackage.json``, and each table twice under ``data/``.

    A text that would be a formula in a spreadsheet has an apostrophe before it in the CSV, and stands as it is in the
    Parquet file.

    Args:
        document: For the title and facts.
        context: Data and words.
        tables: The published tables of the report's sections.
    """
    files: dict[str, bytes] = {}
    resources = []
    for name in tables:
        frame = context.data.table(name)
        said = _defused(frame).write_csv()
        parquet = io.BytesIO()
        frame.write_parquet(parquet, statistics=False)
        for kind, content in (("csv", said.encode()), ("parquet", parquet.getvalue())):
            files[f"data/{name}.{kind}"] = content
            resources.append(_resource(context, name, kind, content))
    package = {
        "profile": "data-package",
        "name": document.footer.partition(" ")[0].lower(),
        "title": f"{document.title}, {document.period}",
        "description": document.description,
        "created": context.data.info.created_at.isoformat(),
        "contributors": [{"title": document.alliance, "role": "publisher"}],
        "facts": dict(document.facts),
        "resources": resources,
    }
    files["datapackage.json"] = (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _ENTRY_DAY), files[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _defused(frame: pl.DataFrame) -> pl.DataFrame:
    text = pl.col(pl.String)
    return frame.with_columns(text.str.replace(_FORMULA_START, "'${0}"))


def _resource(context: Context, table: str, kind: str, content: bytes) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": table if kind == "csv" else f"{table}-parquet",
        "path": f"data/{table}.{kind}",
        "format": kind,
        "mediatype": {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}[kind],
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    if kind == "csv":
        fields = [
            {"name": one.name, "type": _TYPES.get(one.dtype, "string"), "description": context.meaning(one)}
            | ({"unit": context.unit(one)} if one.unit else {})
            for one in columns.TABLES[table]
        ]
        schema = {"fields": fields, "missingValues": [""]}
        made |= {"profile": "tabular-data-resource", "encoding": "utf-8", "schema": schema}
    return made
