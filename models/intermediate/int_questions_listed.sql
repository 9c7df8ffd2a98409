-- Every question once, as its newest row has it, with the partners it links.
with

links as (

    select * from {{ ref('stg_questions') }}
    where is_current and question_id is not null

),

newest as (

    select *
    from links
    qualify
        row_number()
            over (
                partition by question_id
                order by ingested_at desc nulls last, closed_on desc nulls last, row_id asc
            )
        = 1

),

linked as (

    select
        question_id,
        count(distinct linked_partner_id) as n_partners,
        list(distinct linked_partner_id order by linked_partner_id) filter (where linked_partner_id is not null)
            as linked_partners
    from links
    group by question_id

)

select
    newest.question_id,
    newest.cycle_id,
    cycles.partnership_id,
    newest.period_id,
    newest.question,
    newest.asked_by_id as asked_by,
    linked.n_partners,
    linked.linked_partners,
    newest.status,
    newest.confidence,
    newest.answer_ref,
    newest.asked_on,
    newest.closed_on,
    -- Open questions are as old as the data; a closed one without a day has no age
    case
        when newest.status in ('open', 'advanced')
            then greatest(0, date_diff('day', newest.asked_on, cast('{{ var("as_of") }}' as date)))
        else date_diff('day', newest.asked_on, newest.closed_on)
    end as age_days
from newest
inner join linked using (question_id)
left join {{ ref('int_cycles_listed') }} as cycles on newest.cycle_id = cycles.cycle_id
