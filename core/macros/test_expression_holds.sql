{#- Fails with every row for which the expression is false; a row for which it is null (not estimable) passes. -#}
{% test expression_holds(model, expression, column_name=none) %}
select *
from {{ model }}
where not ({{ expression }})
{% endtest %}
