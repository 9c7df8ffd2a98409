"""What became of every row of a source: the two queries behind its account (``reconcile.py``)."""

from __future__ import annotations

from melflow.flows.load import KEYED
from melflow.flows.sightings import LATEST

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
OF_FILES = f"""
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
OF_SERVER = f"""
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
