{#- The columns that say how and from what a row was made. -#}
{% macro stamp(formula_id) -%}
    '{{ formula_id }}' as formula_id,
    '{{ var("config_hash") }}' as config_hash,
    cast('{{ var("as_of") }}' as date) as as_of,
    '{{ var("load_id") }}' as load_id
{%- endmacro %}
