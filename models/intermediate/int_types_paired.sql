-- Claims whose type two different coders named, for their agreement (F29).
with

claims as (

    select * from {{ ref('int_claims_followed') }}

)

select
    period_id,
    claim_id,
    learning_type as first,
    second_type as second
from claims
where learning_type is not null and second_type is not null and coder != second_coder
