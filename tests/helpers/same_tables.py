"""Whether two DuckDB files say the same."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb

#: What differs between two runs that saw the same data: when they happened.
MOMENTS = (
    "ingested_at",
    "landed_at",
    "loaded_at",
    "first_seen",
    "checked_at",
    "created_at",
    "happened_at",
    "made_at",
    "row_json",
)


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every table of a DuckDB file as sorted rows, without the moments, numbers behind the other columns.

    The account of rows is a diary with an entry for each run; what it says is tested by itself.
    """
    with duckdb.connect(str(path), read_only=True) as con:
        named = con.execute(
            "select table_schema, table_name, list(column_name order by data_type = 'DOUBLE', ordinal_position) "
            "from information_schema.columns where table_schema <> 'information_schema' and table_name <> 'reconcile' "
            "group by all order by all"
        ).fetchall()
        found = {}
        for where, name, columns in named:
            kept = ", ".join(f'"{column}"' for column in columns if column not in MOMENTS)
            found[name] = con.execute(f'select {kept} from {where}."{name}" order by all').fetchall()
        return found


def different(one: Path, other: Path) -> list[str]:
    """Name the tables that differ: DuckDB adds up in any order, so the last digits of a number may."""
    left, right = tables(one), tables(other)
    assert left.keys() == right.keys()
    return [name for name, rows in left.items() if not same(rows, right[name])]


def same(left: object, right: object) -> bool:
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-7) or (math.isnan(left) and math.isnan(right))
    return left == right
