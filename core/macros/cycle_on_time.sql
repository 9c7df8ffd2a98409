{#- Whether a cycle ended by its planned day; null before that day, before it begins and without a plan. -#}
{% macro cycle_on_time(today) -%}
    case
        when planned_end is null or actual_start is null then null
        when actual_end is not null then actual_end <= planned_end
        when planned_end < {{ today }} then false
    end
{%- endmacro %}
