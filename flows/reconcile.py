"""Nothing missing, nothing twice: every row a source has is accounted for, or the run says so.

Two equations, for each source and run. Of what landed, each row is loaded, held, superseded or deleted; a row that came
again unchanged is a duplicate and counts once. And what the source has is what stands here: a server counts its
submissions, which are the loaded and the held ones; files have the rows their reader read.

Rows are counted as the source has them: a line that becomes several rows of a table (one for each partner named in it)
is one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import Problem
from melflow.core.landing import Landing
from melflow.core.warehouse import append, transaction
from melflow.flows.load import KEYED
from melflow.flows.sightings import LATEST, completed
from melflow.flows.tables import RECONCILE
from melflow.sources.inventory import Inventory

if TYPE_CHECKING:
    import duckdb

#: Tables in which each row is one of the source's: a meeting, a message or an activity makes several, and its reader
#: counts them.
_ROW_BY_ROW = ("src_exchange", "src_budget")
#: Every row of the payloads in question and what the warehouse made of it; $loads.
_ROWS = " union all ".join(
    [
        f"""
        select
            load_id, row_id, source_sheet,
            {"null" if table in _ROW_BY_ROW else "cast(source_row as varchar)"} as source_row,
            ingested_at, content_hash,
            {"native_id, version_id, deleted_at" if table == "src_submission" else "null, null, null"},
            case when is_current then 'loaded' else 'superseded' end as fate
        from raw.{table}
        where list_contains($loads::varchar[], load_id)
        """
        for table in KEYED
    ]
    + [
        f"""
        select distinct on (row_id)
            load_id, row_id, row_json ->> 'source_sheet',
            case when table_name not in {_ROW_BY_ROW} then row_json ->> 'source_row' end,
            cast(row_json ->> 'ingested_at' as timestamptz), row_json ->> 'content_hash', row_json ->> 'native_id',
            row_json ->> 'version_id', cast(row_json ->> 'deleted_at' as timestamptz), 'held'
        from raw.held
        where table_name <> 'src_response' and list_contains($loads::varchar[], load_id)
        """
    ]
)
#: Of a file: a row is what became of the first of the rows made of it.
_OF_FILES = f"""
    with

    made (load_id, row_id, source_sheet, source_row, ingested_at, content_hash, native_id, version_id, deleted_at, fate)
    as ({_ROWS}),

    lines as (
        select min(
            case
                when fate = 'held' then '2 held'
                when deleted_at is not null then '4 deleted'
                when fate = 'loaded' then '1 loaded'
                else '3 superseded'
            end
        ) as fate
        from made
        group by load_id, source_sheet, coalesce(source_row, row_id)
    )

    select substr(fate, 3) as fate, count(*) as n, 0 as n_since from lines group by all
"""
#: Of a server: each submission stands in one version, the one the inventory names or else the last that came.
_OF_SERVER = f"""
    with

    made (load_id, row_id, source_sheet, source_row, ingested_at, content_hash, native_id, version_id, deleted_at, fate)
    as ({_ROWS}),

    latest as ({LATEST}),

    once as (
        select
            *,
            row_number() over (
                partition by coalesce(native_id, row_id), version_id, content_hash
                order by fate = 'held', ingested_at
            ) > 1 as is_repeated
        from made
    ),

    judged as (
        select
            made.fate,
            made.is_repeated,
            latest.native_id is null as is_unnamed,
            latest.deleted_at is not null
            or (latest.native_id is null and made.ingested_at <= $complete_at) as is_gone,
            row_number() over (
                partition by coalesce(made.native_id, made.row_id)
                order by
                    made.is_repeated, coalesce(made.version_id = latest.version_id, false) desc, made.ingested_at desc,
                    made.fate = 'held', made.row_id
            ) = 1 as stands
        from once as made
        left join latest using (native_id)
    ),

    fates as (
        select
            case
                when is_repeated then 'duplicate'
                when coalesce(is_gone, false) then 'deleted'
                when not stands then 'superseded'
                when fate = 'held' then 'held'
                else 'loaded'
            end as fate,
            is_unnamed
        from judged
    )

    select fate, count(*) as n, count(*) filter (is_unnamed and fate in ('loaded', 'held')) as n_since
    from fates
    group by fate
