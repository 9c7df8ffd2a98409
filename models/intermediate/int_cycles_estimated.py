"""Cycles with how concentrated the lead is (F21) and whether partners were what they had said (F29)."""

import polars as pl

from melflow.core.statistics.concentration import with_concentration
from melflow.core.statistics.ordinal_agreement import weighted_kappa


def model(dbt, session):
    cycles = dbt.ref("int_cycles_aggregated").pl()
    roles = dbt.ref("int_participation_compared").pl()
    leads = roles.group_by("cycle_id", "partner_id").agg((pl.col("declared_place") == 3).sum().alias("leads"))
    spread = with_concentration(leads, ["cycle_id"], "leads").select("cycle_id", lead_gini_star="gini_star")
    kappa = weighted_kappa(roles, ["cycle_id"], "declared_place", "observed_place")
    kappa = kappa.select("cycle_id", n_pairs="n_pairs", kappa_declared_observed="kappa")
    cycles = cycles.join(spread, on="cycle_id", how="left", maintain_order="left")
    return cycles.join(kappa, on="cycle_id", how="left", maintain_order="left").to_arrow()
