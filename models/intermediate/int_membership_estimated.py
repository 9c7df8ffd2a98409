"""How evenly members spread over kinds of organisation (F22), and the share of new kinds of actors (F8)."""

import polars as pl

from melflow.core.statistics.concentration import with_concentration
from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    typed = dbt.ref("int_membership_typed").pl()
    confidence = float(dbt.config.meta_get("confidence"))
    counts = ("n_partners", "n_non_traditional_known", "n_non_traditional", "n_lead_roles")
    totals = typed.group_by("period_id").agg(
        *(pl.col(name).sum() for name in counts), n_types=(pl.col("n_partners") > 0).sum().cast(pl.Int64)
    )
    spread = with_concentration(typed, ["period_id"], "n_partners").select("period_id", "evenness")
    bounds = ("non_traditional_ci_low", "non_traditional_ci_high")
    found = with_share_interval(totals, "n_non_traditional", "n_non_traditional_known", bounds, confidence)
    return found.join(spread, on="period_id", how="left").sort("period_id").to_arrow()
