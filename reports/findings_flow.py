"""Findings about the two-way flow, the quality of the data and what is withheld."""

from __future__ import annotations

from typing import Any

import polars as pl

from melflow.reports import columns, rounding
from melflow.reports.edition_data import UNKNOWN, EditionData
from melflow.reports.intervals import Interval, percent_interval
from melflow.reports.phrases import counted, say

Row = dict[str, Any]
EVEN = 0.5
#: Measures by preference: only counted events carry an interval (F18).
MEASURES = ("events", "documents", "hours")
ALL_CHANNELS = "all"


def main_measure(data: EditionData) -> str:
    """Return the first measure in which anything is logged."""
    there = set(data.table("pub_mutuality_dyad", all_periods=True).filter(pl.col("channel") == ALL_CHANNELS)["measure"])
    return next((name for name in MEASURES if name in there), MEASURES[0])


def main_flow(data: EditionData, *, all_periods: bool = False) -> pl.DataFrame:
    """Return the flow of all channels together in the first measure that is there, one row per dyad and period."""
    rows = data.table("pub_mutuality_dyad", all_periods=True).filter(pl.col("channel") == ALL_CHANNELS)
    rows = rows.filter(pl.col("measure") == main_measure(data))
    return rows if all_periods else rows.filter(pl.col("period_id") == data.period.period_id)


def share(row: Row) -> Interval:
    """Return the interval of side A's share."""
    return Interval(row["share_ci_low"], row["share_ci_high"])


def turnings(data: EditionData) -> dict[str, Row]:
    """Return dyad id -> the row of its last period with a flow, up to the edition's; what is withheld is left out."""
    rows = data.table("pub_mutuality_turning", all_periods=True).filter(
        ~pl.col("is_suppressed"), measure=main_measure(data)
    )
    order = {period.period_id: number for number, period in enumerate(data.periods)}
    return {row["dyad_id"]: row for row in sorted(rows.to_dicts(), key=lambda row: order[row["period_id"]])}


def mutual_since(row: Row | None) -> str | None:
    """Return the period since which a flow is mutual; None when it never was one-way, or became so again."""
    return row["turning_period_id"] if row and row["stayed_mutual"] else None


def trajectories(data: EditionData) -> dict[str, list[Row]]:
    """Return each dyad's published flows with an interval, in the order of the periods."""
    order = {period.period_id: number for number, period in enumerate(data.periods)}
    rows = main_flow(data, all_periods=True).filter(pl.col("share_ci_low").is_not_null()).to_dicts()
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["dyad_id"], order[row["period_id"]])):
        found.setdefault(row["dyad_id"], []).append(row)
    return found


def flow(data: EditionData, language: str) -> list[str]:
    """Return the findings on two-way flow: the balance now, then the partnerships that turned or left balance."""
    now = main_flow(data).filter(pl.col("flow_total") > 0)
    if now.is_empty():
        return [say(language, "flow.none", period=data.period.label)]
    measure = say(language, f"measure.{now['measure'][0]}")
    ways = [share(row).leans(EVEN) for row in now.to_dicts() if row["share_ci_low"] is not None]
    one_way = sum(way != "unclear" for way in ways)
    facts = {"measure": measure, "period": data.period.label}
    if len(ways) == 1:
        verdict = say(language, "flow.verdict.one_way" if one_way else "flow.verdict.even")
        sentences = [say(language, "flow.balance.single", verdict=verdict, **facts)]
    else:
        parts = counted(language, "flow.part", {"one_way": one_way, "even": len(ways) - one_way})
        sentences = [say(language, "flow.balance", n=len(ways), parts=parts, **facts)]
    turned = turnings(data)
    for dyad_id, rows in trajectories(data).items():
        sentence = _trajectory(data, language, dyad_id, rows, measure, mutual_since(turned.get(dyad_id)))
        if sentence:
            sentences.append(sentence)
    return sentences


