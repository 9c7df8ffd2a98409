-- When each step of a cycle was under way, by the roles declared for it.
select
    cycle_id,
    step,
    min(valid_from) as starts_on,
    max(coalesce(valid_to, cast('{{ var("as_of") }}' as date))) as ends_on
from {{ ref('stg_roles') }}
where is_current and cycle_id is not null and step is not null
group by cycle_id, step
