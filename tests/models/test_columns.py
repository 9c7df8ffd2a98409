"""The columns analysts rely on are there, and described where their tools find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from melflow.core.warehouse import connect

SCORES = (
    "framework_version instrument_id form_versions n_items n_items_median_answered n_respondents n_invited "
    "response_rate score sd ci_low ci_high ci_method ci_clipped bca_low bca_high bca_seed bca_draws pct_positive "
    "pct_ci_low pct_ci_high alpha alpha_ci_low alpha_ci_high spearman_brown omega reliability_n na_policy "
    "reliability_reason icc1 icc1k rwg_median is_suppressed n_suppressed_reason"
)
STAMP = "formula_id config_hash as_of load_id"
#: measures.md C2, as far as it is built. A column that goes missing breaks somebody's query.
COLUMNS = {
    "mart_capability_score": f"partner_id capability level period_id rater {SCORES} {STAMP}",
    "mart_capability_change": (
        "partner_id capability level rater period_from period_to is_consecutive is_first_to_latest "
        "framework_version_from framework_version_to comparable comparable_reason linkage delta_min n_from n_to "
        "n_pairs n_respondents score_from score_to sd_from sd_to diff diff_ci_low diff_ci_high sd_diff d_z g_z d_av "
        "n_up n_down n_same net_change net_ci_low net_ci_high sign_p pct_diff pct_diff_ci_low pct_diff_ci_high "
        f"is_suppressed n_suppressed_reason {STAMP}"
    ),
    "mart_partnership_health": f"dyad_id rater_side dimension period_id {SCORES} {STAMP}",
    "mart_health_dyad": (
        "dyad_id dimension period_id framework_version baseline_kind n_a_of_b n_b_of_a n_third n_respondents "
        "score_a_of_b score_b_of_a mean_of_sides min_of_sides score_third gap gap_ci_low gap_ci_high imbalance_flag "
        f"rwg_a rwg_b weakest_dimension is_suppressed n_suppressed_reason {STAMP}"
    ),
    "mart_mutuality_dyad": (
        "dyad_id period_id measure channel flow_ab flow_ba flow_total share_a share_ci_low share_ci_high "
        "imbalance_signed imbalance_ci_low imbalance_ci_high mutual_share binom_p n_distinct_days n_confirmed_both "
        "n_matched n_disputed "
        "n_events_due answered_within_h_share answered_ab_share answered_ba_share median_days_to_answer n_events_open "
        f"reverse_claims claims reverse_share reverse_ci_low reverse_ci_high {STAMP}"
    ),
    "mart_mutuality_turning": (
        "dyad_id measure first_period_id last_period_id n_periods first_imbalance last_imbalance trend_slope "
        "mutual_trend_slope sign_changed n_one_way_periods direction_before turning_period_id turning_flow_total "
        f"turning_mutual_share stayed_mutual reason {STAMP}"
    ),
    "mart_network_period": (
        "period_id measure channel n_partners edges flow_total loops_dropped rows_outside_dyads edge_reciprocity "
        "dyad_reciprocity_ratio symmetric_pair_share reciprocity_rho weighted_reciprocity "
        "weighted_reciprocity_expected weighted_reciprocity_rho null_model n_draws seed gini_out gini_in evenness_out "
        "evenness_in hhi_out centralisation_in centralisation_out ei_index density "
        f"reason {STAMP}"
    ),
    "mart_power_balance": (
        "scope scope_id period_id resource unit basis n_actors total top_share top_actor_type share_a gini "
        "gini_star evenness hhi effective_n reason n_power_items n_power_resolved power_resolved_share "
        "power_resolved_ci_low power_resolved_ci_high n_products n_co_authored co_authored_share "
        f"co_authored_ci_low co_authored_ci_high perceived_influence_gap gap_ci_low gap_ci_high {STAMP}"
    ),
    "mart_reflection": (
        "scope scope_id period_id n_sessions n_reflection_known n_reflected reflected_share reflected_ci_low "
        "reflected_ci_high assumptions_examined assumptions_revised revised_share revised_ci_low revised_ci_high "
        "n_facilitated facilitation_days airtime_minutes airtime_gini airtime_gini_star n_exit_polls exit_score "
        f"personnel_share {STAMP}"
    ),
    "mart_peer_assessment": (
        "scope assessor_id assessed_id dyad_id criterion period_id n_assessments n_pairs self_score peer_score "
        "gap gap_ci_low gap_ci_high n_agreed n_done follow_through follow_through_ci_low follow_through_ci_high "
        f"icc1 icc1k is_reciprocal reciprocal_pair_ratio n_tied_to_funding reason {STAMP}"
    ),
    "mart_expectation_gap": (
        "expectation role_a role_b period_id n_a n_b score_a score_b sd_a sd_b gap gap_ci_low gap_ci_high rwg_a "
        f"rwg_b is_suppressed n_suppressed_reason {STAMP}"
    ),
    "mart_learning_use": (
        "scope scope_id partner_id level capability period_id claims n_rung0 n_rung1 n_rung2 n_rung3 n_rung4 n_rung5 "
        "n_rung6 n_rung7 n_unevidenced conv_0 conv_0_ci_low conv_0_ci_high conv_1 conv_1_ci_low conv_1_ci_high conv_2 "
        "conv_2_ci_low conv_2_ci_high conv_3 conv_3_ci_low conv_3_ci_high conv_4 conv_4_ci_low conv_4_ci_high conv_5 "
        "conv_5_ci_low conv_5_ci_high conv_6 conv_6_ci_low conv_6_ci_high median_days_to_application n_censored "
        "applied_by_3m n_due_3m n_followed_3m applied_by_6m n_due_6m n_followed_6m applied_by_12m n_due_12m "
        "n_followed_12m n_used n_adapted adapted_share adapted_ci_low adapted_ci_high n_anticipation_known "
        "n_unanticipated unanticipated_share unanticipated_ci_low unanticipated_ci_high n_novelty_known n_novel "
        "novel_share novel_ci_low novel_ci_high n_evidence_known n_evidence_ge2 evidence_ge2_share evidence_ge2_ci_low "
        "evidence_ge2_ci_high n_partners n_partners_absorbed absorption_flag absorption_share absorption_ci_low "
        "absorption_ci_high cascade_claims "
        f"{STAMP}"
    ),
    "mart_learning_types": (
        "learning_type period_id claims n_agencies n_local_organisations n_countries n_used n_coded n_double_coded "
        "double_coded_share agreement kappa kappa_ci_low kappa_ci_high reason "
        f"{STAMP}"
    ),
    "mart_story": (
        "story_id period_id teller_id learner_partner_id source_partner_id direction is_anticipated rung is_verified "
        "is_publishable title story "
        f"{STAMP}"
    ),
    "mart_story_count": (
        "direction period_id n_stories n_verified verified_share verified_ci_low verified_ci_high n_publishable "
        "n_anticipation_known n_unanticipated unanticipated_share unanticipated_ci_low unanticipated_ci_high "
        f"{STAMP}"
    ),
    "mart_actor_response": (
        "actor_level period_id n_responses n_reinforcing n_neutral n_obstructive n_actors net_response "
        "net_response_ci_low net_response_ci_high n_strength_known net_response_weighted mean_valence "
        f"{STAMP}"
    ),
    "mart_leverage": (
        "partner_id period_id n_nominations n_nominators in_degree_share n_resource_people n_self_nominations "
        "n_applied_individual n_applied_institutional n_applied_contextual n_practices_changed best_evidence_class "
        f"{STAMP}"
    ),
    "mart_coding": (
        "question_id code period_id label n_respondents n_coded n_with_code code_share code_ci_low code_ci_high "
        "n_disputed n_double_coded double_coded_share agreement kappa kappa_ci_low kappa_ci_high reason "
        f"{STAMP}"
    ),
    "mart_quote": (f"text_id question_id code period_id quote {STAMP}"),
    "mart_needs_baseline": (
        "scope scope_id topic period_id n_partners n_respondents importance current gap gap_ci_low gap_ci_high "
        "gap_of_partners rank rank_low rank_high rank_seed rank_draws kendall_w kendall_p n_countries reason frozen_on "
        f"is_suppressed n_suppressed_reason {STAMP}"
    ),
    "mart_demand": (
        "partner_id period_id period_id_prev n_statements n_codes n_kept n_new n_dropped widened_by jaccard_prev "
        f"n_advice n_advice_open advice_times_given days_to_acceptance reason {STAMP}"
    ),
    "mart_demand_code": f"partner_id period_id capability topic n_statements is_new {STAMP}",
    "mart_advice": (
        "source advice_id partner_id period_id given_by topic first_given_on times_given times_given_in_all "
        f"accepted_on accepted_after is_accepted n_days {STAMP}"
    ),
    "mart_feedback": (
        "event_id period_id item title host_id held_on n_respondents n_invited response_rate n_agree agree_share "
        "agree_ci_low agree_ci_high n_promoters n_detractors nps nps_ci_low nps_ci_high reason is_suppressed "
        f"n_suppressed_reason {STAMP}"
    ),
    "mart_toc": (
        "version period_id reviewed_on version_before n_nodes n_edges edges_assumed edges_supported "
        "edges_contradicted assumed_share supported_share contradicted_share edges_held edges_added edges_removed "
        "edges_revised edges_changed days_since_review revisions_with_evidence revisions_with_evidence_share "
        f"reason {STAMP}"
    ),
    "mart_toc_edge": (
        "version edge_id period_id reviewed_on version_before from_node from_label to_node to_label status "
        "status_before change from_node_before to_node_before evidence_ref reason is_held held_reason "
        f"{STAMP}"
    ),
    "mart_participation": (
        "cycle_id step partner_id partnership_id starts_on declared_role observed_role observed_from "
        f"is_as_declared moved_up moved_by n_traces reason {STAMP}"
    ),
    "mart_question": (
        "question_id cycle_id partnership_id period_id question asked_by n_partners linked_partners status "
        f"is_open confidence answer_ref asked_on closed_on age_days reason {STAMP}"
    ),
    "mart_product": (
        "product_id version version_key cycle_id partnership_id period_id type title status is_delivered "
        "finished_on n_authors parent_version_key root_version_key lineage_depth n_contexts n_own_contexts "
        f"result_ref licence reason {STAMP}"
    ),
    "mart_learning_cycle": (
        "cycle_id theme partnership_id period_id planned_start planned_end actual_start actual_end step_plan "
        "planned_days actual_days elapsed_days is_open slippage_days on_time n_partners lead_count "
        "active_count access_count lead_gini_star kappa_declared_observed n_kappa_pairs n_moves n_moved_up "
        "n_traces_unplaced products_expected products_delivered products_missing contexts_tested n_questions "
        "questions_open questions_advanced questions_answered questions_dropped mean_partners_per_question "
        f"n_linked facilitation_days personnel_share personnel_scope reason {STAMP}"
    ),
    "mart_cycle_summary": (
        "scope scope_id n_cycles n_unregistered n_open n_ended n_due n_on_time on_time_share on_time_ci_low "
        "on_time_ci_high median_cycle_days products_expected products_delivered delivered_share "
        "delivered_ci_low delivered_ci_high n_moves n_moved_up moved_up_share moved_up_ci_low "
        "moved_up_ci_high n_questions questions_open questions_advanced questions_answered questions_dropped "
        "answered_share answered_ci_low answered_ci_high median_answer_days mean_open_age_days "
        "mean_partners_per_question n_linked linked_share linked_ci_low linked_ci_high n_problems "
        "n_solved_known n_solved solved_share solved_ci_low solved_ci_high n_iterations_known "
        f"iterations_per_problem {STAMP}"
    ),
    "mart_adaptation": (
        "scope scope_id n_insights n_acted acted_share acted_ci_low acted_ci_high n_open median_latency_days "
        f"oldest_open_days reason {STAMP}"
    ),
    "mart_entry_profile": (
        "scope scope_id item n_respondents n_items score sd ci_low ci_high ci_clipped alpha alpha_ci_low "
        "alpha_ci_high spearman_brown omega reliability_n n_claims use_share use_ci_low use_ci_high "
        f"is_suppressed n_suppressed_reason {STAMP}"
    ),
    "mart_indicator_progress": (
        "scope indicator_id partner_id dyad_id period_id disaggregation framework_version indicator_name kind "
        "direction unit baseline target_in_force target_latest previous_target target_changed_on "
        "change_reason target_source actual result_index status cumulated_value n_results results_due "
        f"n_summed evidence_class reason {STAMP}"
    ),
    "mart_tracking": (
        "indicator_id partner_id period_id n_accountable accountable_ok accountable_id n_collectors joint "
        f"method due_on delivered_on lag_days on_time reason {STAMP}"
    ),
    "mart_contribution": (f"indicator_id period_id rating evidence_class n_ratings n_results caution {STAMP}"),
    "mart_dual_tracking": (
        "dyad_id period_id framework_version health_composite health_min_dimension result_index n_results "
        "results_due quadrant health_high_from result_high_from echo_flag trust challenge novelty_share "
        f"n_claims contacts reason {STAMP}"
    ),
    "mart_dual_correlation": (
        "scope association dimension lag n_dyads n_pairs rho ci_low ci_high rm_r rm_ci_low rm_ci_high method "
        f"estimable reason caution {STAMP}"
    ),
    "mart_turnover": (
        "entity_kind grouped_by period_id n_start n_joined n_left n_left_with_successor n_end turnover_start "
        "turnover_avg retained jaccard median_tenure_days n_open_spells leaving_reasons n_unresolved_names "
        f"{STAMP}"
    ),
    "mart_membership": (
        "period_id type n_partners member_share n_lead_roles lead_share representation_ratio "
        "n_non_traditional n_non_traditional_known non_traditional_share non_traditional_ci_low "
        f"non_traditional_ci_high n_types type_diversity {STAMP}"
    ),
    "mart_funding": (
        "period_id n_funders currency received top_share hhi effective_funders committed_ahead "
        f"spent_per_month months_of_runway reason {STAMP}"
    ),
    "mart_hours": (f"partner_id period_id hours_planned hours_used used_share is_under_resourced reason {STAMP}"),
    "mart_counterparts": (
        "partner_id period_id partner_type n_counterparts n_counterpart_types n_other_type n_same_type "
        f"ei_index {STAMP}"
    ),
    "mart_baseline_coverage": (f"scope n_dyads n_asked n_true true_share ci_low ci_high {STAMP}"),
    "mart_data_quality": (
        "partner_id source period_id rows_received rows_held cells_held submissions versions duplicates quarantined "
        "expected received completeness on_time_share on_time_ci_low on_time_ci_high median_lag_days "
        "checks_failed_per_100_cells item_missing_rate edit_rate short_duration_share straightline_share "
        f"unresolved_names unmapped_columns loops_dropped rows_without_dyad encoding_detected {STAMP}"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("mart", sorted(COLUMNS))
def test_columns__as_promised(built: Path, mart: str) -> None:
    """Should have the columns of measures.md C2, and the published copy the same ones and its level."""
    with connect(built, read_only=True) as con:
        found = con.execute(f"from marts.{mart} limit 0").pl().columns
        published = con.execute(f"from publish.{mart.replace('mart_', 'pub_')} limit 0").pl().columns
    assert found == COLUMNS[mart].split()
    added = {"publish_level", "is_suppressed", "n_suppressed_reason"}
    if mart == "mart_data_quality":
        added.add("form_kinds")  # which figures the forms are in: what of them an edition may show after others
    assert set(found) | added == set(published)


@pytest.mark.slow
def test_columns__described_in_the_warehouse(built: Path) -> None:
    """Should say what every table and column of marts and publish means, where an analyst's tool finds it."""
    with connect(built, read_only=True) as con:
        silent = con.execute(
            """
            select schema_name, table_name, column_name from duckdb_columns()
            where schema_name in ('marts', 'publish') and coalesce(comment, '') = ''
            union all
            select schema_name, table_name, null from duckdb_tables()
            where schema_name in ('marts', 'publish') and not coalesce(comment, '') like '%One row per%'
            """
        ).fetchall()
    assert silent == []
