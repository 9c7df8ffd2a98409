-- Failure: an unlinked change is not the difference of the two scores it names; two tables of a report disagree.
select
    changes.partner_id,
    changes.capability,
    changes.period_from,
    changes.period_to
from {{ ref('mart_capability_change') }} as changes
inner join {{ ref('mart_capability_score') }} as earlier
    on
        changes.partner_id = earlier.partner_id
        and changes.capability = earlier.capability
        and changes.level = earlier.level
        and changes.rater = earlier.rater
        and changes.period_from = earlier.period_id
inner join {{ ref('mart_capability_score') }} as later
    on
        changes.partner_id = later.partner_id
        and changes.capability = later.capability
        and changes.level = later.level
        and changes.rater = later.rater
        and changes.period_to = later.period_id
where
    changes.n_from != earlier.n_respondents
    or changes.n_to != later.n_respondents
    or (changes.linkage = 'unlinked' and abs(changes.diff - (later.score - earlier.score)) > 1e-9)
