"""What stands for one published figure: its table and its keys, without the period."""

from __future__ import annotations

import hashlib
import json

import polars as pl

from melflow.reports import columns
from melflow.reports.column import COMMON
from melflow.reports.context import Row

_NAMELESS = {column.name for column in COMMON} | {"period_id", "reason", "caution"}


def keys_of(table: str, row: Row) -> str:
    """Return the key columns of a row as JSON, without the period: the same figure in another release has the same."""
    names = [one.name for one in columns.TABLES[table] if one.dtype == pl.String and not one.is_value]
    return json.dumps({name: row[name] for name in names if name not in _NAMELESS}, ensure_ascii=False)


def figure(table: str, keys: str) -> str:
    """Return what stands for a figure in forms and workbooks."""
    return hashlib.sha256(f"{table}\n{keys}".encode()).hexdigest()[:12]
