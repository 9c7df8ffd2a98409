"""The columns an edition reads from each published table, with type, unit and meaning.

One list serves three readers: the reader of the release (which columns, which type), the suppression
guard (which of them are numbers that must be empty in a suppressed row) and the data dictionary sheet.
"""

from __future__ import annotations

from melflow.reports import (
    columns_change,
    columns_cycles,
    columns_learning,
    columns_needs,
    columns_power,
    columns_results,
)
from melflow.reports.column import BOOL as BOOL
from melflow.reports.column import COMMON as _COMMON
from melflow.reports.column import INT as INT
from melflow.reports.column import NUM as NUM
from melflow.reports.column import PERIOD as _PERIOD
from melflow.reports.column import TEXT as TEXT
from melflow.reports.column import Column as Column
from melflow.reports.column import count as _count
from melflow.reports.column import key as _key

_DYAD = _key("dyad_id", "Pair of partners; side A is the first in alphabetical order of ids.")
_SCORE = (
    Column("n_respondents", INT, "persons", "Persons whose answers enter the score."),
    Column("n_items", INT, "items", "Items that measure the construct.", is_value=False),
    Column("score", NUM, "points, 0-100", "Mean of the persons' scores (F1, F2)."),
    Column("sd", NUM, "points", "Standard deviation between persons (F2)."),
    Column("ci_low", NUM, "points, 0-100", "Lower end of the 95 % interval of the score (F3)."),
    Column("ci_high", NUM, "points, 0-100", "Upper end of the 95 % interval of the score (F3)."),
    Column("pct_positive", NUM, "share, 0-1", "Share of persons at or above the positive threshold (F7)."),
    Column("pct_ci_low", NUM, "share, 0-1", "Lower end of the Wilson interval of that share (F8)."),
    Column("pct_ci_high", NUM, "share, 0-1", "Upper end of the Wilson interval of that share (F8)."),
)

