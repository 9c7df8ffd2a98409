"""The summary: key figures and the findings that matter most."""

from __future__ import annotations

from melflow.reports.context import Context
from melflow.reports.document import KeyFigure, KeyFigures, Paragraph, Section, Sentences
from melflow.reports.findings_flow import EVEN, main_flow, rows_held, share
from melflow.reports.findings_score import both_sides

#: It is made from what the other sections read.
TABLES = ()


def section(context: Context) -> Section:
    """Return the summary: key figures and the findings that matter most."""
    data = context.data
    now = data.table("pub_capability_score")
    health = data.table("pub_health_dyad")
    shares = [share(row).leans(EVEN) for row in main_flow(data).to_dicts() if row["share_ci_low"] is not None]
    held, received = rows_held(data)
    figures = (
        ("partners", now.drop_nulls("score")["partner_id"].n_unique(), now["partner_id"].n_unique()),
        ("both", both_sides(data).height, health["dyad_id"].n_unique()),
        ("even", shares.count("unclear"), len(shares)),
        ("held", held, received),
    )
    items = tuple(
        KeyFigure(context.count(x), context.say("of", y=context.count(y)), context.say(f"key.{key}"))
        for key, x, y in figures
    )
    lead = context.say("summary.lead", period=context.period)
    groups = tuple(
        Sentences(sentences, label=context.say(f"headline.{key}"))
        for key, sentences in context.findings.headlines.items()
        if sentences
    )
    return Section("headlines", context.say("section.headlines"), (Paragraph(lead), KeyFigures(items), *groups))
