"""The section on who is in, who comes and goes, and with what means."""

from __future__ import annotations

import polars as pl

from melflow.reports import charts_members, rounding, section_own
from melflow.reports.context import Context, Row
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences, Table
from melflow.reports.grid import grid, word
from melflow.reports.tells import tells
from melflow.reports.vector import draw

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_membership", "pub_turnover", "pub_funding", "pub_hours")


def section(context: Context) -> Section:
    """Return the section on membership and means."""
    kinds = context.data.table("pub_membership")
    sentences = (*_together(context, kinds), *_money(context), *_time(context))
    blocks: list[Block] = [Paragraph(context.say("members.lead")), Sentences(sentences)]
    blocks += [*section_own.money(context), _by_type(context, kinds), *_comings(context), _turnover(context)]
    return Section("members", context.say("section.members"), tuple(blocks), is_blank=kinds.is_empty())


def _together(context: Context, kinds: pl.DataFrame) -> list[str]:
    whole = kinds.filter(pl.col("type") == "all").to_dicts()
    if not whole:
        return [context.say("members.none", period=context.period)]
    row = whole[0]
    said = [context.say("members.kinds", n=row["n_partners"], kinds=row["n_types"], period=context.period)]
    if row["non_traditional_share"] is not None:
        interval = context.share_interval(row["non_traditional_ci_low"], row["non_traditional_ci_high"])
        said.append(context.say("members.new", share=context.percent(row["non_traditional_share"]), interval=interval))
    return said


def _money(context: Context) -> list[str]:
    said = []
    for row in context.data.table("pub_funding").to_dicts():
        if row["received"] is None:
            said.append(context.say("members.no_money", reason=context.why(row["reason"])))
            continue
        facts = {
            "n": row["n_funders"],
            "share": context.percent(row["top_share"]),
            "effective": rounding.number(row["effective_funders"], 1, context.language),
        }
        said.append(context.say("members.money", **facts))
        if row["months_of_runway"] is not None:
            months = rounding.number(row["months_of_runway"], 1, context.language)
            said.append(context.say("members.runway", months=months))
    return said


def _time(context: Context) -> list[str]:
    rows = context.data.table("pub_hours")
    short = rows.filter(pl.col("is_under_resourced"))
    if rows.is_empty():
        return []
    if short.is_empty():
        return [context.say("members.enough", n=rows.height)]
    names = ", ".join(context.partner(partner_id) for partner_id in short["partner_id"])
    return [context.say("members.short", n=short.height, of=rows.height, names=names)]


def _by_type(context: Context, kinds: pl.DataFrame) -> Table:
    head = (("type", 2.5, False), ("members", 1.0, True), ("share_of_members", 1.2, True), ("leads", 1.0, True),
            ("share_of_leads", 1.2, True), ("ratio", 1.0, True))  # fmt: skip

    def cells(row: Row) -> tuple[str, ...]:
        ratio = rounding.NOTHING if row["representation_ratio"] is None else rounding.number(
            row["representation_ratio"], 1, context.language
        )  # fmt: skip
        shares = (context.percent(row["member_share"]), context.percent(row["lead_share"]))
        counts = (context.count(row["n_partners"]), context.count(row["n_lead_roles"]))
        return (word(context, "type", row["type"]), counts[0], shares[0], counts[1], shares[1], ratio)

    rows = kinds.filter(pl.col("type") != "all", pl.col("n_partners") + pl.col("n_lead_roles") > 0)
    return grid(context, "members", head, [cells(row) for row in rows.to_dicts()])


def _kept(context: Context) -> list[Row]:
    """Return comings and goings of the whole alliance: organisations, then people, the oldest period first."""
    rows = context.data.table("pub_turnover", all_periods=True).filter(pl.col("grouped_by") == "all")
    places = {period.period_id: place for place, period in enumerate(context.data.periods)}
    return sorted(rows.to_dicts(), key=lambda row: (row["entity_kind"], places.get(row["period_id"], -1)))


def _comings(context: Context) -> list[Figure]:
    """Return a chart of comings and goings for organisations, and one for people."""
    labels = {period.period_id: period.label for period in context.data.periods}
    titles = (context.say("col.left"), context.say("col.came"))
    found: dict[str, list[Row]] = {}
    for row in _kept(context):
        found.setdefault(row["entity_kind"], []).append(row)
    figures = []
    for kind, rows in found.items():
        drawn = [_coming(context, row, str(labels.get(row["period_id"], row["period_id"]))) for row in rows]
        text = context.say(
            "figure.turnover.alt", rows=context.joined(row["tells"].replace("\n", ": ") for row in drawn)
        )
        title = context.say("figure.turnover", who=word(context, "entity", kind))
        chart = charts_members.comings(drawn, [row["label"] for row in drawn], titles, context.suppressed)
        figures.append(draw(chart, f"turnover-{kind}", title, text, context.say("figure.turnover.note")))
    return figures


def _coming(context: Context, row: Row, label: str) -> Row:
    came, left = row["n_joined"], row["n_left"]
    known = {key: "" if one is None else context.count(one) for key, one in (("came", came), ("left", left))}
    stayed = row["retained"]
    words = "" if stayed is None else context.say("figure.turnover.stayed", share=context.percent(stayed))
    told = context.say("tells.turnover", **known)
    said = context.suppressed if row["is_suppressed"] else context.joined(filter(None, (told, words)))
    return {"label": label, "came": came, "minus_left": None if left is None else -left, "label_came": known["came"],
            "label_left": known["left"], "words": words, "hidden": row["is_suppressed"], "tells": tells(label, said),
            }  # fmt: skip


def _turnover(context: Context) -> Table:
    head = (("period", 1.6, False), ("who", 1.4, False), ("at_start", 0.9, True), ("came", 0.8, True),
            ("left", 0.8, True), ("with_heir", 1.2, True), ("retained", 1.0, True), ("why", 2.6, False))  # fmt: skip
    labels = {period.period_id: period.label for period in context.data.periods}

    def cells(row: Row) -> tuple[str, ...]:
        label = str(labels.get(row["period_id"], row["period_id"]))
        key = (label, word(context, "entity", row["entity_kind"]))
        if row["is_suppressed"]:
            return (*key, context.suppressed)
        counts = (context.count(row[name]) for name in ("n_start", "n_joined", "n_left", "n_left_with_successor"))
        return (*key, *counts, context.percent(row["retained"]), _why(context, row["leaving_reasons"]))

    return grid(context, "turnover", head, [cells(row) for row in _kept(context)])


def _why(context: Context, counted: str | None) -> str:
    """Return coded reasons with their number, such as "funding 1, moved_on 3", in words."""
    reasons = [one.rpartition(" ") for one in (counted or "").split(", ") if one]
    said = (context.say("leaving.told", reason=word(context, "leaving", name), n=n) for name, _, n in reasons)
    return ", ".join(said) or rounding.NOTHING
