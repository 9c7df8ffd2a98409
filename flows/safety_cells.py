"""What is about to be published, as the cells an outsider has who may see some audience's rows (F40 v)."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from melflow.core.statistics.suppression import AUDIENCE, COMPLEMENTARY, EITHER, PRIMARY
from melflow.core.warehouse import connect

#: Audiences from the widest to the narrowest that is not the alliance's own staff.
LEVELS = ("public", "funder", "partners")
#: Family -> its published table.
TABLES = {
    "needs": "pub_needs_baseline", "feedback": "pub_feedback", "entries": "pub_entry_profile",
    "roles": "pub_expectation_gap", "sides": "pub_partnership_health", "flows": "pub_network_period",
    "meetings": "pub_power_balance",
}  # fmt: skip
#: Family of ``int_cells_linked`` -> in its published table the unit, the cell and the item.
_LINKED = {
    "needs": ("period_id", "scope || ' ' || scope_id", "topic"),
    "feedback": ("period_id", "event_id", "item"),
    "entries": ("'all'", "scope || ' ' || scope_id", "item"),
}
_IS_SHOWN = "list_contains($shown, {table}.publish_level)"
_WHY = f"""
    case
        when not {_IS_SHOWN} then '{AUDIENCE}'
        when {{table}}.n_suppressed_reason like '%, here or in what it would tell' then '{EITHER}'
        when {{table}}.n_suppressed_reason like 'fewer than %' then '{PRIMARY}'
        else '{COMPLEMENTARY}'
    end
"""
#: How many a partner's forms are is how many of its people answered: by partner, period and what the forms ask.
_FORMS = f"""
    select quality.partner_id, quality.period_id, asked.kind,
        case
            when count(*) = count(quality.submissions) filter ({_IS_SHOWN.format(table="quality")})
                then sum(quality.submissions)
        end as n
    from publish.pub_data_quality as quality
    inner join (
        select distinct submissions.source, items.kind
        from staging.stg_submissions as submissions
        inner join intermediate.int_items_measured as items using (instrument_id)
    ) as asked using (source)
    where quality.submissions is null or quality.submissions > 0
    group by all
"""
#: The forms of all partners together, where none is hidden: by period and what the forms ask.
_ALL_FORMS = f"""
    select period_id, kind, case when count(*) = count(n) then sum(n) end as n from ({_FORMS}) group by all
"""
#: People of all roles fill them in. Of a role that is in no pair that is shown, others being there, few answered.
_ROLES = f"""
    with forms as ({_ALL_FORMS}),
    views as (
        select expectation, period_id, unnest([role_a, role_b]) as role,
            unnest(case when {_IS_SHOWN.format(table="gaps")} then [n_a, n_b] else [null, null] end) as n
        from publish.pub_expectation_gap as gaps
    ),
    roles as (select expectation, period_id, role, max(n) as n from views group by all)
    select 'roles' as family, period_id as unit, role as cell, 'forms' as parent, expectation as item,
        cast(n as bigint) as n,
        case
            when n is not null then null
            when count(n) over (partition by expectation, period_id) > 0 then '{PRIMARY}'
            else '{EITHER}'
        end as hidden_because
    from roles
    union all
    select distinct 'roles', roles.period_id, 'forms', null, roles.expectation,
        cast(forms.n as bigint), case when forms.n is null then '{AUDIENCE}' end
    from roles
    left join forms on roles.period_id = forms.period_id and forms.kind = 'expectation'
    order by all
"""
#: A partner's people give its side of each of its pairs.
_SIDES = f"""
    with forms as ({_FORMS}),
    views as (
        select health.*, left(health.rater_side, 1) as side,
            case left(health.rater_side, 1) when 'A' then dyads.partner_a else dyads.partner_b end as partner_id,
            case left(health.rater_side, 1) when 'A' then both_sides.n_a_of_b else both_sides.n_b_of_a end as n_there
        from publish.pub_partnership_health as health
        inner join marts.dim_dyad as dyads using (dyad_id)
        left join publish.pub_health_dyad as both_sides using (dyad_id, dimension, period_id)
        where health.rater_side != 'third'
    )
    select 'sides' as family, period_id as unit, side || ' of ' || dyad_id as cell, 'forms of ' || partner_id as parent,
        dimension as item,
        cast(case when {_IS_SHOWN.format(table="views")} then coalesce(n_respondents, n_there) end as bigint) as n,
        case when n is null then {_WHY.format(table="views")} end as hidden_because
    from views
    union all
    select distinct 'sides', views.period_id, 'forms of ' || views.partner_id, null, views.dimension,
        cast(forms.n as bigint), case when forms.n is null then '{AUDIENCE}' end
    from views
    left join forms on views.partner_id = forms.partner_id and views.period_id = forms.period_id
        and forms.kind = 'health_dimension'
    order by all
