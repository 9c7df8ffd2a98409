with

results as (

    select * from {{ ref('stg_drift_results') }}

)

select
    instrument_id,
    scope_kind,
    scope_id,
    aspect,
    item_id,
    method,
    score,
    effect,
    threshold,
    has_drifted as drifted,
    reference_period_id as reference_period,
    current_period_id as current_period,
    n_reference,
    n_current,
    share_missing_reference,
    share_missing_current,
    reason,
    computed_on,
    '{{ var("config_hash") }}' as config_hash,
    cast('{{ var("as_of") }}' as date) as as_of,
    '{{ var("load_id") }}' as load_id
from results
order by instrument_id, scope_kind, scope_id, aspect, item_id, method, reference_period, current_period
