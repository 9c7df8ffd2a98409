"""Put checked payloads into the warehouse: versioned, idempotent, in one transaction with their load rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.landing import Landing
from melflow.core.registers import REGISTERS
from melflow.core.warehouse import append, transaction
from melflow.flows.held_identity import identified
from melflow.flows.tables import CHECK_RESULT, HELD, LOAD
from melflow.sources.canonical import FACTS, TIME
from melflow.sources.payload import DROPPED

if TYPE_CHECKING:
    import duckdb

#: Facts with a key of their own; responses follow their submission's version.
KEYED: dict[str, tuple[str, str | None]] = {
    "src_submission": ("submission_id", "version_id"),
    "src_exchange": ("exchange_id", None),
    "src_result": ("result_id", None),
    **{register.table: (register.key, None) for register in REGISTERS.values()},
}


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


def load(con: duckdb.DuckDBPyConnection, *batches: Batch) -> list[Counts]:
    """Replace everything these payloads of one source put into the warehouse earlier, or nothing if interrupted.

    The same payload twice changes nothing; a new version of a submission supersedes the earlier one. Several payloads
    in one call end as they would one after the other, in one transaction.

    Returns:
        What became of the rows of each payload.
    """
    with transaction(con):
        remove(con, *(batch.landing.load_id for batch in batches))
        counts = _insert_facts(con, batches)
        _insert_held(con, batches)
        _insert_results(con, batches)
        for batch in batches:
            if batch.corrections is not None:
                append(con, "raw.correction", batch.corrections)
            if batch.accepted is not None:
                append(con, "raw.held_accepted", batch.accepted)
        _insert_load(
            con,
            *(
                _load_row(batch.landing, "loaded", one, batch.notes, "", batch.rules_hash)
                for batch, one in zip(batches, counts, strict=True)
            ),
        )
    return counts


def record_failure(con: duckdb.DuckDBPyConnection, landing: Landing, message: str, rules_hash: str) -> None:
    """Remember that a payload cannot be read, so that it is named until it is replaced."""
    with transaction(con):
        remove(con, landing.load_id)
        _insert_load(con, _load_row(landing, "failed", Counts(), {}, message, rules_hash))


def remove(con: duckdb.DuckDBPyConnection, *load_ids: str) -> None:
    """Take out every row of some payloads (landing keeps the bytes)."""
    if not load_ids:
        return
    tables = ("load", "held", "held_accepted", "check_result", "correction", *FACTS)
    # one look at all tables costs less than a deletion from one, and mostly there is nothing to delete
    looks = (f"select '{name}' from raw.{name} where list_contains($loads, load_id) limit 1" for name in tables)
    together = " union all ".join(f"({look})" for look in looks)
    for (table,) in con.execute(together, {"loads": list(load_ids)}).fetchall():
        con.execute(f"delete from raw.{table} where list_contains($loads, load_id)", {"loads": list(load_ids)})


def _insert_facts(con: duckdb.DuckDBPyConnection, batches: Sequence[Batch]) -> list[Counts]:
    loaded: Counter[str] = Counter()
    superseded: Counter[str] = Counter()
    repeated = Counter({batch.landing.load_id: int(batch.notes.get("duplicates", 0)) for batch in batches})
    order = {batch.landing.load_id: number for number, batch in enumerate(batches)}
    for table, (key, version) in KEYED.items():
        given = [batch.frames[table] for batch in batches if table in batch.frames]
        frame = pl.concat(given) if given else pl.DataFrame()
        if frame.is_empty():
            continue
        source = batches[0].landing.source
        known = _known(con, table, source, key, version)
        fresh = frame.join(known, on=known.columns, how="anti", nulls_equal=True, maintain_order="left")
        if len(batches) > 1:  # of what several payloads bring, the first one's counts
            place = pl.col("load_id").replace_strict(order, return_dtype=pl.Int64)
            fresh = fresh.filter(place == place.min().over(known.columns))
        repeated.update(_lines(frame))
        repeated.subtract(_lines(fresh))
        loaded.update(dict(fresh.group_by("load_id").len().iter_rows()))
        superseded.update(_giving_way(con, table, source, fresh.select("load_id", key), order))
        append(con, f"raw.{table}", fresh)
        if table == "src_submission":
            answers = [batch.frames["src_response"] for batch in batches if "src_response" in batch.frames]
            versions = fresh.select("load_id", "version_id")
            for one in [pl.concat(answers)] if answers else []:
                append(con, "raw.src_response", one.join(versions, on=versions.columns, how="semi"))
        _mark_current(con, table, key, source, list(order))
    return [
        _counts(batch, loaded=loaded[load_id], superseded=superseded[load_id], repeated=repeated[load_id])
        for load_id, batch in zip(order, batches, strict=True)
    ]


def _counts(batch: Batch, *, loaded: int, superseded: int, repeated: int) -> Counts:
    rows = batch.held.filter(pl.col("table_name") != "src_response")
    cells = batch.held.filter(pl.col("table_name") == "src_response", pl.col("rule_id") != "of_held_submission")
    return Counts(
        rows_read=_rows_read(batch.notes),
        rows_loaded=loaded,
        rows_held=rows["row_id"].n_unique(),
        rows_superseded=superseded,
        rows_duplicate=repeated,
        cells_held=cells["row_id"].n_unique(),
    )


def _giving_way(
    con: duckdb.DuckDBPyConnection, table: str, source: str, fresh: pl.DataFrame, order: Mapping[str, int]
) -> dict[str, int]:
    """Return how many versions of the things a payload names are not the newest, once it and those before it are in.

    Args:
        con: The warehouse, without the fresh rows.
        table: Their table.
        source: Their source.
        fresh: load_id and key of each.
        order: Place of each payload among those that are loaded together.
    """
    key = fresh.columns[1]
    con.register("named", fresh.select(key).unique().to_arrow())
    before = con.execute(
        f"select {key}, count(*) as n_before from raw.{table} "
        f"where source_system = ? and {key} in (from named) group by {key}",
        [source],
    ).pl()
    con.unregister("named")
    by_load = fresh.group_by("load_id", key).len().join(before, on=key, how="left").sort(
        pl.col("load_id").replace_strict(order, return_dtype=pl.Int64)
    )  # fmt: skip
    standing = pl.col("len").cast(pl.Int64).cum_sum().over(key) + pl.col("n_before").fill_null(0)
    return dict(by_load.with_columns(n=standing - 1).group_by("load_id").agg(pl.col("n").sum()).iter_rows())


def dropped(notes: Mapping[str, Any]) -> dict[str, int]:
    """Return why rows of a payload do not become facts, and how many each, as its reader noted."""
    told = {name.removeprefix(DROPPED): int(n) for name, n in notes.items() if name.startswith(DROPPED)}
    return {why: n for why, n in sorted(told.items()) if n}


def _rows_read(notes: Mapping[str, Any]) -> int:
    return int(notes.get("rows_read", 0)) + int(notes.get("rows_split", 0)) - sum(dropped(notes).values())


def _lines(frame: pl.DataFrame) -> dict[str, int]:
    """Return how many rows of each payload the rows come from: one that names two partners is two here."""
    line = pl.coalesce(pl.col("source_row").cast(pl.String), "row_id")
    return dict(frame.group_by("load_id").agg(pl.struct("source_sheet", line).n_unique()).iter_rows())


def _known(con: duckdb.DuckDBPyConnection, table: str, source: str, key: str, version: str | None) -> pl.DataFrame:
    columns = ", ".join(filter(None, (key, version, "content_hash")))
    return con.execute(f"select distinct {columns} from raw.{table} where source_system = ?", [source]).pl()


def _mark_current(con: duckdb.DuckDBPyConnection, table: str, key: str, source: str, loads: list[str]) -> None:
    """Let the newest version of each thing the payloads name be the current one."""
    changed = "edited_at desc nulls last, ended_at desc nulls last," if table == "src_submission" else ""
    con.execute(
        f"""
        create or replace temp table standing as
        select
            row_id, is_current as was_current,
            row_number() over newest_first = 1 as is_newest,
            {"lead(version_id) over newest_first" if table == "src_submission" else "null"} as earlier
        from raw.{table}
        where source_system = $source
            and {key} in (select {key} from raw.{table} where list_contains($loads::varchar[], load_id))
        window newest_first as (
            partition by {key} order by {changed} ingested_at desc, source_file desc, source_row desc
        )
        """,
        {"source": source, "loads": loads},
    )
    links = ", supersedes_version_id = standing.earlier" if table == "src_submission" else ""
    con.execute(
        f"update raw.{table} as t set is_current = is_newest{links} from standing where standing.row_id = t.row_id"
    )
    con.execute("drop table standing")


def _insert_held(con: duckdb.DuckDBPyConnection, batches: Sequence[Batch]) -> None:
    given = [batch.held for batch in batches if not batch.held.is_empty()]
    if not given:
        return
    held = identified(pl.concat(given, how="diagonal_relaxed")).with_columns(
        state=pl.lit("held"),
        first_seen=_landed_at(batches),
        partner_id=pl.lit(None, pl.String),  # told by held_history.py, which sees the whole source
    )
    append(con, "raw.held", held.select(pl.col(name).cast(dtype) for name, dtype in HELD.items()))


def _insert_results(con: duckdb.DuckDBPyConnection, batches: Sequence[Batch]) -> None:
    results = pl.concat([batch.results for batch in batches], how="diagonal_relaxed")
    results = results.with_columns(source=pl.lit(batches[0].landing.source), checked_at=_landed_at(batches))
    append(con, "raw.check_result", results.select(pl.col(name).cast(dtype) for name, dtype in CHECK_RESULT.items()))


def _landed_at(batches: Sequence[Batch]) -> pl.Expr:
    """Return when the payload of each row landed."""
    times = {batch.landing.load_id: batch.landing.landed_at for batch in batches}
    return pl.col("load_id").replace_strict(times, default=None, return_dtype=TIME)


def _load_row(
    landing: Landing, state: str, counts: Counts, notes: Mapping[str, Any], message: str, rules_hash: str
) -> dict[str, Any]:
    return vars(counts) | {
        "load_id": landing.load_id,
        "source": landing.source,
        "origin": landing.origin,
        "sha256": landing.sha256,
        "landed_at": landing.landed_at,
        "state": state,
        "message": message,
        "rows_at_source": notes.get("rows_at_source"),
        "rows_dropped": sum(dropped(notes).values()),
        "dropped": json.dumps(dropped(notes)),
        "rows_split": int(notes.get("rows_split", 0)),
        "notes": json.dumps(dict(notes), ensure_ascii=False, sort_keys=True, default=str),
        "loaded_at": datetime.now(UTC),
        "rules_hash": rules_hash,
    }


def _insert_load(con: duckdb.DuckDBPyConnection, *rows: dict[str, Any]) -> None:
    append(con, "raw.load", pl.DataFrame(list(rows), schema=LOAD))
