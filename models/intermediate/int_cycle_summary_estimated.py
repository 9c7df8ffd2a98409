"""The cycles together with the intervals of their shares (F8)."""

from melflow.core.statistics.proportions import with_share_interval

#: Count, total and name of each share.
_SHARES = (
    ("n_on_time", "n_due", "on_time"),
    ("products_delivered", "products_expected", "delivered"),
    ("n_moved_up", "n_moves", "moved_up"),
    ("questions_answered", "n_questions", "answered"),
    ("n_linked", "n_questions", "linked"),
    ("n_solved", "n_solved_known", "solved"),
)


def model(dbt, session):
    cells = dbt.ref("int_cycle_summary_aggregated").pl()
    confidence = float(dbt.config.meta_get("confidence"))
    for count, total, name in _SHARES:
        cells = with_share_interval(cells, count, total, (f"{name}_ci_low", f"{name}_ci_high"), confidence)
    return cells.to_arrow()
