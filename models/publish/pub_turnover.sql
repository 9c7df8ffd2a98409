-- Few people are easily named: a group of people below the threshold is hidden. Organisations are not persons.
with

cells as (

    select
        *,
        entity_kind = 'person' and {{ too_few('n_start + n_joined', var('min_n_published')) }} as is_small,
        entity_kind = 'person' and {{ few_apart('n_left', var('min_n_published')) }} as is_few_left
    from {{ ref('mart_turnover') }}
    -- A group alone could be worked out from the total: people are published all together.
    where entity_kind = 'partner' or grouped_by = 'all'

),

-- Who is there at the end of a period is there at the start of the next: beside a small period its neighbours go.
placed as (

    select
        cells.*,
        is_small
        or coalesce(lag(is_small) over in_time, false)
        or coalesce(lead(is_small) over in_time, false) as is_suppressed
    from cells
    inner join {{ ref('dim_period') }} as periods using (period_id)
    window in_time as (partition by cells.entity_kind, cells.grouped_by order by periods.ordinal)

)

select
    entity_kind,
    grouped_by,
    period_id,
    {{ shown([
        'n_start', 'n_joined', 'n_left', 'n_left_with_successor', 'n_end', 'turnover_start', 'turnover_avg', 'retained',
        'jaccard', 'median_tenure_days', 'n_open_spells'
    ]) }},
    -- Why the few who left did so would be told of each of them.
    case when not is_suppressed and not is_few_left then leaving_reasons end as leaving_reasons,
    n_unresolved_names,
    is_suppressed,
    {{ hidden_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from placed
order by entity_kind, grouped_by, period_id
