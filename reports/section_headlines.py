"""The summary: key figures and the findings that matter most."""

from __future__ import annotations

from melflow.reports.context import Context
from melflow.reports.document import KeyFigure, KeyFigures, Paragraph, Section, Sentences
from melflow.reports.findings_flow import EVEN, main_flow, rows_held, share
from melflow.reports.findings_score import both_sides
from melflow.reports.headlines import headline, results_met

#: It is made from what the other sections read.
TABLES = ()
#: Sections of whose numbers the summary has a group of sentences -> the group.
_GROUPS = {"capability": "capability", "health": "health", "flow": "flow", "quality": "quality", "held": "quality"}
#: Sections that sum others up or explain.
_WITHOUT = frozenset({"headlines", "changes", "method", "glossary"})


def section(context: Context) -> Section:
    """Return the summary of the chosen sections; where no other was chosen, of all that have a group."""
    chosen = context.sections if set(context.sections) - _WITHOUT else (*context.sections, *_GROUPS)
    others = (headline(context, key) for key in context.sections if key not in _GROUPS)
    one_each = tuple(said for said in others if said is not None)
    rest = (Sentences(one_each, label=context.say("headline.sections")),) if one_each else ()
    spoken = {_GROUPS[key] for key in chosen if key in _GROUPS}
    groups = tuple(
        Sentences(sentences, label=context.say(f"headline.{key}"))
        for key, sentences in context.findings.headlines.items()
        if sentences and key in spoken
    )
    items = tuple(
        KeyFigure(context.count(x), context.say("of", y=context.count(y)), context.say(f"key.{key}"))
        for key, x, y in _figures(context, {*spoken, *chosen})
    )
    key_figures = (KeyFigures(items),) if items else ()
    blocks = (Paragraph(context.say("summary.lead", period=context.period)), *key_figures, *rest, *groups)
    return Section("headlines", context.say("section.headlines"), blocks)


def _figures(context: Context, spoken: set[str]) -> list[tuple[str, int, int]]:
    """Return the key figures of what the summary speaks of: name, how many, of how many."""
    figures = []
    met, judged = results_met(context)
    if "results" in spoken and judged:
        figures.append(("results", met, judged))
    if "capability" in spoken:
        now = context.data.table("pub_capability_score")
        if context.data.is_own:
            figures.append(("scores", now["score"].count(), now.height))
        else:
            figures.append(("partners", now.drop_nulls("score")["partner_id"].n_unique(), now["partner_id"].n_unique()))
    if "health" in spoken:
        pairs = context.data.table("pub_health_dyad")["dyad_id"].n_unique()
        figures.append(("both", both_sides(context.data).height, pairs))
    if "flow" in spoken:
        shares = [
            share(row).leans(EVEN) for row in main_flow(context.data).to_dicts() if row["share_ci_low"] is not None
        ]
        figures.append(("even", shares.count("unclear"), len(shares)))
    if "quality" in spoken:
        figures.append(("held", *rows_held(context.data)))
    return figures
