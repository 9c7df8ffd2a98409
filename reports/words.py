"""Findings as sentences made from published numbers by rules that do not claim more than the intervals carry.

A direction is claimed only when two intervals do not overlap, or when the interval of a gap or share leaves
out the value that means "no difference". Where a number is missing, nothing is said about it.
"""

from __future__ import annotations

from dataclasses import dataclass

from melflow.reports import findings_flow, findings_score
from melflow.reports.edition_data import EditionData


@dataclass(frozen=True)
class Findings:
    """Sentences of an edition by section, in reading order; the first of a section is its headline."""

    capability: tuple[str, ...]
    health: tuple[str, ...]
    flow: tuple[str, ...]
    quality: tuple[str, ...]

    @property
    def headlines(self) -> dict[str, tuple[str, ...]]:
        """Return the sentences of the summary page by section: what is found, then how sure one can be."""
        return {
            "capability": self.capability[1:],
            "health": self.health[1:] or self.health,
            "flow": self.flow[:2],
            "quality": (self.quality[0], self.quality[-1]),
        }


def find(data: EditionData, language: str, min_n: int) -> Findings:
    """Return every finding the edition's numbers carry.

    Args:
        data: The edition's data.
        language: Language of the sentences.
        min_n: Fewest persons a published number may rest on.
    """
    return Findings(
        capability=(findings_score.capability(data, language), *findings_score.change(data, language)),
        health=tuple(findings_score.health(data, language)),
        flow=tuple(findings_flow.flow(data, language)),
        quality=(*findings_flow.quality(data, language), findings_flow.suppressed(data, language, min_n)),
    )
