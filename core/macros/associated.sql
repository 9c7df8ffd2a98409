{#- Whether an association was estimated, and why not (F35, F36): too few dyads have both, or one of the two is always the same. -#}
{% macro associated(estimated) -%}
    {{ estimated }}.rho is not null as estimable,
    case
        when {{ estimated }}.rho is not null then null
        when coalesce({{ estimated }}.n_dyads, 0) < {{ var('min_dyads_associated') }}
            then 'fewer than {{ var("min_dyads_associated") }} dyads'
        else 'one of the two does not vary'
    end as reason
{%- endmacro %}
