{#- The columns that say something about needs; hidden together. -#}
{% macro needs_values() -%}
    {{ return([
        "importance", "current", "gap", "gap_ci_low", "gap_ci_high", "gap_of_partners", "rank", "rank_low", "rank_high",
        "rank_seed", "rank_draws", "kendall_w", "kendall_p", "n_countries"
    ]) }}
{%- endmacro %}

{% macro feedback_values() -%}
    {{ return([
        "n_respondents", "n_invited", "response_rate", "n_agree", "agree_share", "agree_ci_low", "agree_ci_high",
        "n_promoters", "n_detractors", "nps", "nps_ci_low", "nps_ci_high"
    ]) }}
{%- endmacro %}
