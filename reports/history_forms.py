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
    gone, stand = (_partners(frame, rows, sides) for frame in (settled.withheld, settled.kept))
    is_form = (pl.col("submissions") > 0).fill_null(value=False)
    standing = rows.filter(is_form).join(stand, on=_OF, how="semi")
    last = pl.concat([standing.clear(), *earlier], how="diagonal_relaxed").unique(
        _KEY, keep="first", maintain_order=True
    )
    before = last.select(rows.columns).join(standing, on=_KEY, how="semi")
    never = blank(standing.join(before, on=_KEY, how="anti"), linked.FORMS, pl.lit(value=True))
    found = pl.concat([rows.join(standing, on=_KEY, how="anti", nulls_equal=True), before, never])
    always = gone.filter(period_id="all")["partner_id"]  # a checklist at joining has no period
    is_gone = pl.concat_str(_OF, separator="|").is_in(
        gone.select(pl.concat_str(_OF, separator="|")).to_series().implode()
    )
    is_gone |= pl.col("partner_id").is_in(always.implode())
    return blank(found, linked.FORMS, is_gone & (pl.col("submissions") > 0).fill_null(value=False)).sort(
        _KEY, nulls_last=True
    )


def _partners(frame: pl.DataFrame, rows: pl.DataFrame, sides: pl.DataFrame) -> pl.DataFrame:
    """Return the partners whose forms are in units, by period; of a unit of all its partners those that have rows."""
    parts = pl.col("unit").str.split("|")
    of_pairs = frame.filter(family="health").select(dyad_id=parts.list.first(), period_id=parts.list.last())
    found = [
        of_pairs.join(sides, on="dyad_id").select(_OF),
        frame.filter(family="capability").select(partner_id=parts.list.first(), period_id=parts.list.last()),
    ]
    if "cell" in frame.columns:
        of_waves = frame.filter(pl.col("cell").str.starts_with("partner "))
        found.append(of_waves.select(partner_id=pl.col("cell").str.strip_prefix("partner "), period_id="unit"))
    else:
        waves = frame.filter(family="needs").select(period_id="unit")
        found.append(rows.join(waves, on="period_id", how="semi").select(_OF))
    return pl.concat(found).unique()


def blank(rows: pl.DataFrame, table: str, where: pl.Expr) -> pl.DataFrame:
    """Return rows without their numbers where they are withheld."""
    here = where & ~pl.col("is_suppressed")
    return rows.with_columns(
        *(pl.when(~where).then(name).alias(name) for name in columns.values(table)),
        n_suppressed_reason=pl.when(here).then(pl.lit(linked.REASON)).otherwise("n_suppressed_reason"),
        is_suppressed=pl.col("is_suppressed") | where,
    )
