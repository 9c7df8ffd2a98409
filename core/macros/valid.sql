{#- The days a construct belongs to the framework; an end that is not given is open. -#}
{% macro valid(construct) -%}
    coalesce({{ construct }}.valid_from, date '0001-01-01') and coalesce({{ construct }}.valid_to, date '9999-12-31')
{%- endmacro %}
