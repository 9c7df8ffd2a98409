"""The summary: key figures and the findings that matter most."""

from __future__ import annotations

from melflow.reports.context import Context
from melflow.reports.document import KeyFigure, KeyFigures, Paragraph, Section, Sentences
from melflow.reports.findings_flow import EVEN, main_flow, rows_held, share
from melflow.reports.findings_score import both_sides
from melflow.reports.headlines import headline, results_met

#: It is made from what the other sections read.
TABLES = ()
#: Sections of whose numbers the summary has a group of sentences.
_GROUPED = frozenset({"capability", "health", "flow", "quality", "held"})


def section(context: Context) -> Section:
    """Return the summary: key figures and the findings that matter most."""
    data = context.data
    now = data.table("pub_capability_score")
    health = data.table("pub_health_dyad")
    shares = [share(row).leans(EVEN) for row in main_flow(data).to_dicts() if row["share_ci_low"] is not None]
    held, received = rows_held(data)
    met, judged = results_met(context) if "results" in context.sections else (0, 0)
    figures = (
        *([("results", met, judged)] if judged else []),
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
    others = (headline(context, key) for key in context.sections if key not in _GROUPED)
    one_each = tuple(said for said in others if said is not None)
    rest = (Sentences(one_each, label=context.say("headline.sections")),) if one_each else ()
    groups = tuple(
        Sentences(sentences, label=context.say(f"headline.{key}"))
        for key, sentences in context.findings.headlines.items()
        if sentences
    )
    blocks = (Paragraph(lead), KeyFigures(items), *rest, *groups)
    return Section("headlines", context.say("section.headlines"), blocks)
