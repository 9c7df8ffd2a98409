{#-
    F40 (i), primary suppression: a cell of fewer respondents than the threshold keeps its key and loses its values.
    Everything that hides a value uses these three.
-#}

{#- Whether a cell of this many respondents (null: none) is hidden. -#}
{% macro too_few(respondents, minimum) -%}
    coalesce({{ respondents }}, 0) < {{ minimum }}
{%- endmacro %}

{#- The columns, null where the boolean column `hidden` says so. -#}
{% macro shown(columns, hidden="is_suppressed") -%}
    {%- for column in columns %}
    case when not {{ hidden }} then {{ column }} end as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Why a cell is hidden, in words for the reader. -#}
{% macro suppressed_reason(minimum, hidden="is_suppressed") -%}
    case when {{ hidden }} then 'fewer than {{ minimum }} respondents' end as n_suppressed_reason
{%- endmacro %}
