{#-
    The rows of a mart with the audience they may go to: of a partnership what its partners agreed, of others a partner's own.
-#}
{% macro as_partnerships_agreed(mart) -%}
    select
        found.*,
        case found.scope
            when 'partnership' then coalesce(partnerships.publish_level, 'internal')
            else '{{ var("publish_level_partner") }}'
        end as agreed_level
    from {{ ref(mart) }} as found
    left join {{ ref('dim_partnership') }} as partnerships
        on case when found.scope = 'partnership' then found.scope_id end = partnerships.partnership_id
{%- endmacro %}
