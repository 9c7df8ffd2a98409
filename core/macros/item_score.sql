{#- F1: an answer on the item's own range a..b as 0-100 points, turned round when the item is reverse-keyed. -#}
{% macro item_score(value, range_min, range_max, is_reverse) -%}
    100.0 * (case when {{ is_reverse }} then {{ range_max }} - {{ value }} else {{ value }} - {{ range_min }} end)
    / nullif({{ range_max }} - {{ range_min }}, 0)
{%- endmacro %}