def _trajectory(
    data: EditionData, language: str, dyad_id: str, rows: list[Row], measure: str, turned: str | None
) -> str | None:
    """Return what happened to one dyad's balance, when the intervals carry it and it reaches into this period."""
    if len(rows) < 2 or rows[-1]["period_id"] != data.period.period_id:
        return None
    shares = [share(row) for row in rows]
    first, last = shares[0].leans(EVEN), shares[-1].leans(EVEN)
    if shares[-1].against(shares[0]) == "unclear" or first == last:
        return None
    key = "flow.left" if first == "unclear" else "flow.reversed"
    if last == "unclear":
        key = "flow.turned" if turned else "flow.evened"
    by_a = (last if key == "flow.left" else first) == "higher"
    names = data.dyad_names(dyad_id) if by_a else data.dyad_names(dyad_id)[::-1]
    labels = {period.period_id: period.label for period in data.periods}
    before, after = (_given(row, by_a=by_a) for row in (rows[0], rows[-1]))
    return say(
        language,
        key,
        giver=names[0],
        other=names[1],
        measure=measure,
        before=rounding.percent(before[0], language),
        before_ci=percent_interval(before[1], before[2], language),
        after=rounding.percent(after[0], language),
        after_ci=percent_interval(after[1], after[2], language),
        first=labels[rows[0]["period_id"]],
        last=labels[rows[-1]["period_id"]],
        since=labels.get(turned or ""),
    )


def _given(row: Row, *, by_a: bool) -> tuple[float, float, float]:
    """Return share and interval given by one side."""
    share_a, low, high = row["share_a"], row["share_ci_low"], row["share_ci_high"]
    return (share_a, low, high) if by_a else (1 - share_a, 1 - high, 1 - low)


def rows_held(data: EditionData) -> tuple[int, int]:
    """Return rows held and rows received in the period, over all partners and sources that may be shown."""
    quality_rows = data.table("pub_data_quality")
    return int(quality_rows["rows_held"].sum() or 0), int(quality_rows["rows_received"].sum() or 0)


def quality(data: EditionData, language: str) -> list[str]:
    """Return the findings on data quality: rows held, and partners of which most came late."""
    held, received = rows_held(data)
    period = data.period.label
    if not received:
        return [say(language, "quality.none", period=period)]
    facts = {"n": rounding.number(held, 0, language), "m": rounding.number(received, 0, language), "period": period}
    key = "quality.held" if held else "quality.clean"
    sentences = [say(language, key, share=rounding.small_percent(held / received, language), **facts)]
    answers = int(data.table("pub_data_quality")["cells_held"].sum() or 0)
    if answers:
        sentences.append(say(language, "quality.answers", count=answers, n=answers))
    late = data.table("pub_data_quality").filter(pl.col("on_time_share") < EVEN)
    everything = data.table("pub_data_quality", all_periods=True)
    undated = everything.filter(pl.col("period_id") == UNKNOWN)
    repeated = int(everything["duplicates"].sum() or 0)
    unread = int((undated["rows_received"] - undated["duplicates"].fill_null(0)).sum() or 0)
    if unread:
        n, m = (rounding.number(count, 0, language) for count in (int(undated["rows_held"].sum()), unread))
        sentences.append(say(language, "quality.undated", n=n, m=m))
    if repeated:
        sentences.append(say(language, "quality.repeated", n=rounding.number(repeated, 0, language)))
    names = sorted({data.partner(partner_id) for partner_id in late["partner_id"].drop_nulls()})
    if names:
        sentences.append(say(language, "quality.late", period=period, partners=", ".join(names)))
    return sentences


def suppressed(data: EditionData, language: str, min_n: int) -> str:
    """Return how much of the period is withheld and why."""
    total = sum(data.table(name).height for name in columns.TABLES)
    hidden = data.n_suppressed - data.n_held
    if not hidden and data.n_held:
        return say(language, "suppressed.held", count=data.n_held)
    if not hidden:
        return say(language, "suppressed.none", min_n=min_n)
    return say(language, "suppressed.some", n=hidden, m=rounding.number(total, 0, language), min_n=min_n)
