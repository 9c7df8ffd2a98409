{#- Fails with every combination of the columns that occurs more than once: the grain is broken. -#}
{% test unique_combination(model, columns) %}
select
    {{ columns | join(", ") }},
    count(*) as n_rows
from {{ model }}
group by all
having count(*) > 1
{% endtest %}
