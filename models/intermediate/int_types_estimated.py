"""Agreement of two coders on the type of learning (F29)."""

from melflow.core.statistics.kappa import with_kappa

TYPES = ("organisational_practice", "intervention", "knowledge_capacity")


def model(dbt, session):
    cells = dbt.ref("int_types_aggregated").pl()
    pairs = dbt.ref("int_types_paired").pl()
    confidence = float(dbt.config.meta_get("confidence"))
    coded = cells.filter(cells["learning_type"] == "all").select("period_id", "n_coded")
    return with_kappa(coded, pairs, ["period_id"], TYPES, confidence).to_arrow()
