select
    question_id,
    code,
    period_id,
    label,
    cast(n_respondents as integer) as n_respondents,
    cast(n_coded as integer) as n_coded,
    cast(n_with_code as integer) as n_with_code,
    n_with_code / nullif(n_coded, 0) as code_share,
    code_ci_low,
    code_ci_high,
    cast(n_disputed as integer) as n_disputed,
    cast(n_double_coded as integer) as n_double_coded,
    double_coded_share,
    agreement,
    kappa,
    kappa_ci_low,
    kappa_ci_high,
    reason,
    {{ stamp('F8,F29') }}
from {{ ref('int_codings_estimated') }}
order by question_id, code, period_id
