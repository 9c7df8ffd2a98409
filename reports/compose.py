"""From numbers to a document: summary, sections, method note and annex, in the report's order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from melflow.reports import (
    rounding,
    section_capability,
    section_changes,
    section_cycles,
    section_dual,
    section_flow,
    section_glossary,
    section_health,
    section_learning,
    section_map,
    section_members,
    section_needs,
    section_network,
    section_officer,
    section_power,
    section_results,
    tables,
    turning,
)
from melflow.reports.context import Context
from melflow.reports.document import (
    Document,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Section,
    Sentences,
    Table,
)
from melflow.reports.findings_flow import EVEN, main_flow, rows_held, share
from melflow.reports.findings_score import both_sides
from melflow.reports.frozen import Frozen
from melflow.reports.headlines import headline

FORMULAS = (
    "F1", "F2", "F3", "F7", "F8", "F10", "F12", "F13", "F15", "F17", "F18", "F19", "F20", "F21", "F22", "F23", "F26",
    "F27", "F29", "F30", "F31", "F32", "F33", "F34", "F35", "F37", "F38", "F40",
)  # fmt: skip
GLOSSARY = "glossary"
_WORDS = ("contents", "figure", "table", "page", "skip", "held_back", "suppressed")


def headlines(context: Context) -> Section:
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


def method(context: Context) -> Section:
    """Return how the numbers are made, with the numbers of their formulas, and what they were made from."""
    formulas = Table(
        title=context.say("table.formulas"),
        columns=(context.say("col.formula"), context.say("col.meaning")),
        widths=(0.5, 6),
        numeric=(False, False),
        rows=tuple((number, context.say(f"formula.{number}", min_n=context.min_n)) for number in FORMULAS),
    )
    keys = ("method.lead", "method.claims", "method.levels")
    paragraphs = tuple(Paragraph(context.say(key)) for key in keys)
    made_from = Table(
        title=context.say("table.facts"),
        columns=(context.say("col.fact"), context.say("col.value")),
        widths=(1.6, 4.9),
        numeric=(False, False),
        rows=facts(context),
    )
    return Section("method", context.say("section.method"), (*paragraphs, formulas, made_from))


SECTIONS: dict[str, Callable[[Context], Section]] = {
    "headlines": headlines,
    "capability": section_capability.capability,
    "health": section_health.health,
    "flow": section_flow.flow,
    "network": section_network.section,
    "learning": section_learning.section,
    "cycles": section_cycles.section,
    "needs": section_needs.section,
    "map": section_map.section,
    "power": section_power.power,
    "expectations": section_power.expectations,
    "results": section_results.results,
    "dual": section_dual.dual,
    "members": section_members.members,
    "quality": section_flow.quality,
    "coverage": section_officer.coverage,
    "held": section_officer.held,
    "changes": section_changes.section,
    "method": method,
}
_ANNEX: dict[str, tuple[Callable[[Context], Table], ...]] = {
    "capability": (tables.capability, tables.change),
    "health": (tables.overall, tables.health),
    "flow": (tables.flow, turning.table),
    "quality": (tables.quality,),
}


def sections(context: Context, wanted: tuple[str, ...]) -> tuple[Section, ...]:
    """Return the sections the report asks for, in its order, with their tables as an annex."""
    parts = [_headed(context, SECTIONS[key](context)) for key in wanted if key != GLOSSARY]
    if GLOSSARY in wanted:  # of the words the others use, at its own place
        parts.insert(wanted.index(GLOSSARY), section_glossary.section(context, parts))
    annex = tuple(table(context) for key in wanted for table in _ANNEX.get(key, ()))
    if annex:
        parts.append(Section("annex", context.say("section.annex"), annex))
    return tuple(parts)


def _headed(context: Context, section: Section) -> Section:
    """Return a section with its headline before everything else; a blank one says itself that nothing is there."""
    said = None if section.is_blank else headline(context, section.key)
    return section if said is None else replace(section, blocks=(Paragraph(said, "headline"), *section.blocks))


def facts(context: Context) -> tuple[tuple[str, str], ...]:
    """Return label and value of what the edition was made from."""
    info, say = context.data.info, context.say
    values = (
        ("period", context.period),
        ("as_of", rounding.date(info.as_of, context.language)),
        ("release", info.release_id),
        ("created", rounding.date(info.created_at.date(), context.language)),
        ("config", info.config_hash),
        ("load", info.load_id),
        ("code", info.code_version),
        ("min_n", say("fact.min_n.value", min_n=context.min_n)),
    )
    return tuple((say(f"fact.{key}"), value) for key, value in values if value)


def _audience(context: Context, frozen: Frozen) -> str:
    if frozen.partner is not None:
        return context.partner(frozen.partner)
    return context.say(f"audience.{frozen.audience}")


def document(context: Context, frozen: Frozen, parts: tuple[Section, ...], warnings: tuple[str, ...]) -> Document:
    """Return the document to draw.

    Args:
        context: Data and words.
        frozen: Title, audience, and what the alliance says of itself.
        parts: Sections, as ``sections`` made them.
        warnings: Why the gate holds the edition back; empty when it goes out.
    """
    info, say = context.data.info, context.say
    as_of = rounding.date(info.as_of, context.language)
    return Document(
        title=frozen.title.get(context.language) or next(iter(frozen.title.values())),
        alliance=info.alliance_name,
        description=frozen.description,
        period=context.period,
        audience=say("prepared_for", audience=_audience(context, frozen)),
        language=context.language,
        words={key: say(key) for key in _WORDS},
        facts=facts(context),
        footer=f"{info.release_id}  ·  {say('as_of', date=as_of)}",
        sections=parts,
        warnings=warnings,
    )
