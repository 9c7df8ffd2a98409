-- Few people are easily named: a group of people below the threshold is hidden. Organisations are not persons.
with

cells as (

    select
        *,
        entity_kind = 'person' and {{ too_few('n_start + n_joined', var('min_n_published')) }} as is_suppressed
    from {{ ref('mart_turnover') }}

)

select
    entity_kind,
    grouped_by,
    period_id,
    {{ shown([
        'n_start', 'n_joined', 'n_left', 'n_left_with_successor', 'n_end', 'turnover_start', 'turnover_avg', 'retained',
        'jaccard', 'median_tenure_days', 'n_open_spells', 'leaving_reasons'
    ]) }},
    n_unresolved_names,
    is_suppressed,
    {{ suppressed_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from cells
-- A group alone could be worked out from the total: people are published all together.
where entity_kind = 'partner' or grouped_by = 'all'
order by entity_kind, grouped_by, period_id
