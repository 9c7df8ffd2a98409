"""From numbers to a document: the sections in the report's order, with the head of each, and the annex."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from melflow.reports import rounding, section_dual, section_glossary, table_turning, tables
from melflow.reports.context import Context
from melflow.reports.document import Document, Paragraph, Section, Table
from melflow.reports.frozen import Frozen
from melflow.reports.headlines import headline
from melflow.reports.section_method import facts
from melflow.reports.sections import SECTIONS

GLOSSARY = "glossary"
_WORDS = ("contents", "figure", "table", "page", "skip", "held_back", "suppressed")
_ANNEX: dict[str, tuple[Callable[[Context], Table], ...]] = {
    "capability": (tables.capability, tables.change),
    "health": (tables.overall, tables.health),
    "flow": (tables.flow, table_turning.table),
    "dual": (section_dual.lags,),
    "quality": (tables.quality,),
}


def sections(context: Context, wanted: tuple[str, ...]) -> tuple[Section, ...]:
    """Return the sections the report asks for, in its order, with their tables as an annex."""
    context = replace(context, sections=wanted)
    parts = [_headed(context, SECTIONS[key].section(context)) for key in wanted if key != GLOSSARY]
    if GLOSSARY in wanted:  # of the words the others use, at its own place
        parts.insert(wanted.index(GLOSSARY), _headed(context, section_glossary.section(context, parts)))
    annex = tuple(table(context) for key in wanted for table in _ANNEX.get(key, ()))
    if annex:
        parts.append(Section("annex", context.say("section.annex"), annex))
    return tuple(parts)


def _headed(context: Context, section: Section) -> Section:
    """Return a section with its question and its headline before all else; a blank one says itself that it is blank."""
    question = Paragraph(context.say(f"question.{section.key}"), "question")
    said = None if section.is_blank else headline(context, section.key)
    head = (question,) if said is None else (question, Paragraph(said, "headline"))
    return replace(section, blocks=(*head, *section.blocks))


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
