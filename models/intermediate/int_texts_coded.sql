-- Each coded text with each code of the codebook: whether the first coder, and the second where there is one, saw it.
with

codebook as (

    select
        code,
        any_value(label) as label
    from {{ ref('stg_codes') }}
    where is_current and code != 'none'
    group by code

),

codings as (

    select
        codings.text_id,
        codings.coder,
        codings.code,
        codings.is_quotable
    from {{ ref('stg_codings') }} as codings
    left join codebook using (code)
    where codings.is_current and codings.coder is not null and (codebook.code is not null or codings.code = 'none')

),

coders as (

    select
        text_id,
        min(coder) as first_coder,
        case when count(distinct coder) > 1 then list_sort(list_distinct(list(coder)))[2] end as second_coder,
        bool_or(is_quotable) as is_quotable
    from codings
    group by text_id

),

texts as (

    select
        texts.*,
        coders.first_coder,
        coders.second_coder,
        coders.is_quotable and texts.may_be_quoted as is_quotable
    from {{ ref('int_texts_listed') }} as texts
    inner join coders using (text_id)

),

given_codes as (

    select distinct
        text_id,
        coder,
        code
    from codings

)

select
    texts.text_id,
    texts.question_id,
    texts.period_id,
    texts.teller_id,
    texts.words,
    texts.is_quotable,
    codebook.code,
    codebook.label,
    firsts.code is not null as is_by_first,
    case when texts.second_coder is not null then seconds.code is not null end as is_by_second
from texts
cross join codebook
left join given_codes as firsts
    on texts.text_id = firsts.text_id and texts.first_coder = firsts.coder and codebook.code = firsts.code
left join given_codes as seconds
    on texts.text_id = seconds.text_id and texts.second_coder = seconds.coder and codebook.code = seconds.code
