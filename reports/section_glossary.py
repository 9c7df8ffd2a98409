"""The glossary: the words this edition uses, and no others, with what they mean."""

from __future__ import annotations

from collections.abc import Sequence

from melflow.reports.context import Context
from melflow.reports.document import Paragraph, Section
from melflow.reports.grid import grid

#: Word -> sections that use it when there is something in them; a word of no section is used by every edition.
TERMS: dict[str, frozenset[str]] = {
    "alliance": frozenset(),
    "partner": frozenset(),
    "pair": frozenset({"health", "flow", "dual", "power"}),
    "interval": frozenset({"capability", "health", "flow", "learning", "dual", "power", "expectations", "cycles",
                           "needs"}),
    "capability": frozenset({"capability"}),
    "level": frozenset({"capability"}),
    "health": frozenset({"health", "dual"}),
    "gap": frozenset({"health", "power"}),
    "mutuality": frozenset({"flow"}),
    "turning": frozenset({"flow"}),
    "claim": frozenset({"learning"}),
    "ladder": frozenset({"learning"}),
    "response": frozenset({"learning"}),
    "kappa": frozenset({"learning"}),
    "cycle": frozenset({"cycles"}),
    "baseline": frozenset({"results"}),
    "index": frozenset({"results", "dual"}),
    "quadrant": frozenset({"dual"}),
    "echo": frozenset({"dual"}),
    "association": frozenset({"dual"}),
    "concentration": frozenset({"power", "network"}),
    "expectation": frozenset({"expectations"}),
    "need": frozenset({"needs"}),
    "map": frozenset({"map"}),
    "member": frozenset({"members"}),
    "held": frozenset({"quality", "held"}),
    "suppressed": frozenset(),
    "restated": frozenset(),
    "edition": frozenset(),
}  # fmt: skip


def section(context: Context, sections: Sequence[Section]) -> Section:
    """Return the glossary of an edition.

    Args:
        context: Words and data.
        sections: The other sections; a blank one uses no word.
    """
    rows = [
        (context.say(f"term.{term}"), context.say(f"define.{term}"))
        for term in used(context, {one.key for one in sections if not one.is_blank})
    ]
    table = grid(context, "glossary", (("term", 1.6, False), ("definition", 5.0, False)), rows)
    return Section("glossary", context.say("section.glossary"), (Paragraph(context.say("glossary.lead")), table))


def used(context: Context, sections: set[str]) -> list[str]:
    """Return the words an edition with these sections uses, in the order of the list."""
    absent = set()
    if not context.data.n_suppressed:
        absent.add("suppressed")
    if context.restated.is_empty():
        absent.add("restated")
    return [term for term, where in TERMS.items() if term not in absent and (not where or where & sections)]
