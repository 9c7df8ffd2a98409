"""Codes with the intervals of their shares (F8) and the agreement of their coders (F29)."""

import polars as pl

from melflow.core.statistics.kappa import with_kappa
from melflow.core.statistics.proportions import with_share_interval


def model(dbt, session):
    cells = dbt.ref("int_codings_aggregated").pl()
    twice = dbt.ref("int_codings_celled").pl().filter(pl.col("is_by_second").is_not_null())
    keys = ["question_id", "code", "period_id"]
    said = (
        pl.when(f"is_by_{who}").then(pl.lit("yes")).otherwise(pl.lit("no")).alias(who) for who in ("first", "second")
    )
    confidence = float(dbt.config.meta_get("confidence"))
    cells = with_kappa(cells, twice.select(*keys, *said), keys, ["no", "yes"], confidence)
    return with_share_interval(cells, "n_with_code", "n_coded", ("code_ci_low", "code_ci_high"), confidence).to_arrow()
