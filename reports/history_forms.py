"""How many forms a partner sent is how many answered: the number stands, or is withheld, with the figures made of them.

A number of forms is shown only as it was when all sides of pairs and scores that rest on them were shown as they were
then: beside figures that stand, it would tell how few came since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from melflow.core.statistics.history import Settled
from melflow.reports import columns, linked
from melflow.reports.edition_data import Dyad

_OF = ["partner_id", "period_id"]
_KEY = ["partner_id", "source", "period_id"]
#: Families of figures that are made of forms -> what those ask about, as ``form_kinds`` has it.
_ASKS = {
    "capability": "capability", "health": "health_dimension", "needs": "need", "expectations": "expectation",
    "feedback": "feedback",
}  # fmt: skip
#: Families whose units are all partners of a period; the last part of a unit's name is the period.
_OF_ALL = ("feedback", "expectations")
_IS_FORM = (pl.col("submissions") > 0).fill_null(value=False)


def counted(
    rows: pl.DataFrame, earlier: Sequence[pl.DataFrame], settled: Settled, dyads: Iterable[Dyad]
) -> pl.DataFrame:
    """Return the counts of forms as they may be shown beside figures that stand or are withheld.

    Args:
        rows: Of the release (``pub_data_quality``).
        earlier: The same as they were shown before, the newest first.
        settled: What stands, and what of it is withheld.
        dyads: Pairs the edition may show.
    """
    pairs = [(pair.dyad_id, [pair.partner_a, pair.partner_b]) for pair in dyads]
    schema = pl.Schema({"dyad_id": pl.String(), "partner_id": pl.List(pl.String)})
    sides = pl.DataFrame(pairs, schema=schema, orient="row").explode("partner_id")
    standing = _in(rows, _partners(settled.kept, rows, sides))
    last = pl.concat([standing.clear(), *earlier], how="diagonal_relaxed").unique(
        _KEY, keep="first", maintain_order=True
    )
    before = last.select(rows.columns).join(standing, on=_KEY, how="semi")
    never = blank(standing.join(before, on=_KEY, how="anti"), linked.FORMS, pl.lit(value=True))
    found = pl.concat([rows.join(standing, on=_KEY, how="anti", nulls_equal=True), before, never])
    gone = _in(found, _partners(settled.withheld, found, sides))
    left = found.join(gone, on=_KEY, how="anti", nulls_equal=True)
    return pl.concat([left, blank(gone, linked.FORMS, pl.lit(value=True))]).sort(_KEY, nulls_last=True)


def _in(rows: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of forms that are in units; a release that does not say what forms ask may have them in all."""
    forms = rows.filter(_IS_FORM)
    asked = forms.select(*_KEY, asks=pl.col("form_kinds").str.split(", ")).explode("asks")
    unsaid = asked.filter(pl.col("asks").is_null()).join(units, on=_OF, how="semi")
    said = asked.join(units, on=[*_OF, "asks"], how="semi")
    return forms.join(pl.concat([said, unsaid]), on=_KEY, how="semi")


def _partners(frame: pl.DataFrame, rows: pl.DataFrame, sides: pl.DataFrame) -> pl.DataFrame:
    """Return whose forms are in units: partner_id, period_id, asks; of units of all partners those that have rows."""
    parts = pl.col("unit").str.split("|")
    first, last = parts.list.first(), parts.list.last()
    pairs = frame.filter(family="health").select("family", dyad_id=first, period_id=last)
    is_whole = pl.col("family").is_in(_OF_ALL)
    found = [
        pairs.join(sides, on="dyad_id").select(*_OF, "family"),
        frame.filter(family="capability").select("family", partner_id=first, period_id=last).select(*_OF, "family"),
    ]
    if "cell" in frame.columns:
        waves = frame.filter(pl.col("cell").str.starts_with("partner "), family="needs")
        found.append(
            waves.select(pl.col("cell").str.strip_prefix("partner ").alias(_OF[0]), last.alias(_OF[1]), "family")
        )
    else:
        is_whole |= pl.col("family") == "needs"
    wholes = frame.filter(is_whole).select("family", period_id=last).unique()
    found.append(rows.select(_OF).unique().join(wholes, on="period_id").select(*_OF, "family"))
    return pl.concat(found).unique().select(*_OF, asks=pl.col("family").replace_strict(_ASKS, return_dtype=pl.String))


def blank(rows: pl.DataFrame, table: str, where: pl.Expr) -> pl.DataFrame:
    """Return rows without their numbers where they are withheld."""
    here = where & ~pl.col("is_suppressed")
    return rows.with_columns(
        *(pl.when(~where).then(name).alias(name) for name in columns.values(table)),
        n_suppressed_reason=pl.when(here).then(pl.lit(linked.REASON)).otherwise("n_suppressed_reason"),
        is_suppressed=pl.col("is_suppressed") | where,
    )
