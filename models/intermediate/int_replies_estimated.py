"""Days until an exchange is answered, Kaplan-Meier medians (F25, F31)."""

from melflow.core.statistics.survival import with_median_days


def model(dbt, session):
    cells = dbt.ref("int_replies_aggregated").pl()
    events = dbt.ref("int_exchanges_answered").pl()
    return with_median_days(cells, events).to_arrow()
