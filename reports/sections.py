"""The sections a report can name, one file each: the question it answers, what it reads, its charts, tables and words.

The question is the phrase ``question.<section>``; ``compose`` puts it below the title.
"""

from __future__ import annotations

from typing import Protocol

from melflow.reports import (
    section_capability,
    section_changes,
    section_coverage,
    section_cycles,
    section_dual,
    section_expectations,
    section_flow,
    section_headlines,
    section_health,
    section_held,
    section_learning,
    section_map,
    section_members,
    section_method,
    section_needs,
    section_network,
    section_power,
    section_quality,
    section_results,
)
from melflow.reports.context import Context
from melflow.reports.document import Section


class SectionFile(Protocol):
    """What the file of a section has."""

    @property
    def TABLES(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """Published tables it reads, in the order of the workbook."""

    def section(self, context: Context) -> Section:
        """Return the section."""


#: Every section but the glossary, which is made from the others.
SECTIONS: dict[str, SectionFile] = {
    "headlines": section_headlines,
    "capability": section_capability,
    "health": section_health,
    "flow": section_flow,
    "network": section_network,
    "learning": section_learning,
    "cycles": section_cycles,
    "needs": section_needs,
    "map": section_map,
    "power": section_power,
    "expectations": section_expectations,
    "results": section_results,
    "dual": section_dual,
    "members": section_members,
    "quality": section_quality,
    "coverage": section_coverage,
    "held": section_held,
    "changes": section_changes,
    "method": section_method,
}


def tables_of(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the published tables of some sections, in order."""
    return tuple(dict.fromkeys(name for key in wanted if key in SECTIONS for name in SECTIONS[key].TABLES))
