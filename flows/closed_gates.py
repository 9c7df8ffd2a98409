"""Gates of the checks that stop a source: remembered until one of its batches is let through, for editions to say so.

Nothing else is kept of a batch that is stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.warehouse import append
from melflow.flows.tables import CHECK_RESULT
from melflow.sources.canonical import TIME

if TYPE_CHECKING:
    import duckdb

    from melflow.core.landing import Landing

_CLOSED = "from raw.check_result where severity = 'gate' and not success"


def record(con: duckdb.DuckDBPyConnection, source: str, landings: Iterable[Landing], results: pl.DataFrame) -> None:
    """Remember which gates stop the newest batch of a source, in place of those remembered before.

    Args:
        con: The warehouse, in a transaction.
        source: The source.
        landings: Of the batch.
        results: What the rules found in it (``expectations.check.RESULT``); no closed gate among them: all are open.
    """
    times = {one.load_id: one.landed_at for one in landings}
    found = results.filter(pl.col("severity") == "gate", ~pl.col("success")).with_columns(
        source=pl.lit(source), checked_at=pl.col("load_id").replace_strict(times, default=None, return_dtype=TIME)
    )
    con.execute(f"delete {_CLOSED} and source = $1", [source])
    append(con, "raw.check_result", found.select(pl.col(name).cast(dtype) for name, dtype in CHECK_RESULT.items()))


def closed(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Return source, table and rule of each gate that stops a source."""
    return con.execute(f"select distinct source, table_name, rule_id {_CLOSED} order by all").fetchall()
