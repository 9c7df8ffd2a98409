"""Let submissions stand as their server says: which version is current, what is deleted, how it was reviewed.

Pages say what a submission held when it was fetched; only the inventories (``sources/inventory.py``) say what stands
now. A submission they do not speak of keeps what loading decided: it came with a page after the last of them. So does
one whose newest version is held: an earlier one stands in for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.landing import Landing
from melflow.core.warehouse import append, transaction
from melflow.sources import inventory
from melflow.sources.inventory import Inventory
from melflow.sources.payload import Origin

if TYPE_CHECKING:
    import duckdb

#: What the inventories say last of each submission; $source.
LATEST = """
    select native_id, version_id, review_state, deleted_at
    from raw.src_sighting
    where source_system = $source
    qualify row_number() over (partition by native_id order by seen_at desc) = 1
"""
_STANDS = f"""
    create or replace temp table stands as
    with

    latest as ({LATEST}),

    named as (
        select
            rows.row_id,
            latest.native_id is not null as is_named,
            latest.review_state,
            case
                when latest.native_id is not null then latest.deleted_at
                when rows.ingested_at <= $complete_at then $gone_at
            end as deleted_at,
            row_number() over (
                partition by rows.submission_id
                order by
                    coalesce(rows.version_id = latest.version_id and latest.deleted_at is null, false) desc,
                    rows.is_current desc, rows.ingested_at desc, rows.row_id
            ) = 1 as is_current
        from raw.src_submission as rows
        left join latest using (native_id)
        where rows.source_system = $source and rows.native_id is not null
    )

    select * from named
"""
_APPLY = """
    update raw.src_submission as rows
    set
        is_current = stands.is_current,
        deleted_at = stands.deleted_at,
        review_state = case
            when stands.is_current and stands.is_named then stands.review_state else rows.review_state
        end
    from stands
    where stands.row_id = rows.row_id and (
        rows.is_current is distinct from stands.is_current
        or rows.deleted_at is distinct from stands.deleted_at
        or (stands.is_current and stands.is_named and rows.review_state is distinct from stands.review_state)
    )
"""


def settle(con: duckdb.DuckDBPyConnection, source: str, standing: Sequence[tuple[Landing, Inventory]]) -> None:
    """Apply the inventories of a source; twice changes nothing, and without any nothing is done.

    Args:
        con: The warehouse.
        source: Name of the source.
        standing: Its latest complete inventory and the partial ones after it, oldest first.
    """
    if not standing:
        return
    sightings = [
        inventory.parse(Origin(source, landing.origin, landing.load_id, landing.landed_at), one)
        for landing, one in standing
    ]
    complete_at, gone_at = completed(standing)
    with transaction(con):
        con.execute("delete from raw.src_sighting where source_system = ?", [source])
        append(con, "raw.src_sighting", pl.concat(sightings))
        con.execute(_STANDS, {"source": source, "complete_at": complete_at, "gone_at": gone_at})
        con.execute(_APPLY)
        con.execute("drop table stands")


def completed(standing: Sequence[tuple[Landing, Inventory]]) -> tuple[datetime | None, datetime | None]:
    """Return when the complete inventory landed, and when it was fetched; None without one.

    What landed before and is not named in it is gone.
    """
    return next(((landing.landed_at, one.fetched_at) for landing, one in standing if one.complete), (None, None))
