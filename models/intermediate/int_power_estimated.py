"""How unequally resources are spread (F21-F23), and shares of marked items with their interval (F8)."""

from melflow.core.statistics.concentration import with_concentration
from melflow.core.statistics.proportions import with_share_interval

GROUP = ["scope", "scope_id", "period_id", "resource"]


def model(dbt, session):
    members = dbt.ref("int_holdings_shared").pl()
    items = dbt.ref("int_power_items_counted").pl()
    cells = with_concentration(members, GROUP, "amount").join(items, on=GROUP, how="left")
    confidence = float(dbt.config.meta_get("confidence"))
    return with_share_interval(cells, "n_marked", "n_items", ("marked_ci_low", "marked_ci_high"), confidence).to_arrow()
