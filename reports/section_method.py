"""The section on method: how the numbers are made, by the numbers of their formulas, and what from."""

from __future__ import annotations

from melflow.reports import rounding
from melflow.reports.context import Context
from melflow.reports.document import Paragraph, Section, Table

TABLES = ()
FORMULAS = (
    "F1", "F2", "F3", "F7", "F8", "F10", "F12", "F13", "F15", "F17", "F18", "F19", "F20", "F21", "F22", "F23", "F26",
    "F27", "F29", "F30", "F31", "F32", "F33", "F34", "F35", "F37", "F38", "F40",
)  # fmt: skip


def section(context: Context) -> Section:
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
