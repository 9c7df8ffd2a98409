"""What stands for one published figure: its table and its keys, without the period."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from melflow.reports import columns
from melflow.reports.column import COMMON

_NAMELESS = {column.name for column in COMMON} | {"reason", "caution", "personnel_scope"}


def key_columns(table: str) -> list[str]:
    """Return the columns that name a figure, its period among them."""
    names = [one.name for one in columns.TABLES[table] if one.dtype == pl.String and not one.is_value]
    return [name for name in names if name not in _NAMELESS]


def keys_of(table: str, row: Mapping[str, Any]) -> str:
    """Return the key columns of a row as JSON, without the period: the same figure in another release has the same."""
    names = [name for name in key_columns(table) if name != "period_id"]
    return json.dumps({name: row[name] for name in names}, ensure_ascii=False)


def figure(table: str, keys: str) -> str:
    """Return what stands for a figure in forms and workbooks."""
    return hashlib.sha256(f"{table}\n{keys}".encode()).hexdigest()[:12]
