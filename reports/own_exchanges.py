"""How much was exchanged in the audience's own periods: counts of pairs that may be shown, added up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from melflow.reports.context import Context
from melflow.reports.own_periods import Window, windows


@dataclass(frozen=True)
class Exchanged:
    """What the pairs shown gave each other in a window.

    Attributes:
        measure: events, hours or documents.
        total: Both directions of all pairs, in the measure; None where the reason says why.
        n_pairs: Pairs with an exchange.
    """

    measure: str
    window: Window
    total: float | None = None
    n_pairs: int | None = None
    reason: str = ""


def exchanged(context: Context) -> Iterator[Exchanged]:
    """Yield every measure in each of the audience's periods; nothing when it counts in the alliance's."""
    if not context.frame.has_own_periods:
        return
    rows = context.data.table("pub_mutuality_dyad", all_periods=True).filter(pl.col("channel") == "all")
    for measure in sorted(set(rows["measure"])):
        mine = rows.filter(pl.col("measure") == measure)
        for span in windows(context):
            yield _of(context, mine.filter(pl.col("period_id").is_in(span.period_ids)), measure, span)


def _of(context: Context, rows: pl.DataFrame, measure: str, span: Window) -> Exchanged:
    if span.reason:
        return Exchanged(measure, span, reason=span.reason)
    labels = {period.period_id: period.label for period in context.data.periods}
    silent = [labels[key] for key in span.period_ids if key not in rows["period_id"]]
    if silent:  # a log that did not come is not a period without exchange
        return Exchanged(measure, span, reason=context.say("own.silent", periods=", ".join(silent)))
    hidden = rows["flow_total"].null_count()
    if hidden:
        return Exchanged(measure, span, reason=context.say("own.hidden", n=hidden))
    pairs = rows.filter(pl.col("flow_total") > 0)["dyad_id"].n_unique()
    return Exchanged(measure, span, float(rows["flow_total"].sum()), pairs)