"""
#: Exchanges of pairs add up to the network's, and meetings of pairs to the alliance's.
_ACTS = f"""
    select 'flows' as family, concat_ws('|', period_id, measure, channel) as unit, dyad_id as cell, 'all' as parent,
        'flow' as item, cast(case when {_IS_SHOWN.format(table="flows")} then flow_total end as double) as n
    from publish.pub_mutuality_dyad as flows
    union all
    select 'flows', concat_ws('|', period_id, measure, channel), 'all', null, 'flow',
        cast(case when {_IS_SHOWN.format(table="networks")} then flow_total end as double)
    from publish.pub_network_period as networks
    union all
    select 'meetings', concat_ws('|', period_id, resource), scope_id, case scope when 'dyad' then 'alliance' end,
        'held',
        cast(case when {_IS_SHOWN.format(table="power")} then total end as double)
    from publish.pub_power_balance as power
    where unit = 'meetings' and scope in ('alliance', 'dyad')
    order by all
"""


def levels(warehouse: Path) -> list[str]:
    """Return the audiences that are shown something the wider ones are not; the others are shown the same."""
    tables = ("pub_data_quality", "pub_partnership_health", "pub_mutuality_dyad", "pub_power_balance")
    asked = " union ".join(f"select distinct publish_level from publish.{name}" for name in tables)
    with connect(warehouse) as con:
        there = {level for (level,) in con.execute(asked).fetchall()}
    return [level for level in LEVELS if level in there]


def people(warehouse: Path, level: str) -> pl.DataFrame:
    """Return the numbers of respondents that an audience is shown with their sums, as ``attack`` takes them.

    Args:
        warehouse: What dbt built.
        level: The audience.
    """
    found = []
    with connect(warehouse) as con:
        shown = {"shown": list(LEVELS[: LEVELS.index(level) + 1])}
        for family, (unit, cell, item) in _LINKED.items():
            n = f"coalesce(case when {_IS_SHOWN.format(table='published')} then published.n_respondents end, forms.n)"
            query = f"""
                with forms as (
                    select 'needs' as family, period_id, 'partner ' || partner_id as cell, n from ({_FORMS})
                    where kind = 'need'
                    union all
                    select 'feedback', period_id, 'all', n from ({_ALL_FORMS}) where kind = 'feedback'
                )
                select linked.family, linked.unit, linked.cell, linked.parent, linked.item, cast({n} as bigint) as n,
                    case when {n} is null then {_WHY.format(table="published")} end as hidden_because
                from intermediate.int_cells_linked as linked
                inner join publish.{TABLES[family]} as published
                    on linked.unit = {unit} and linked.cell = {cell} and linked.item = published.{item}
                left join forms
                    on linked.cell = forms.cell and linked.unit = forms.period_id and linked.family = forms.family
                where linked.family = '{family}'
                order by all
            """
            found.append(con.execute(query, shown).pl())
        found.append(_with_shown_sums(con.execute(_ROLES, shown).pl()))
    return pl.concat([*found, sides(warehouse, level)])


def sides(warehouse: Path, level: str) -> pl.DataFrame:
    """Return the sides of pairs that an audience is shown with the forms of their partners; as ``people``."""
    with connect(warehouse) as con:
        found = con.execute(_SIDES, {"shown": list(LEVELS[: LEVELS.index(level) + 1])}).pl()
    return _with_shown_sums(found)


def acts(warehouse: Path, level: str) -> pl.DataFrame:
    """Return the counts of what pairs did that an audience is shown with their sums; arguments as of ``people``."""
    with connect(warehouse) as con:
        found = con.execute(_ACTS, {"shown": list(LEVELS[: LEVELS.index(level) + 1])}).pl()
    return _with_shown_sums(found.with_columns(hidden_because=pl.when(pl.col("n").is_null()).then(pl.lit(AUDIENCE))))


def _with_shown_sums(cells: pl.DataFrame) -> pl.DataFrame:
    """Return cells without the sums that are hidden: being in no other sum, they tell nothing of their parts."""
    key = ["family", "unit", "item"]
    told = cells.filter(pl.col("parent").is_null(), pl.col("n").is_not_null())
    parts = cells.filter(pl.col("parent").is_not_null())
    is_told = told.select(*key, parent="cell", is_told=True).unique()
    parts = parts.join(is_told, on=[*key, "parent"], how="left", maintain_order="left")
    return pl.concat([parts.with_columns(parent=pl.when("is_told").then("parent")).select(cells.columns), told])
