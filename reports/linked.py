"""Which published figures rest on the same people, as data: figures of one unit are linked by equations (F40 ii).

A unit is what may be worked out from each other: the sides, means and gaps of a pair; partners, countries and the
alliance of a wave. ``models/intermediate/int_cells_linked.sql`` has the sums among them as the build sees them, with
the numbers that are hidden. Here are the same tables as a reader sees them, to hold an edition against earlier ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from melflow.core.statistics.history import HISTORY
from melflow.core.statistics.suppression import COMPLEMENTARY, EITHER, PRIMARY
from melflow.reports.edition_data import EditionData

_NAMES = dict.fromkeys(("family", "unit", "cell", "parent", "item"), pl.String)
CELLS = _NAMES | {"n": pl.Int64, "hidden_because": pl.String}
#: Why a figure is withheld that moved by too few: in the words of ``n_suppressed_reason``.
REASON = "fewer answers moved than may be shown"
#: End of the reason that does not say whether a figure is too small or hidden for one that is.
_EITHER = ", here or in what it would tell"


class Counted(NamedTuple):
    """A number of respondents of a published table.

    Attributes:
        table: Its table.
        n: Its column.
        cell: Columns that name the group.
        item: Column that names what the group was asked, or None.
    """

    table: str
    n: str
    cell: tuple[str, ...]
    item: str | None = None


class Family(NamedTuple):
    """Tables of figures that rest on the same people.

    Attributes:
        name: Name of the family.
        tables: Table -> columns that name the unit.
        counts: The numbers of respondents in them.
        total: The cell all others add up to, None where they do not.
        only: Of the cells, the scope that adds up; None: all.
        through: Of the cells, the scope the others add up to first: countries of partners.
    """

    name: str
    tables: Mapping[str, tuple[str, ...]]
    counts: tuple[Counted, ...]
    total: str | None = None
    only: str | None = None
    through: str | None = None


_SERIES = ("partner_id", "capability", "level", "rater")
_PAIR = ("dyad_id", "period_id")
_SCOPE = ("scope", "scope_id")

FAMILIES = (
    Family(
        "capability",
        {"pub_capability_score": (*_SERIES, "period_id")},
        (Counted("pub_capability_score", "n_respondents", ()),),
    ),
    Family(
        "change",
        {"pub_capability_change": (*_SERIES, "period_from", "period_id")},
        tuple(Counted("pub_capability_change", n, ()) for n in ("n_from", "n_to", "n_pairs")),
    ),
    Family(
        "health",
        dict.fromkeys(("pub_partnership_health", "pub_health_dyad", "pub_dual_tracking"), _PAIR),
        (
            Counted("pub_partnership_health", "n_respondents", ("rater_side",), "dimension"),
            Counted("pub_health_dyad", "n_a_of_b", (), "dimension"),
            Counted("pub_health_dyad", "n_b_of_a", ("dyad_id",), "dimension"),
        ),
    ),
    Family(
        "needs",
        {"pub_needs_baseline": ("period_id",)},
        (Counted("pub_needs_baseline", "n_respondents", _SCOPE, "topic"),),
        "alliance alliance",
        "partner ",
        "country ",
    ),
    Family(
        "feedback",
        {"pub_feedback": ("period_id",)},
        (Counted("pub_feedback", "n_respondents", ("event_id",), "item"),),
        "all",
        "",
    ),
    Family(
        "entries",
        {"pub_entry_profile": ()},
        (Counted("pub_entry_profile", "n_respondents", _SCOPE, "item"),),
        "alliance alliance",
        "partner ",
    ),
    Family(
        "expectations",
        {"pub_expectation_gap": ("expectation", "period_id")},
        (
            Counted("pub_expectation_gap", "n_a", ("role_a", "role_b")),
            Counted("pub_expectation_gap", "n_b", ("role_b", "role_a")),
        ),
    ),
    Family(
        "texts", {"pub_coding": ("period_id",)}, (Counted("pub_coding", "n_respondents", ("question_id",), "code"),)
    ),
    Family(
        "strata",
        {"pub_health_strata": ("period_id",)},
        (Counted("pub_health_strata", "n_respondents", ("attribute", "stratum"), "dimension"),),
    ),
)

#: Columns that name the two waves of a change, each with its series a unit of capability.
WAVES = ((*_SERIES, "period_from"), (*_SERIES, "period_id"))
#: Columns of the balance of power that rest on the answers of a pair's sides.
FELT = ("perceived_influence_gap", "gap_ci_low", "gap_ci_high")
#: How many forms a partner sent is how many answered.
FORMS = "pub_data_quality"
#: Published tables an edition is held against.
TABLES = (*(table for family in FAMILIES for table in family.tables), "pub_power_balance", FORMS)


def unit(columns: tuple[str, ...]) -> pl.Expr:
    """Return the name of the unit a row belongs to."""
    return pl.concat_str(columns, separator="|") if columns else pl.lit("all")


def cell(columns: tuple[str, ...]) -> pl.Expr:
    """Return the name of the group a row is about, within its unit."""
    return pl.concat_str(columns, separator=" ") if columns else pl.lit("all")


def cells(data: EditionData) -> pl.DataFrame:
    """Return the published numbers of respondents as linked cells (schema ``CELLS``), as ``attack`` takes them."""
    reason = pl.col("n_suppressed_reason")
    because = (
        pl.when(reason == REASON)
        .then(pl.lit(HISTORY))
        .when(reason.str.ends_with(_EITHER))
        .then(pl.lit(EITHER))
        .when(reason.str.starts_with("fewer than"))
        .then(pl.lit(PRIMARY))
        .otherwise(pl.lit(COMPLEMENTARY))
    )
    found = [pl.DataFrame(schema=CELLS)]
    for family in FAMILIES:
        for counted in family.counts:
            name = cell(counted.cell)
            is_part = pl.lit(value=False)
            if family.total is not None:
                is_part = (name != family.total) & name.str.starts_with(family.only or "")
            counts = data.tables[counted.table].select(
                family=pl.lit(family.name),
                unit=unit(family.tables[counted.table]),
                cell=name,
                parent=pl.when(is_part).then(pl.lit(family.total, pl.String)),
                item=pl.col(counted.item) if counted.item else pl.lit(counted.n),
                n=pl.when(~pl.col("is_suppressed")).then(counted.n).cast(pl.Int64),
                hidden_because=pl.when("is_suppressed").then(because),
            )
            found.append(counts if family.through is None else _through(family, counts, data.homes))
    return pl.concat(found).unique(["family", "unit", "cell", "item"], keep="first", maintain_order=True)


def _through(family: Family, counts: pl.DataFrame, homes: Mapping[str, str]) -> pl.DataFrame:
    """Return the cells with those between: a partner is a part of its country where that has a row of its own."""
    between = family.through or ""
    places = {f"{family.only}{partner}": f"{between}{home}" for partner, home in homes.items()}
    there = counts.filter(pl.col("cell").str.starts_with(between)).select("unit", place="cell", is_there=True).unique()
    placed = counts.with_columns(place=pl.col("cell").replace_strict(places, default=None, return_dtype=pl.String))
    placed = placed.join(there, on=["unit", "place"], how="left", maintain_order="left")
    total = pl.lit(family.total, pl.String)
    parent = (
        pl.when("is_there").then("place").when(pl.col("cell").str.starts_with(between)).then(total).otherwise("parent")
    )
    return placed.with_columns(parent=parent).select(counts.columns)
