"""Findings on learning cycles: counts with their intervals, and medians that keep what is still open."""

from __future__ import annotations

import polars as pl

from melflow.reports.context import Context, Row


def _alliance(context: Context, table: str) -> Row | None:
    rows = context.data.table(table).filter(pl.col("scope") == "alliance").to_dicts()
    return rows[0] if rows else None


def cycles(context: Context) -> tuple[str, ...]:
    """Return the sentences; nothing is said about what nobody wrote down."""
    row, said = _alliance(context, "pub_cycle_summary"), []
    if row is None or not row["n_cycles"]:
        return (context.say("cycles.none"),)
    said.append(context.say("cycles.count", n=row["n_cycles"], open=row["n_open"]))
    if row["n_due"]:
        ci = context.share_interval(row["on_time_ci_low"], row["on_time_ci_high"])
        said.append(context.say("cycles.on_time", n=row["n_on_time"], of=row["n_due"], ci=ci))
    if row["median_cycle_days"] is not None:
        said.append(context.say("cycles.median", days=context.count(row["median_cycle_days"])))
    if row["n_questions"]:
        mean = context.count(row["mean_partners_per_question"])
        said.append(context.say("cycles.questions", n=row["questions_answered"], of=row["n_questions"],
                                linked=row["n_linked"], mean=mean))  # fmt: skip
    if row["n_solved_known"]:
        said.append(context.say("cycles.problems", n=row["n_solved"], of=row["n_solved_known"]))
    return (*said, *_adaptation(context))


def _adaptation(context: Context) -> tuple[str, ...]:
    row = _alliance(context, "pub_adaptation")
    if row is None or not row["n_insights"]:
        return ()
    ci = context.share_interval(row["acted_ci_low"], row["acted_ci_high"])
    acted = context.say("adaptation.acted", n=row["n_acted"], of=row["n_insights"], ci=ci)
    if row["median_latency_days"] is None:
        return (acted, context.say("adaptation.waiting", n=row["n_open"]))
    days = context.count(row["median_latency_days"])
    return (acted, context.say("adaptation.median", days=days, n=row["n_open"]))
