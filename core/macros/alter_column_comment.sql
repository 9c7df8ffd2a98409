{#-
  In place of the adapter's macro, which asks the catalogue for the columns of every table first: the contract has already
  made sure that the columns are there.
-#}
{% macro duckdb__alter_column_comment(relation, column_dict) %}
{%- for name, column in column_dict.items() %}
comment on column {{ relation }}.{{ adapter.quote(name) if column["quote"] else name }} is {{ duckdb_escape_comment(column["description"]) }};
{%- endfor %}
{% endmacro %}
