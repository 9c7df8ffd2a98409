"""The status copy: what came, what is held, what failed — readable while a run writes the warehouse."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import TerminalError
from melflow.core.warehouse import connect, copy_tables, create_tables
from melflow.core.workspace import Workspace
from melflow.flows.clock import refresh
from melflow.flows.held_links import link
from melflow.flows.held_standing import NATIVE
from melflow.flows.names import UNRESOLVED
from melflow.flows.tables import OPERATIONS
from melflow.sources.canonical import FACTS, TABLES

if TYPE_CHECKING:
    import duckdb
    import polars as pl

#: No values leave the warehouse this way: places, rules and remedies only.
_TABLES = {
    "load": "raw.load",
    "reconcile": "(from raw.reconcile qualify row_number() over (partition by source order by checked_at desc) = 1)",
    "corrected": (
        "(select source, count(distinct (load_id, source_sheet, source_row, native_id)) as n_rows "
        "from raw.correction where state = 'applied' group by source)"
    ),
    "held": (
        "(select held.* exclude (value, value_hash, row_json, facts, record_key), native.native_id from raw.held "
        f"left join ({NATIVE}) as native on native.version_id = (held.row_json ->> 'version_id'))"
    ),
    "received": (
        "("
        + " union all ".join(
            f"select source_system as source, period_id, count(*) as n_rows from raw.{table} group by all"
            for table in FACTS
            if table != "src_response"
        )
        + ")"
    ),
    "expected": "raw.expected_delivery",
    "reminder": "raw.reminder",
    "finding": (
        "(select source, instrument_id, rule_id, count(*) as n_found from raw.finding "
        "where state = 'found' group by all)"
    ),
    "unresolved": UNRESOLVED,
}
#: Table of the copy that says what it was made of.
_MADE_OF = "made_of"


@dataclass(frozen=True)
class SourceStatus:
    """One source in plain figures.

    Attributes:
        source: Its name.
        title: As people call it.
        last_landed: Date of the newest payload, None before the first.
        rows_loaded: Rows in the warehouse from it (submissions, exchanges, results).
        rows_held: Rows that wait for a fix.
        answers_held: Single answers that wait for a fix.
        n_failed: Payloads that cannot be read.
        due: Period whose data is due but has not come, with the day it was due.
        rows_at_source: Rows the source has, by its own count; None when it was never asked to the end.
        difference: Rows of these that are neither loaded nor held, superseded or deleted; None before the first run.
        rows_corrected: Rows that a declared correction changed or left out.
        account: The newest line of ``raw.reconcile``: what became of every row; empty before the first run.
    """

    source: str
    title: str
    last_landed: date | None
    rows_loaded: int
    rows_held: int
    answers_held: int
    n_failed: int
    due: tuple[str, date] | None
    rows_at_source: int | None = None
    difference: int | None = None
    rows_corrected: int = 0
    account: Mapping[str, Any] = field(default_factory=dict)


def write_status(workspace: Workspace) -> None:
    """Refresh the calendar of what is owed, and the status copy, from the warehouse."""
    refresh(workspace, datetime.now(UTC).date())
    made_of = {_MADE_OF: f"(select '{_fingerprint()}' as fingerprint)"}
    copy_tables(workspace.warehouse_path, workspace.status_path, _TABLES | made_of)


def source_status(workspace: Workspace, today: date) -> list[SourceStatus]:
    """Return the standing of every source of the workspace.

    Raises:
        TerminalError: Nothing was ingested yet.
    """
    loads, received = read_status(workspace, "load"), read_status(workspace, "received")
    accounts = {row["source"]: row for row in read_status(workspace, "reconcile").to_dicts()}
    corrected = dict(read_status(workspace, "corrected").iter_rows())
    result = []
    for name, config in workspace.sources.items():
        mine = loads.filter(source=name)
        loaded = mine.filter(state="loaded")
        newest = mine["landed_at"].max()
        periods = set(received.filter(source=name)["period_id"])
        due = [
            (period.period_id, period.ends_on + timedelta(days=config.due_days_after_period))
            for period in workspace.periods
            if period.period_id not in periods
        ]
        overdue = [(period, day) for period, day in due if day < today]
        account = accounts.get(name, {})
        result.append(
            SourceStatus(
                name,
                config.title,
                newest.date() if newest is not None else None,  # type: ignore[union-attr]
                int(loaded["rows_loaded"].sum()),
                int(loaded["rows_held"].sum()),
                int(loaded["cells_held"].sum()),
                len(mine.filter(state="failed")),
                overdue[-1] if overdue else None,
                account.get("rows_at_source"),
                account.get("difference"),
                corrected.get(name, 0),
                account,
            )
        )
    return result


def held_rows(workspace: Workspace) -> pl.DataFrame:
    """Return what waits for a fix, one row per problem, without values: source, place, rule, message, remedy, state.

    The place is a cell of a file, or the page of the server where the submission is edited.

    Raises:
        TerminalError: Nothing was ingested yet.
    """
    import polars as pl

    own = pl.col("rule_id") != "of_held_submission"  # its answers wait with a submission; they are not problems
    stands = pl.col("state") != "fixed"  # of a file or version that gave way to another
    rows = read_status(workspace, "held").filter(own, stands).sort("source", "place", "rule_id", "load_id")
    rows = rows.unique("held_id", keep="last", maintain_order=True)
    places = [
        (link(workspace.sources[source], native_id) if source in workspace.sources else None) or place
        for source, native_id, place in rows.select("source", "native_id", "place").iter_rows()
    ]
    return rows.with_columns(place=pl.Series(places, dtype=pl.String))


def failed_loads(workspace: Workspace) -> list[str]:
    """Return the problems (JSON) of payloads that cannot be read."""
    failed = read_status(workspace, "load").filter(state="failed").sort("source", "origin")
    return failed["message"].to_list()


def read_status(workspace: Workspace, table: str) -> pl.DataFrame:
    """Return a table of the status copy; what a copy of another version of melflow lacks is empty.

    Raises:
        TerminalError: Nothing was ingested yet.
    """
    if not workspace.status_path.exists():
        raise TerminalError.of(
            "var", "there is something to tell after the first ingest", "nothing yet", "Run `melflow run` first."
        )
    with connect(workspace.status_path, read_only=True) as con:
        there = _names(con)
        if _is_of_now(con, there):
            return con.table(table).pl()
        rows = con.table(table).pl() if table in there else None
    return _filled_up(rows, _blanks()[table])


def is_of_another_version(workspace: Workspace) -> bool:
    """Return whether the status copy was made by another version of melflow; the next run makes it anew."""
    with connect(workspace.status_path, read_only=True) as con:
        return not _is_of_now(con, _names(con))


def _names(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}


def _is_of_now(con: duckdb.DuckDBPyConnection, there: set[str]) -> bool:
    return _MADE_OF in there and con.table(_MADE_OF).fetchone() == (_fingerprint(),)


@cache
def _fingerprint() -> str:
    return hashlib.sha256(repr((_TABLES, TABLES, OPERATIONS)).encode()).hexdigest()


@cache
def _blanks() -> dict[str, pl.DataFrame]:
    """Return every table of the copy as an empty warehouse gives it."""
    with connect(Path(":memory:")) as con:
        create_tables(con, TABLES | OPERATIONS)
        return {name: con.sql(f"from {origin} limit 0").pl() for name, origin in _TABLES.items()}


def _filled_up(rows: pl.DataFrame | None, blank: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    if rows is None:
        return blank
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in blank.schema.items()
    )
