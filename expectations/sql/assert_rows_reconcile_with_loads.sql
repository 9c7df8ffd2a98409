-- Failure: the rows of mart_data_quality do not add up to the rows read of the loads; "n of m rows held" is wrong.
with

loads as (

    select
        source,
        sum(count_rows_read) as rows_read
    from {{ ref('stg_loads') }}
    where state = 'loaded'
    group by source

),

quality as (

    select
        source,
        sum(rows_received) as rows_received
    from {{ ref('mart_data_quality') }}
    group by source

)

-- More rows received than read is possible only where a reader splits one row of a file in two.
select
    loads.source,
    loads.rows_read,
    quality.rows_received
from loads
left join quality using (source)
where coalesce(quality.rows_received, 0) < loads.rows_read
