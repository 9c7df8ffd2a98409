"""Two reports of one exchange, one by each side: which belong together."""

from __future__ import annotations

import polars as pl

#: What two reports of one exchange agree on.
SAME = ("from_partner_id", "to_partner_id", "kind", "unit")
MATCH = {"giver_row_id": pl.String, "receiver_row_id": pl.String, "days_apart": pl.Int64}
_REPORT = ("row_id", "exchange_id", "meeting_id", "quantity")


def match_reports(reports: pl.DataFrame, days: int, share: float) -> pl.DataFrame:
    """Return the pairs of reports that are about the same exchange, each report in one pair at most.

    Two reports may belong together when one is the giver's and one the receiver's, they agree on ``SAME``, lie at most
    ``days`` days apart, and the smaller quantity is at least ``share`` of the larger. Of these the closest are taken
    first: those of one meeting, then by days, by quantity, and by ids, which do not depend on what came first nor on
    who gave. No two reports that would both rather have each other end up apart.

    Args:
        reports: ``row_id``, ``exchange_id``, ``meeting_id``, ``is_givers`` (else the receiver's), ``occurred_on``,
            ``quantity`` and ``SAME``.
        days: Largest difference of the dates.
        share: Smallest share of the larger quantity that the smaller one may be, above 0, at most 1.

    Returns:
        Columns ``MATCH``, sorted.
    """
    ordered = _candidates(reports, days, share).sort(
        "is_other_meeting", "days_apart", "unlike", "first_id", "second_id"
    )
    taken: set[str] = set()
    pairs = []
    for pair in ordered.select(*MATCH).iter_rows():
        if taken.isdisjoint(pair[:2]):
            taken.update(pair[:2])
            pairs.append(pair)
    return pl.DataFrame(pairs, schema=MATCH, orient="row").sort("giver_row_id")


def _candidates(reports: pl.DataFrame, days: int, share: float) -> pl.DataFrame:
    """Return every pair that may belong together, and how close it is."""
    givers = reports.filter(pl.col("is_givers")).select(*_REPORT, *SAME, on="occurred_on")
    offsets = pl.DataFrame({"offset": range(-days, days + 1)}, schema={"offset": pl.Int64})
    receivers = reports.filter(~pl.col("is_givers")).join(offsets, how="cross")
    receivers = receivers.with_columns(on=pl.col("occurred_on") + pl.duration(days="offset"))
    both = givers.join(receivers, on=[*SAME, "on"], suffix="_2")
    low, high = pl.min_horizontal("quantity", "quantity_2"), pl.max_horizontal("quantity", "quantity_2")
    ids = "exchange_id", "exchange_id_2"
    return both.filter(low >= share * high).select(
        pl.col("row_id").alias("giver_row_id"),
        pl.col("row_id_2").alias("receiver_row_id"),
        pl.col("offset").abs().alias("days_apart"),
        (1 - low / high).alias("unlike"),
        pl.col("meeting_id").eq(pl.col("meeting_id_2")).fill_null(False).not_().alias("is_other_meeting"),
        pl.min_horizontal(*ids).alias("first_id"),
        pl.max_horizontal(*ids).alias("second_id"),
    )
