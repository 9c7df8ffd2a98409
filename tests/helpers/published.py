"""Published tables from a few rows, as an edition reads them, without a release."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import polars as pl

from melflow.reports import columns, words
from melflow.reports.context import Context
from melflow.reports.edition_data import Construct, Dyad, EditionData, Period, ReleaseInfo

FIRST = Period("2024-H2", "the first half", dt.date(2024, 7, 1), dt.date(2024, 12, 31))
LAST = Period("2025-H1", "the second half", dt.date(2025, 1, 1), dt.date(2025, 6, 30))
INFO = ReleaseInfo("r1", dt.datetime(2025, 7, 1, tzinfo=dt.UTC), dt.date(2025, 7, 1), "0", "c", "l", "An alliance")


@cache
def _empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: column.dtype for column in columns.TABLES[name]})


def data(tables: dict[str, list[dict[str, Any]]]) -> EditionData:
    """Return the data of an edition of two periods, two partners and their pair; tables not given are empty."""
    frames = {name: _empty(name) for name in columns.TABLES}
    for name, given in tables.items():
        spec = columns.TABLES[name]
        rows = [
            {column.name: row.get(column.name) for column in spec} | {"is_suppressed": False, "publish_level": "funder"}
            for row in given
        ]
        frames[name] = pl.DataFrame(rows, schema={column.name: column.dtype for column in spec})
    partners = {"ana": "Ana", "bo": "Bo"}
    constructs = {"trust": Construct("trust", "health_dimension", "Trust", "positive")}
    dyads = {f"ana--bo{more}": Dyad(f"ana--bo{more}", "ana", "bo") for more in ("", "1", "2", "3")}
    return EditionData(INFO, LAST, (FIRST, LAST), partners, dyads, constructs, frames, ())


def context(tables: dict[str, list[dict[str, Any]]], language: str = "en") -> Context:
    """Return what a section needs to say something about some rows."""
    given = data(tables)
    return Context(given, words.find(given, language, 10), language, 10)
