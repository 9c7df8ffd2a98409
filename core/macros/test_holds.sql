{#-
  Fails with a row for everything that breaks a rule of the table: the rule, and what was seen. One test for all rules of a table.
    unique: columns in whose values no two rows are alike, nulls included
    filled: columns that are never null
    always: expressions that are false in no row; one that is null (not estimable) passes
    refers: column -> { to: a table, field: its column if named otherwise, but: a value that refers to nothing }
  Rules of single rows in marts and publish are constraints instead: the table cannot be made with a row that breaks them.
-#}
{% test holds(model, unique=[], filled=[], always=[], refers={}) %}
{%- set rules = always | list -%}
{%- for column in filled -%}{%- do rules.append(column ~ " is not null") -%}{%- endfor -%}
select
    null::varchar as rule,
    null::varchar as seen
where false
{%- if unique %}
union all
select
    'no two rows have the same {{ unique | join(", ") }}' as rule,
    concat_ws(
        ', '
        {%- for column in unique %},
        '{{ column }} ' || coalesce({{ column }}::varchar, 'null')
        {%- endfor %}
    ) as seen
from {{ model }}
group by {{ unique | join(", ") }}
having count(*) > 1
{%- endif %}
{%- if rules %}
union all
select
    rule,
    'rows that break it: ' || n_broken as seen
from (
    select
        unnest([
            {%- for rule in rules %}
            {'rule': '{{ rule | replace("'", "''") }}', 'n_broken': count_if(not ({{ rule }}))}{{ "," if not loop.last }}
            {%- endfor %}
        ], recursive := true)
    from {{ model }}
)
where n_broken > 0
{%- endif %}
{%- for column, target in refers.items() %}
union all
select
    '{{ column }} is a {{ target.field or column }} of {{ target.to.identifier }}' as rule,
    {{ column }}::varchar as seen
from (
    select {{ column }} from {{ model }}
    where {{ column }} is not null{% if target.but %} and {{ column }} != '{{ target.but }}'{% endif %}
    except
    select {{ target.field or column }} from {{ target.to }}
)
{%- endfor %}
{% endtest %}