"""


@dataclass(frozen=True)
class Account:
    """What became of a source's rows.

    Attributes:
        rows_at_source: Rows the source has now; None when its server was never asked to the end.
        rows_landed: Rows that came, unchanged repetitions left out.
        rows_loaded: Of these: in the warehouse, current.
        rows_held: Waiting for a fix.
        rows_superseded: Replaced by a later version.
        rows_deleted: Deleted at the source since.
        rows_duplicate: Repetitions, said apart.
        payloads_unread: Payloads that could not be read or were stopped; their rows are in no other figure.
        difference: Rows unaccounted for, in the equation where more are.
    """

    rows_at_source: int | None
    rows_landed: int
    rows_loaded: int
    rows_held: int
    rows_superseded: int
    rows_deleted: int
    rows_duplicate: int
    payloads_unread: int
    difference: int


def reconcile(
    con: duckdb.DuckDBPyConnection,
    source: str,
    loads: Collection[str],
    standing: Sequence[tuple[Landing, Inventory]] = (),
) -> tuple[Account, tuple[Problem, ...]]:
    """Account for the rows of a source, keep the account, and name a difference.

    Args:
        con: The warehouse, loaded and settled.
        source: Name of the source.
        loads: load_id of the payloads in question: of files those offered now, of a server all with submissions.
        standing: Its inventories, if it is a server.
    """
    account = _account(con, source, sorted(loads), standing)
    row = asdict(account) | {"source": source, "checked_at": datetime.now(UTC)}
    with transaction(con):
        append(con, "raw.reconcile", pl.DataFrame([row], schema=RECONCILE))
    if not account.difference or account.payloads_unread:  # what cannot be read has a problem of its own
        return account, ()
    kept = account.rows_loaded + account.rows_held + account.rows_superseded + account.rows_deleted
    problem = Problem(
        f"sources/{source}.yml",
        "every row at the source is loaded, held, superseded or deleted",
        f"{account.rows_at_source} rows at the source, {account.rows_landed} landed and {account.rows_duplicate} "
        f"repeated; {account.rows_loaded} loaded, {account.rows_held} held, {account.rows_superseded} superseded, "
        f"{account.rows_deleted} deleted ({kept} in all)",
        f"Run `melflow ingest {source} --full`; if the difference stays, report it with this line: no figure of this "
        "source is to be trusted until it is found.",
    )
    return account, (problem,)


def _account(
    con: duckdb.DuckDBPyConnection, source: str, loads: list[str], standing: Sequence[tuple[Landing, Inventory]]
) -> Account:
    came = con.execute(
        "select coalesce(sum(rows_read), 0), coalesce(sum(rows_duplicate), 0), count(*) from raw.load "
        "where state = 'loaded' and list_contains($loads::varchar[], load_id)",
        {"loads": loads},
    ).fetchone() or (0, 0, 0)
    n_read, duplicate, n_loads = int(came[0]), int(came[1]), int(came[2])
    named: dict[str, object] = {"source": source, "complete_at": completed(standing)[0]} if standing else {}
    made = con.execute(_OF_SERVER if standing else _OF_FILES, {"loads": loads, **named}).fetchall()
    fates = {fate: n for fate, n, _ in made}
    duplicate += fates.pop("duplicate", 0)
    landed, kept = n_read - duplicate, sum(fates.values())
    at_source, difference = _at_source(n_read, sum(n for _, _, n in made), fates, standing, _left_out(con, source))
    return Account(
        rows_at_source=at_source,
        rows_landed=landed,
        rows_loaded=fates.get("loaded", 0),
        rows_held=fates.get("held", 0),
        rows_superseded=fates.get("superseded", 0),
        rows_deleted=fates.get("deleted", 0),
        rows_duplicate=duplicate,
        payloads_unread=len(loads) - n_loads,
        difference=max(difference, abs(landed - kept)),
    )


def _at_source(
    n_read: int, n_since: int, fates: dict[str, int], standing: Sequence[tuple[Landing, Inventory]], n_left_out: int
) -> tuple[int | None, int]:
    """Return how many rows the source has, and by how many they differ from those that stand here.

    Args:
        n_read: Rows in the payloads.
        n_since: Rows that came after the server was last asked to the end: pushed, or of a fetch that was refused.
        fates: Rows by what became of them.
        standing: The server's inventories; none for files.
        n_left_out: Submissions the server has and a correction leaves out.
    """
    if not standing:
        return n_read, 0
    counts = [one.count for _, one in standing if one.count is not None]
    if not counts:
        return None, 0
    at_source = counts[-1] + n_since
    return at_source, abs(at_source - n_left_out - fates.get("loaded", 0) - fates.get("held", 0))


def _left_out(con: duckdb.DuckDBPyConnection, source: str) -> int:
    """Return how many submissions that stand at the server a correction leaves out."""
    found = con.execute(
        f"select count(distinct native_id) from raw.correction left join ({LATEST}) using (native_id) "
        "where source = $source and action = 'drop' and state = 'applied' and deleted_at is null",
        {"source": source},
    ).fetchone()
    return int(found[0]) if found else 0
