with

source as (

    select * from {{ source('raw', 'src_problem') }}

),

renamed as (

    select
        -- ids
        row_id,
        load_id,
        source_system as source,
        problem_id,
        cycle_id,
        partner_id,
        period_id,
        partnership_id,

        -- text
        problem,

        -- numerics
        iterations,

        -- booleans
        coalesce(is_current, false) as is_current,
        solved as is_solved,

        -- times
        raised_on,
        solved_on

    from source

)

select * from renamed
