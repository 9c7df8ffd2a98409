"""For each mart, the plainest SQL on the raw tables that gives its means: no interval, no checks, nothing hidden."""

from __future__ import annotations

_PERSONS = """
    select s.partner_id, s.about_partner_id, s.respondent_raw_hash, s.respondent_role, s.period_id,
        i.capability, i.level, i.health_dimension, i.expectation,
        avg(25.0 * case when i.reverse then 5 - cast(r.value_text as integer)
            else cast(r.value_text as integer) - 1 end) as score
    from raw.src_response as r
    inner join raw.src_item as i using (instrument_id, form_version, item_id)
    inner join raw.src_submission as s using (version_id)
    where i.{construct} is not null and r.missing_code is null
    group by all
"""
_CAPABILITY = f"""
    select partner_id, capability, level, period_id, count(*), avg(score), stddev(score)
    from ({_PERSONS.format(construct="capability")}) group by all
"""
_HEALTH = f"""
    select partner_id, about_partner_id, health_dimension, period_id, count(*), avg(score), stddev(score)
    from ({_PERSONS.format(construct="health_dimension")}) group by all
"""
_FLOWS = """
    select from_partner_id, to_partner_id, period_id, channel, unit, count(*), sum(quantity)
    from raw.src_exchange group by all
"""
_BY_PERIOD = "select period_id, {partner} as partner_id, {value} from raw.{table} group by all"

BARE = {
    "mart_capability_score": _CAPABILITY,
    "mart_capability_change": f"""
        select partner_id, capability, level, a.period_id, b.period_id, count(*), avg(b.score - a.score)
        from ({_PERSONS.format(construct="capability")}) as a
        inner join ({_PERSONS.format(construct="capability")}) as b
            using (partner_id, capability, level, respondent_raw_hash)
        inner join raw.ref_period as pa on a.period_id = pa.period_id
        inner join raw.ref_period as pb on b.period_id = pb.period_id and pb.ordinal = pa.ordinal + 1
        group by all
    """,
    "mart_partnership_health": _HEALTH,
    "mart_health_dyad": _HEALTH,
    "mart_health_strata": _HEALTH,
    "mart_expectation_gap": f"""
        select expectation, respondent_role, period_id, avg(score)
        from ({_PERSONS.format(construct="expectation")}) group by all
    """,
    "mart_mutuality_dyad": _FLOWS,
    "mart_mutuality_turning": _FLOWS,
    "mart_network_period": """
        select period_id, unit, sum(w), count(*) from (
            select period_id, unit, from_partner_id, to_partner_id, sum(quantity) as w
            from raw.src_exchange group by all
        ) group by all
    """,
    "mart_power_balance": " union all ".join(
        (
            _BY_PERIOD.format(partner="decided_by_id", value="count(*)", table="src_decision"),
            _BY_PERIOD.format(partner="partner_id", value="count(*)", table="src_role"),
            _BY_PERIOD.format(partner="partner_id", value="sum(minutes)", table="src_session"),
            _BY_PERIOD.format(partner="partner_id", value="sum(amount)", table="src_budget"),
            _BY_PERIOD.format(partner="partner_id", value="count(*)", table="src_product"),
        )
    ),
    "mart_peer_assessment": """
        select assessor_id, assessed_id, period_id, avg(self_score), avg(peer_score), avg(self_score - peer_score)
        from raw.src_assessment group by all
    """,
    "mart_reflection": """
        select period_id, avg(cast(is_reflected as integer)), avg(exit_score) from raw.src_session group by all
    """,
    "mart_data_quality": """
        select s.partner_id, s.source_system, s.period_id, count(distinct s.version_id), count(*),
            count(*) filter (where r.missing_code = 'skipped')
        from raw.src_response as r inner join raw.src_submission as s using (version_id) group by all
    """,
}
