"""Findings on needs: what is missing most, how sure its place is, and whether countries agree."""

from __future__ import annotations

import polars as pl

from melflow.reports import rounding
from melflow.reports.context import Context, Row

_CLEAR = 0.05  # p value from which countries are not said to agree


def latest(context: Context) -> list[Row]:
    """Return the alliance's needs of the latest wave with published numbers, in order of what is missing."""
    rows = context.data.table("pub_needs_baseline", all_periods=True)
    rows = rows.filter(pl.col("scope") == "alliance").drop_nulls("gap")
    waves = [period.period_id for period in context.data.periods if period.period_id in set(rows["period_id"])]
    if not waves:
        return []
    return rows.filter(pl.col("period_id") == waves[-1]).sort("rank", "topic").to_dicts()


def wave(context: Context, row: Row) -> str:
    """Return the label of a row's period."""
    return next(period.label for period in context.data.periods if period.period_id == row["period_id"])


def needs(context: Context, rows: list[Row]) -> tuple[str, ...]:
    """Return the sentences; a first place is called sure only where the ranks' intervals say so."""
    if not rows:
        return (context.say("needs.none", period=context.period),)
    first, said = rows[0], []
    partners = max(row["n_partners"] for row in rows)
    people = context.count(max(row["n_respondents"] for row in rows))
    said.append(context.say("needs.answered", wave=wave(context, first), n=people, partners=partners))
    if first["frozen_on"] is not None:
        said.append(context.say("needs.frozen", date=rounding.date(first["frozen_on"], context.language)))
    points = {name: context.points(first[name]) for name in ("importance", "current")}
    gap, ci = context.points(first["gap"]), context.interval(first["gap_ci_low"], first["gap_ci_high"])
    said.append(context.say("needs.first", topic=context.construct(first["topic"]), gap=gap, ci=ci, **points))
    if first["rank_high"] is not None:
        others = [context.construct(row["topic"]) for row in rows[1:] if row["rank_low"] == 1]
        key = "needs.first.unsure" if others or first["rank_high"] > 1 else "needs.first.sure"
        said.append(context.say(key, others=", ".join(others) or "-"))
    if first["kendall_w"] is not None:
        key = "needs.agree" if first["kendall_p"] < _CLEAR else "needs.agree.unclear"
        numbers = {"w": rounding.number(first["kendall_w"], 2, context.language)}
        numbers["p"] = rounding.number(first["kendall_p"], 3, context.language)
        said.append(context.say(key, n=first["n_countries"], **numbers))
    return tuple(said)
