"""Which held rows still stand: their payload was not replaced, their submission neither edited nor deleted since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from melflow.flows.load import KEYED
from melflow.flows.sightings import LATEST

if TYPE_CHECKING:
    import duckdb

#: Columns that may name the partner a row is of, the first that says something.
PARTNERS = ("partner_id", "from_partner_id", "assessor_id", "raised_by_id", "learner_partner_id")
_PARTNER = "coalesce(" + ", ".join(f"row_json ->> '{name}'" for name in PARTNERS) + ")"
#: Every version of a submission that came, whether it was loaded or is held, and the one that came last.
_VERSIONS = """
    select submission_id, version_id, native_id, ingested_at, edited_at, partner_id
    from raw.src_submission
    where source_system = $source
    union all
    select
        row_json ->> 'submission_id', row_json ->> 'version_id', row_json ->> 'native_id',
        cast(row_json ->> 'ingested_at' as timestamptz), cast(row_json ->> 'edited_at' as timestamptz),
        row_json ->> 'partner_id'
    from raw.held
    where source = $source and table_name = 'src_submission'
"""
#: What its server calls a submission, by version; of those that are held, too.
NATIVE = """
    select version_id, any_value(native_id) as native_id
    from (
        select version_id, native_id from raw.src_submission
        union all
        select row_json ->> 'version_id', row_json ->> 'native_id' from raw.held where table_name = 'src_submission'
    )
    group by version_id
"""
#: Rows of the other tables that came later under the same key.
_LATER = " union all ".join(
    f"select '{table}' as table_name, {key} as record_key, max(ingested_at) as came_at from raw.{table} "
    "where source_system = $source group by all"
    for table, (key, version) in KEYED.items()
    if version is None
)
_STANDING = f"""
    with

    versions as ({_VERSIONS}),

    newest as (
        select submission_id, arg_max(version_id, (ingested_at, coalesce(edited_at, '1970-01-01'))) as version_id
        from versions
        where version_id is not null
        group by submission_id
    ),

    about as (
        select version_id, any_value(native_id) as native_id, any_value(partner_id) as partner_id
        from versions
        where version_id is not null
        group by version_id
    ),

    latest as ({LATEST}),

    completed as (select max(seen_at) as seen_at from raw.src_sighting where source_system = $source and is_complete),

    later as ({_LATER}),

    problems as (
        select
            *, row_json ->> 'version_id' as version_id, row_json ->> 'submission_id' as submission_id,
            cast(row_json ->> 'ingested_at' as timestamptz) as ingested_at, {_PARTNER} as named_partner
        from raw.held
        where source = $source and rule_id <> 'of_held_submission'
    )

    select
        problems.held_id, problems.source, problems.table_name, problems.rule_id, problems.row_id, problems.load_id,
        problems.record_key, problems.seen_column, problems.place, problems.value, problems.value_hash,
        problems.ingested_at as first_seen,
        coalesce(problems.named_partner, about.partner_id, $partner) as partner_id
    from problems
    left join newest on problems.submission_id = newest.submission_id
    left join about on problems.version_id = about.version_id
    left join latest on about.native_id = latest.native_id
    left join later on problems.table_name = later.table_name and problems.record_key = later.record_key
    cross join completed
    where
        (newest.version_id is null or latest.version_id is not null or newest.version_id = problems.version_id)
        and (later.came_at is null or later.came_at <= problems.ingested_at)
        and (
            case
                when latest.native_id is not null
                    then latest.deleted_at is null and coalesce(latest.version_id = problems.version_id, true)
                else about.native_id is null or completed.seen_at is null or problems.ingested_at > completed.seen_at
            end
        )
    qualify row_number() over (partition by problems.held_id order by problems.ingested_at desc, problems.row_id) = 1
"""


def standing(con: duckdb.DuckDBPyConnection, source: str, partner: str | None) -> pl.DataFrame:
    """Return one row per problem that stands, of the row that came last.

    Args:
        con: The warehouse, loaded and settled.
        source: Name of the source.
        partner: Whose rows they are where the rows do not say it.

    Returns:
        held_id, source, table_name, rule_id, row_id, load_id, record_key, seen_column, place, value, value_hash,
        first_seen (when its payload landed), partner_id.
    """
    return con.execute(_STANDING, {"source": source, "partner": partner}).pl()
