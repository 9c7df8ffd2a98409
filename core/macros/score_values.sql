{#- The columns that say something about answers, by kind of table; hidden together. -#}
{% macro score_values() -%}
    {{ return([
        "response_rate", "score", "sd", "ci_low", "ci_high", "ci_method", "ci_clipped",
        "bca_low", "bca_high", "bca_seed", "bca_draws", "pct_positive", "pct_ci_low", "pct_ci_high",
        "alpha", "alpha_ci_low", "alpha_ci_high", "spearman_brown", "omega", "reliability_n", "na_policy",
        "reliability_reason", "icc1", "icc1k", "rwg_median"
    ]) }}
{%- endmacro %}

{% macro health_dyad_values() -%}
    {{ return([
        "score_a_of_b", "score_b_of_a", "mean_of_sides", "min_of_sides", "score_third",
        "gap", "gap_ci_low", "gap_ci_high", "imbalance_flag", "rwg_a", "rwg_b", "weakest_dimension"
    ]) }}
{%- endmacro %}

{#- Of the people followed, where they stood: beside the scores of the waves it tells of those not followed. -#}
{% macro change_levels() -%}
    {{ return(["score_from", "score_to", "sd_from", "sd_to"]) }}
{%- endmacro %}

{% macro change_differences() -%}
    {{ return([
        "diff", "diff_ci_low", "diff_ci_high", "sd_diff", "d_z", "g_z", "d_av", "n_up", "n_down", "n_same", "net_change",
        "net_ci_low", "net_ci_high", "sign_p", "pct_diff", "pct_diff_ci_low", "pct_diff_ci_high"
    ]) }}
{%- endmacro %}

{% macro quality_values() -%}
    {{ return([
        "expected", "received", "completeness", "on_time_share", "on_time_ci_low", "on_time_ci_high", "median_lag_days",
        "checks_failed_per_100_cells", "item_missing_rate", "edit_rate"
    ]) }}
{%- endmacro %}
