{#- F16: r_wg = 1 - variance of the answers / variance of answers at random, not below 0. -#}
{% macro within_group_agreement(variance, random_variance) -%}
    greatest(0.0, 1 - {{ variance }} / nullif({{ random_variance }}, 0))
{%- endmacro %}
