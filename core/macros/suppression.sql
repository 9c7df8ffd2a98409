{#-
    F40: a cell of too few respondents keeps its key and loses its values (i), and so does one from which such a cell
    could be worked out (ii). Everything that hides a value uses these.
-#}

{#- Whether a cell of this many respondents (null: none) is hidden. -#}
{% macro too_few(respondents, minimum) -%}
    coalesce({{ respondents }}, 0) < {{ minimum }}
{%- endmacro %}

{#- Whether so many respondents are somebody, and fewer than may be told apart. -#}
{% macro few_apart(respondents, minimum) -%}
    coalesce({{ respondents }}, 0) between 1 and {{ minimum }} - 1
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

{#-
    The same where it may also be hidden for another's sake. Which of the two it is stays unsaid: of groups that add up
    the bounds that each reason gives would tell how many are in them.
-#}
{% macro hidden_reason(minimum, hidden="is_suppressed") -%}
    case
        when {{ hidden }} then 'fewer than {{ minimum }} respondents, here or in what it would tell'
    end as n_suppressed_reason
{%- endmacro %}

{#- Place of an audience from the narrowest to the widest. -#}
{% macro audience_rank(level) -%}
    list_position(['internal', 'partners', 'funder', 'public'], {{ level }})
{%- endmacro %}

{#- The audience at a place. -#}
{% macro audience_at(rank) -%}
    ['internal', 'partners', 'funder', 'public'][{{ rank }}]
{%- endmacro %}

{#- Audience of a row that names two partners: a partner's own, or their dyad's (its place; null: none) when narrower. -#}
{% macro narrower_of_pair(rank) -%}
    {{ audience_at("least(" ~ audience_rank("'" ~ var("publish_level_partner") ~ "'") ~ ", " ~ rank ~ ")") }}
{%- endmacro %}

{#-
    Audience of a total: its own, unless one or two of its parts are for a narrower one, which the total less the other
    parts would tell it; then that of the narrowest part.
-#}
{% macro level_of_total(level, is_total, is_part, within) -%}
    {%- set narrower -%}
        {{ is_part }} and {{ audience_rank(level) }} < {{ audience_rank("'" ~ var("publish_level_partner") ~ "'") }}
    {%- endset -%}
    case
        when {{ is_total }} and count(case when {{ narrower }} then 1 end) over ({{ within }}) between 1 and 2
            then {{ audience_at("min(case when " ~ narrower ~ " then " ~ audience_rank(level) ~ " end) over (" ~ within ~ ")") }}
        else {{ level }}
    end
{%- endmacro %}

{#-
    F40 (iii), the p % rule: whether the second largest contributor to a sum, who takes its own part away, comes so near
    to the largest one's. `place` is 1 for the largest of a group.
-#}
{% macro is_dominated(amount, place) -%}
    sum({{ amount }}) filter (where {{ place }} > 2) is null
    or sum({{ amount }}) filter (where {{ place }} > 2)
    < {{ var('dominance_percent') }} / 100 * max({{ amount }})
{%- endmacro %}
