-- F40: a question that few answered in their own words is hidden, and with it all questions together, from which it
-- could be had by subtraction.
with

codings as (

    select
        *,
        {{ too_few('n_respondents', var('min_n_published')) }} as is_small
    from {{ ref('mart_coding') }}

),

hidden as (

    select
        *,
        is_small or (question_id = 'all' and bool_or(is_small) over (partition by code, period_id)) as is_suppressed
    from codings

)

select
    question_id,
    code,
    period_id,
    label,
    {{ shown([
        'n_respondents', 'n_coded', 'n_with_code', 'code_share', 'code_ci_low', 'code_ci_high',
        'n_disputed', 'n_double_coded', 'double_coded_share', 'agreement', 'kappa', 'kappa_ci_low',
        'kappa_ci_high', 'reason'
    ]) }},
    is_suppressed,
    {{ suppressed_reason(var('min_n_published')) }},
    '{{ var("publish_level_partner") }}' as publish_level,
    formula_id,
    config_hash,
    as_of,
    load_id
from hidden
order by question_id, code, period_id
