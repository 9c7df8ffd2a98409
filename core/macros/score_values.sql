{#- The columns that say something about answers, by kind of table; hidden together. -#}
{% macro score_values() -%}
    {{ return([
        "score", "sd", "ci_low", "ci_high", "ci_method", "ci_clipped", "pct_positive", "pct_ci_low", "pct_ci_high"
    ]) }}
{%- endmacro %}

{% macro health_dyad_values() -%}
    {{ return([
        "score_a_of_b", "score_b_of_a", "mean_of_sides", "min_of_sides",
        "gap", "gap_ci_low", "gap_ci_high", "imbalance_flag", "weakest_dimension"
    ]) }}
{%- endmacro %}

{% macro quality_values() -%}
    {{ return([
        "on_time_share", "on_time_ci_low", "on_time_ci_high", "median_lag_days",
        "checks_failed_per_100_cells", "item_missing_rate", "edit_rate"
    ]) }}
{%- endmacro %}
