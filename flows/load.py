"""Put one checked payload into the warehouse: versioned, idempotent, in one transaction with its load row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.landing import Landing
from melflow.core.registers import REGISTERS
from melflow.core.warehouse import append, transaction
from melflow.flows.held_identity import identified
from melflow.flows.tables import CHECK_RESULT, HELD, LOAD
from melflow.sources.canonical import FACTS

if TYPE_CHECKING:
    import duckdb

#: Facts with a key of their own; responses follow their submission's version.
KEYED: dict[str, tuple[str, str | None]] = {
    "src_submission": ("submission_id", "version_id"),
    "src_exchange": ("exchange_id", None),
    "src_result": ("result_id", None),
    **{register.table: (register.key, None) for register in REGISTERS.values()},
}
#: Notes that count lines which are no facts: totals, remarks below the table, blank ones.
_NOT_ROWS = "rows_dropped_"


@dataclass(frozen=True)
class Batch:
    """What is to be loaded of one payload.

    Attributes:
        landing: The payload's ledger row.
        frames: Canonical table -> rows that passed.
        held: Rows that did not (columns of ``tables.HELD`` without first_seen, held_id, state, value_hash).
        results: What each rule found in it (columns of ``tables.CHECK_RESULT`` without source and checked_at).
        notes: What the parser counted and saw.
        rules_hash: Of everything that decided how the payload was read and checked.
        corrections: What corrections met in it (columns of ``tables.CORRECTION``).
        accepted: Rows somebody answered for (columns of ``tables.HELD_ACCEPTED``).
    """

    landing: Landing
    frames: Mapping[str, pl.DataFrame]
    held: pl.DataFrame
    results: pl.DataFrame
    notes: Mapping[str, Any] = field(default_factory=dict)
    rules_hash: str = ""
    corrections: pl.DataFrame | None = None
    accepted: pl.DataFrame | None = None


@dataclass(frozen=True)
class Counts:
    """Rows of one payload: what became of them. Rows are submissions, exchanges and results; cells are responses."""

    rows_read: int = 0
    rows_loaded: int = 0
    rows_held: int = 0
    rows_superseded: int = 0
    rows_duplicate: int = 0
    cells_held: int = 0


def load(con: duckdb.DuckDBPyConnection, batch: Batch) -> Counts:
    """Replace everything this payload put into the warehouse earlier, or nothing if interrupted.

    The same payload twice changes nothing; a new version of a submission supersedes the earlier one.
    """
    load_id = batch.landing.load_id
    with transaction(con):
        remove(con, load_id)
        counts = _insert_facts(con, batch)
        _insert_held(con, batch)
        _insert_results(con, batch)
        if batch.corrections is not None:
            append(con, "raw.correction", batch.corrections)
        if batch.accepted is not None:
            append(con, "raw.held_accepted", batch.accepted)
        _insert_load(con, batch.landing, "loaded", counts, batch.notes, "", batch.rules_hash)
    return counts


def record_failure(con: duckdb.DuckDBPyConnection, landing: Landing, message: str, rules_hash: str) -> None:
    """Remember that a payload cannot be read, so that it is named until it is replaced."""
    with transaction(con):
        remove(con, landing.load_id)
        _insert_load(con, landing, "failed", Counts(), {}, message, rules_hash)


def remove(con: duckdb.DuckDBPyConnection, load_id: str) -> None:
    """Take out every row of one payload (landing keeps the bytes)."""
    for table in ("load", "held", "held_accepted", "check_result", "correction", *FACTS):
        con.execute(f"delete from raw.{table} where load_id = ?", [load_id])


def _insert_facts(con: duckdb.DuckDBPyConnection, batch: Batch) -> Counts:
    duplicates = int(batch.notes.get("duplicates", 0))
    loaded = superseded = 0
    for table, (key, version) in KEYED.items():
        frame = batch.frames.get(table)
        if frame is None or frame.is_empty():
            continue
        known = _known(con, table, batch.landing.source, key, version)
        fresh = frame.join(known, on=known.columns, how="anti", nulls_equal=True)
        duplicates += _lines(frame) - _lines(fresh)
        append(con, f"raw.{table}", fresh)
        loaded += len(fresh)
        if table == "src_submission" and "src_response" in batch.frames:
            responses = batch.frames["src_response"]
            append(con, "raw.src_response", responses.join(fresh.select("version_id"), on="version_id", how="semi"))
        superseded += _mark_current(con, table, key, batch.landing)
    held = batch.held.filter(pl.col("table_name") != "src_response")
    return Counts(
        rows_read=_rows_read(batch.notes),
        rows_loaded=loaded,
        rows_held=held["row_id"].n_unique(),
        rows_superseded=superseded,
        rows_duplicate=duplicates,
        cells_held=batch.held.filter(pl.col("table_name") == "src_response", pl.col("rule_id") != "of_held_submission")[
            "row_id"
        ].n_unique(),
    )


def _rows_read(notes: Mapping[str, Any]) -> int:
    dropped = sum(int(count) for name, count in notes.items() if name.startswith(_NOT_ROWS))
    return int(notes.get("rows_read", 0)) - dropped


def _lines(frame: pl.DataFrame) -> int:
    """Return how many rows of the payload the rows come from: one that names two partners is two here."""
    line = pl.coalesce(pl.col("source_row").cast(pl.String), "row_id")
    return int(frame.select(pl.struct("source_sheet", line).n_unique()).item())


def _known(con: duckdb.DuckDBPyConnection, table: str, source: str, key: str, version: str | None) -> pl.DataFrame:
    columns = ", ".join(filter(None, (key, version, "content_hash")))
    return con.execute(f"select distinct {columns} from raw.{table} where source_system = ?", [source]).pl()


def _mark_current(con: duckdb.DuckDBPyConnection, table: str, key: str, landing: Landing) -> int:
    """Let the newest version of each thing the payload names be the current one; return how many gave way."""
    changed = "edited_at desc nulls last, ended_at desc nulls last," if table == "src_submission" else ""
    con.execute(
        f"""
        create or replace temp table standing as
        select
            row_id, is_current as was_current,
            row_number() over newest_first = 1 as is_newest,
            {"lead(version_id) over newest_first" if table == "src_submission" else "null"} as earlier
        from raw.{table}
        where source_system = ? and {key} in (select {key} from raw.{table} where load_id = ?)
        window newest_first as (
            partition by {key} order by {changed} ingested_at desc, source_file desc, source_row desc
        )
        """,
        [landing.source, landing.load_id],
    )
    links = ", supersedes_version_id = standing.earlier" if table == "src_submission" else ""
    con.execute(
        f"update raw.{table} as t set is_current = is_newest{links} from standing where standing.row_id = t.row_id"
    )
    row = con.execute("select count(*) from standing where not is_newest").fetchone()
    con.execute("drop table standing")
    return int(row[0]) if row else 0


def _insert_held(con: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    if batch.held.is_empty():
        return
    held = identified(batch.held).with_columns(
        pl.lit("held").alias("state"),
        pl.lit(batch.landing.landed_at).alias("first_seen"),
        pl.lit(None, pl.String).alias("partner_id"),  # told by held_history.py, which sees the whole source
    )
    append(con, "raw.held", held.select(pl.col(name).cast(dtype) for name, dtype in HELD.items()))


def _insert_results(con: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    made = {"source": batch.landing.source, "checked_at": batch.landing.landed_at}
    results = batch.results.with_columns(pl.lit(value).alias(name) for name, value in made.items())
    append(con, "raw.check_result", results.select(pl.col(name).cast(dtype) for name, dtype in CHECK_RESULT.items()))


def _insert_load(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    state: str,
    counts: Counts,
    notes: Mapping[str, Any],
    message: str,
    rules_hash: str,
) -> None:
    row = vars(counts) | {
        "load_id": landing.load_id,
        "source": landing.source,
        "origin": landing.origin,
        "sha256": landing.sha256,
        "landed_at": landing.landed_at,
        "state": state,
        "message": message,
        "notes": json.dumps(dict(notes), ensure_ascii=False, sort_keys=True, default=str),
        "loaded_at": datetime.now(UTC),
        "rules_hash": rules_hash,
    }
    append(con, "raw.load", pl.DataFrame([row], schema=LOAD))
