"""Findings on learning: how far it got, what was adapted, what nobody had planned, how others responded."""

from __future__ import annotations

import polars as pl

from melflow.reports import rounding
from melflow.reports.context import Context, Row
from melflow.reports.intervals import Interval

RUNGS = range(8)


def use(context: Context) -> Row | None:
    """Return the alliance's row over all levels and capabilities; none where no claim can be published."""
    rows = context.data.table("pub_learning_use").filter(pl.col("scope") == "alliance")
    rows = rows.filter(pl.col("level") == "all", pl.col("capability") == "all")
    found = rows.filter(pl.col("claims") > 0).to_dicts()
    return found[0] if found else None


def reached(row: Row, rung: int) -> int:
    """Return the claims at a rung or above."""
    return sum(row[f"n_rung{one}"] or 0 for one in RUNGS if one >= rung)


def net(context: Context, row: Row) -> str:
    """Return the net response in points of a hundred with its interval."""
    low, high = row["net_response_ci_low"], row["net_response_ci_high"]
    value = rounding.difference(100 * row["net_response"], context.language)
    if low is None or high is None:
        return value
    return context.say("learning.net", net=value, ci=context.interval(100 * low, 100 * high))


def learning(context: Context, row: Row | None) -> tuple[str, ...]:
    """Return the sentences; a direction is named only where its interval leaves out zero."""
    said = [context.say("learning.none", period=context.period)] if row is None else _used(context, row)
    return (*said, *_told(context), *_answered(context))


def _used(context: Context, row: Row) -> list[str]:
    said = [context.say("learning.claims", n=row["claims"], period=context.period, partners=row["n_partners"],
                        applied=reached(row, 6), bare=row["n_unevidenced"])]  # fmt: skip
    if row["n_used"]:
        ci = context.share_interval(row["adapted_ci_low"], row["adapted_ci_high"])
        as_is = row["n_used"] - row["n_adapted"]
        said.append(context.say("learning.adapted", n=row["n_adapted"], of=row["n_used"], as_is=as_is, ci=ci))
    if row["n_anticipation_known"]:
        ci = context.share_interval(row["unanticipated_ci_low"], row["unanticipated_ci_high"])
        known = row["n_anticipation_known"]
        said.append(context.say("learning.unexpected", n=row["n_unanticipated"], of=known, ci=ci))
    waves = [
        context.say("learning.wave", months=wave, share=context.percent(row[f"applied_by_{wave}m"]),
                    asked=row[f"n_followed_{wave}m"], due=row[f"n_due_{wave}m"])
        for wave in (3, 6, 12)
        if row[f"applied_by_{wave}m"] is not None
    ]  # fmt: skip
    if waves:
        said.append(context.say("learning.waves", waves=context.joined(waves)))
    if row["n_partners_absorbed"] is not None:
        said.append(context.say("learning.absorbed", n=row["n_partners_absorbed"], of=row["n_partners"]))
    return said


def _told(context: Context) -> list[str]:
    rows = context.data.table("pub_story_count")
    whole = rows.filter(pl.col("direction") == "all").drop_nulls("n_stories").to_dicts()
    if not whole:
        return []
    ways = ", ".join(
        context.say(f"story.{row['direction']}", n=row["n_stories"])
        for row in rows.filter(pl.col("direction") != "all").drop_nulls("n_stories").to_dicts()
    )
    row = whole[0]
    said = [context.say("learning.stories", n=row["n_stories"], ways=ways, verified=row["n_verified"])]
    if row["n_anticipation_known"]:
        facts = {"n": row["n_unanticipated"], "of": row["n_anticipation_known"]}
        said.append(context.say("learning.stories.unplanned", **facts))
    return said


def _answered(context: Context) -> list[str]:
    rows = context.data.table("pub_actor_response").filter(pl.col("actor_level") == "all")
    return [
        context.say(f"learning.response.{_leaning(row)}", n=row["n_responses"], net=net(context, row))
        for row in rows.drop_nulls("net_response").to_dicts()
    ]


def _leaning(row: Row) -> str:
    return Interval(row["net_response_ci_low"], row["net_response_ci_high"]).leans(0)
