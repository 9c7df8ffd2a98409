"""The columns an edition reads of change between waves, of turning points and of the network (see ``columns``)."""

from __future__ import annotations

from melflow.reports.column import BOOL, COMMON, INT, NUM, PERIOD, TEXT, Column, key

CHANGE = (
    key("partner_id", "Partner whose persons answered."),
    key("capability", "Capability that was rated."),
    key("level", "Level the items speak of."),
    key("rater", "Who rated: self, peer or external."),
    key("period_from", "Reporting period of the earlier wave."),
    PERIOD,
    Column("is_consecutive", BOOL, "", "True when no wave lies between the two.", is_value=False),
    Column("comparable", BOOL, "", "True when both waves asked the same in the same way.", is_value=False),
    Column("comparable_reason", TEXT, "", "What differs between the waves."),
    Column("linkage", TEXT, "", "paired: the same persons in both waves; unlinked: two groups (F13)."),
    Column("n_respondents", INT, "persons", "Persons behind the change: those in both waves, or in the smaller one."),
    Column("n_from", INT, "persons", "Persons of the earlier wave."),
    Column("n_to", INT, "persons", "Persons of the later wave."),
    Column("n_pairs", INT, "persons", "Persons in both waves; empty when too few could be followed."),
    Column("diff", NUM, "points", "Later less earlier mean, of the persons followed, else of two groups (F10, F13)."),
    Column("diff_ci_low", NUM, "points", "Lower end of its 95 % interval (F10, F13)."),
    Column("diff_ci_high", NUM, "points", "Upper end of its 95 % interval (F10, F13)."),
    Column("g_z", NUM, "standard deviations", "Effect size of those followed, corrected for few (F11)."),
    Column("n_up", INT, "persons", "Of those followed, how many moved up by as much as counts (F12)."),
    Column("n_down", INT, "persons", "Of those followed, how many moved down by as much (F12)."),
    Column("n_same", INT, "persons", "Of those followed, all others (F12)."),
    Column("net_change", NUM, "share, -1 to 1", "Up less down, of those followed (F12)."),
    Column("net_ci_low", NUM, "share, -1 to 1", "Lower end of its 95 % interval (F12)."),
    Column("net_ci_high", NUM, "share, -1 to 1", "Upper end of its 95 % interval (F12)."),
    *COMMON,
)
TURNING = (
    key("dyad_id", "Pair of partners; side A is the first in alphabetical order of ids."),
    PERIOD,
    key("measure", "events, hours or documents."),
    Column("n_periods", INT, "periods", "Periods with a flow, up to this one."),
    Column("n_one_way_periods", INT, "periods", "Of them clearly one-directional (F18)."),
    Column("direction_before", TEXT, "", "Who gave more at first: a_gives or b_gives."),
    Column("trend_slope", NUM, "per period", "Trend of the signed balance over three periods or more (F18)."),
    Column("mutual_trend_slope", NUM, "per period", "Trend of the mutual share over three periods or more (F18)."),
    Column("turning_period_id", TEXT, "", "First period after a clearly one-directional one that is not (F18)."),
    Column("turning_flow_total", NUM, "units of measure", "Both directions in that period."),
    Column("turning_mutual_share", NUM, "share, 0-1", "Mutual share in that period (F18)."),
    Column("stayed_mutual", BOOL, "", "True when no later period, up to this one, is clearly one-directional again."),
    key("reason", "Why there is no turning period."),
    *COMMON,
)
NETWORK = (
    PERIOD,
    key("measure", "events, hours or documents."),
    key("channel", "How it went; all for every channel together."),
    Column("n_partners", INT, "partners", "Members, those that exchanged nothing included."),
    Column("edges", INT, "directions", "Directed pairs in which something was given."),
    Column("density", NUM, "share, 0-1", "Directed pairs with a flow, of all that are possible (F17)."),
    Column("flow_total", NUM, "units of measure", "All that was given."),
    Column("edge_reciprocity", NUM, "share, 0-1", "Directed pairs that are answered by the other direction (F17)."),
    Column("reciprocity_rho", NUM, "-1 to 1", "The same against chance; 0 is as much as chance gives (F17)."),
    Column("weighted_reciprocity", NUM, "share, 0-1", "Part of the flow that is given back (F19)."),
    Column("weighted_reciprocity_expected", NUM, "share, 0-1", "What chance gives back with the same totals (F20)."),
    Column("weighted_reciprocity_rho", NUM, "-1 to 1", "Given back against chance; 0 is what chance gives (F20)."),
    Column("gini_out", NUM, "0-1", "How unevenly the giving is spread (F21)."),
    Column("gini_in", NUM, "0-1", "How unevenly the receiving is spread (F21)."),
    Column("centralisation_out", NUM, "0-1", "How far one partner gives to all and the others to none (F24)."),
    Column("centralisation_in", NUM, "0-1", "How far one partner receives from all and the others from none (F24)."),
    Column("ei_index", NUM, "-1 to 1", "Ties between types of partners less those within, of all (F24b)."),
    key("reason", "Why something is not estimable."),
    *COMMON,
)
TABLES = {
    "pub_capability_change": CHANGE,
    "pub_mutuality_turning": TURNING,
    "pub_network_period": NETWORK,
}
#: Table -> the column that is the period of its rows, where it has another name.
PERIODS = {"pub_capability_change": "period_to", "pub_mutuality_turning": "last_period_id"}