CAPABILITY = (
    _key("partner_id", "Partner that was rated."),
    _key("capability", "One of the framework's capabilities."),
    _key("level", "Level of the framework: individual, institutional, contextual."),
    _PERIOD,
    _key("rater", "Who rated: self, peer or external."),
    _key("instrument_id", "Instrument that asked."),
    *_SCORE,
    *_COMMON,
)
HEALTH = (
    _DYAD,
    _key("rater_side", "Whose view: A_of_B, B_of_A or a third party."),
    _key("dimension", "Dimension of partnership health."),
    _PERIOD,
    *_SCORE,
    *_COMMON,
)
HEALTH_DYAD = (
    _DYAD,
    _key("dimension", "Dimension of partnership health; composite is the plain mean of the dimensions."),
    _PERIOD,
    Column("n_a_of_b", INT, "persons", "Persons of side A behind its view."),
    Column("n_b_of_a", INT, "persons", "Persons of side B behind its view."),
    Column("score_a_of_b", NUM, "points, 0-100", "View of side A (F2)."),
    Column("score_b_of_a", NUM, "points, 0-100", "View of side B (F2)."),
    Column("mean_of_sides", NUM, "points, 0-100", "Mean of the two views."),
    Column("min_of_sides", NUM, "points, 0-100", "Lower of the two views (F15)."),
    Column("gap", NUM, "points, -100 to 100", "View of A less view of B (F15)."),
    Column("gap_ci_low", NUM, "points", "Lower end of the Welch interval of the gap (F15)."),
    Column("gap_ci_high", NUM, "points", "Upper end of the Welch interval of the gap (F15)."),
    Column("imbalance_flag", BOOL, "", "True when the gap is large and its interval leaves out zero (F15)."),
    Column("weakest_dimension", TEXT, "", "Dimension with the lowest mean of sides (composite rows)."),
    *_COMMON,
)
FLOW = (
    _DYAD,
    _PERIOD,
    _key("measure", "What is counted: events, hours or documents; never mixed."),
    _key("channel", "Channel of the exchange; all is every channel together."),
    Column("flow_ab", NUM, "units of measure", "Given by A, received by B."),
    Column("flow_ba", NUM, "units of measure", "Given by B, received by A."),
    Column("flow_total", NUM, "units of measure", "Both directions together."),
    Column("share_a", NUM, "share, 0-1", "Part of the flow given by A; one half is even (F18)."),
    Column("share_ci_low", NUM, "share, 0-1", "Lower end of the Wilson interval of the share (F8, F18)."),
    Column("share_ci_high", NUM, "share, 0-1", "Upper end of the Wilson interval of the share (F8, F18)."),
    Column("imbalance_signed", NUM, "-1 to 1", "Signed imbalance; 0 is even, 1 is all from A (F18)."),
    Column("mutual_share", NUM, "share, 0-1", "Part of the flow that is matched by the other side (F18)."),
    Column("imbalance_ci_low", NUM, "-1 to 1", "Lower end of the interval of the imbalance (F18)."),
    Column("imbalance_ci_high", NUM, "-1 to 1", "Upper end of the interval of the imbalance (F18)."),
    Column("binom_p", NUM, "0-1", "p value of the exact test that both give equally often (F18); events only."),
    Column("n_confirmed_both", INT, "exchanges", "Exchanges that both sides reported."),
    Column("n_distinct_days", INT, "days", "Days with an exchange; events of one meeting are not independent."),
    *_COMMON,
)
QUALITY = (
    _key("partner_id", "Partner that sent the data; unknown where the rows do not say."),
    _key("source", "Source the data came from."),
    _PERIOD,
    _count("rows_received", "Rows of the files received."),
    _count("rows_held", "Of these, rows held by a check, waiting for a correction."),
    _count("cells_held", "Single answers held by a check; the rest of their forms counts."),
    _count("duplicates", "Rows received twice; counted once."),
    Column("unresolved_names", INT, "names", "Names of partners nobody could match.", is_value=False),
    Column("submissions", INT, "forms", "Filled-in forms that count."),
    Column("form_kinds", TEXT, "", "What forms ask: capability, health_dimension, need, expectation, feedback."),
    Column("expected", INT, "people", "People who were asked, where the alliance wrote it down."),
    Column("received", INT, "forms", "Filled-in forms of those who were asked."),
    Column("completeness", NUM, "share", "Received of expected (F39); above 1 when more answered than were asked."),
    Column("on_time_share", NUM, "share, 0-1", "Part of the forms that arrived by the due date (F39)."),
    Column("on_time_ci_low", NUM, "share, 0-1", "Lower end of the Wilson interval of that share (F8)."),
    Column("on_time_ci_high", NUM, "share, 0-1", "Upper end of the Wilson interval of that share (F8)."),
    Column("median_lag_days", NUM, "days", "Median days between collection and arrival (F39)."),
    Column("checks_failed_per_100_cells", NUM, "per 100 answers", "Failed checks per 100 answers (F39)."),
    Column("item_missing_rate", NUM, "share, 0-1", "Part of the relevant questions that were skipped (F39)."),
    Column("edit_rate", NUM, "share, 0-1", "Part of the forms that were edited after sending (F39)."),
    Column("short_duration_share", NUM, "share, 0-1", "Part of the timed interviews that were too short (F39)."),
    Column("straightline_share", NUM, "share, 0-1", "Part of the forms with a grid answered alike throughout (F39)."),
    *_COMMON,
)

#: Published tables by name, in the order of the workbook.
TABLES: dict[str, tuple[Column, ...]] = {
    "pub_capability_score": CAPABILITY,
    "pub_partnership_health": HEALTH,
    "pub_health_dyad": HEALTH_DYAD,
    "pub_mutuality_dyad": FLOW,
    "pub_data_quality": QUALITY,
    **columns_change.TABLES,
    **columns_cycles.TABLES,
    **columns_learning.TABLES,
    **columns_needs.TABLES,
    **columns_power.TABLES,
    **columns_results.TABLES,
}


def values(table: str) -> list[str]:
    """Return the names of the table's numbers: empty in a suppressed row, whatever the release holds."""
    return [column.name for column in TABLES[table] if column.is_value]
