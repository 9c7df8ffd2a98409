with

source as (

    select * from {{ source('raw', 'held') }}

),

renamed as (

    select
        -- ids
        held_id,
        row_id,
        load_id,
        source,
        table_name,
        rule_id,
        severity,
        json_extract_string(row_json, '$.version_id') as version_id,
        coalesce(
            json_extract_string(row_json, '$.partner_id'),
            json_extract_string(row_json, '$.from_partner_id'),
            json_extract_string(row_json, '$.assessor_id'),
            json_extract_string(row_json, '$.raised_by_id'),
            json_extract_string(row_json, '$.learner_partner_id')
        ) as partner_id,
        json_extract_string(row_json, '$.period_id') as period_id,

        -- text
        coalesce(
            json_extract_string(row_json, '$.partner_raw'),
            json_extract_string(row_json, '$.from_partner_raw'),
            json_extract_string(row_json, '$.assessor_raw'),
            json_extract_string(row_json, '$.raised_by_raw'),
            json_extract_string(row_json, '$.learner_partner_raw')
        ) as partner_raw,
        json_extract_string(row_json, '$.to_partner_id') as to_partner_id,
        json_extract_string(row_json, '$.to_partner_raw') as to_partner_raw

    from source

)

select * from renamed
