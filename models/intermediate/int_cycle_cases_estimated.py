"""How long cycles, questions and adaptations take, what is still open as censored (F31)."""

from melflow.core.statistics.survival import median_days


def model(dbt, session):
    cases = dbt.ref("int_cycle_cases_listed").pl()
    return median_days(cases, ["scope", "scope_id", "kind"], "n_days", "is_over").to_arrow()
