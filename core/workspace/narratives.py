"""narrative/<report>/<period>.md and narrative/<report>/<period>/<section>.md: what the team writes for an edition.

A language may stand before the ending (``flow.es.md``); a file without one is for every language that has no own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from melflow.core.errors import Problem
from melflow.core.names import choose
from melflow.core.workspace.report import ReportConfig

FOLDER = "narrative"
#: Letters of one file; an edition prints it whole.
LONGEST = 50_000


class Narrative(BaseModel):
    """One file of the team's words.

    Attributes:
        report: The report it is for.
        period_id: The period it is for.
        section: The section it stands in; empty for the whole edition.
        language: The language it is written in; empty for any.
        text: Markdown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    report: str
    period_id: str
    section: str
    language: str
    text: str


def chosen(narratives: Sequence[Narrative], report: str, period_id: str, language: str) -> dict[str, str]:
    """Return section -> text for an edition; the empty section is the whole edition. Words in its own language win."""
    mine = [one for one in narratives if (one.report, one.period_id) == (report, period_id)]
    found = {one.section: one.text for one in mine if not one.language}
    return found | {one.section: one.text for one in mine if one.language == language}


def read_narratives(
    root: Path, reports: Mapping[str, ReportConfig], periods: Sequence[str], languages: Sequence[str]
) -> tuple[list[Narrative], list[Problem]]:
    """Read every narrative, and hold its place against what the workspace declares.

    Args:
        root: The workspace.
        reports: Those that could be read.
        periods: Ids of the calendar.
        languages: Of the alliance.
    """
    found: list[Narrative] = []
    problems: list[Problem] = []
    for path in sorted((root / FOLDER).rglob("*.md")):
        file = path.relative_to(root).as_posix()
        parts = path.relative_to(root / FOLDER).with_suffix("").parts
        if parts == ("README",) or any(part.startswith((".", "~")) for part in parts):
            continue
        where = _place(parts, languages)
        text, unread = _text(path)
        wrong = _misfit(where, reports, periods) or unread
        if wrong is not None:
            rule, seen, fix = wrong
            problems.append(Problem(f"{file}:1", rule, seen, fix))
        elif text.strip():
            report, period_id, section, language = where
            found.append(Narrative(report=report, period_id=period_id, section=section, language=language, text=text))
    return found, problems


def _place(parts: tuple[str, ...], languages: Sequence[str]) -> tuple[str, str, str, str]:
    """Return report, period, section and language as the path says them; empty where it says nothing."""
    name, dot, ending = parts[-1].rpartition(".")
    language = ending if dot and ending in languages else ""
    said = [*parts[:-1], name if language else parts[-1], "", "", ""]
    return said[0], said[1], "/".join(said[2 : len(parts)]), language


def _misfit(
    where: tuple[str, str, str, str], reports: Mapping[str, ReportConfig], periods: Sequence[str]
) -> tuple[str, str, str] | None:
    """Return rule, seen and remedy when a place is none."""
    report, period_id, section, _ = where
    if report not in reports:
        return "the folder of a narrative is the name of a report", f"'{report}'", choose(report, list(reports))
    if period_id not in periods:
        rule = "a narrative is for a period of the calendar, with a language of the alliance before its ending or none"
        return rule, f"'{period_id}'", choose(period_id, periods)
    if section and section not in reports[report].sections:
        rule = f"a narrative stands in a section of the report '{report}', or in none"
        return rule, f"'{section}'", choose(section, reports[report].sections)
    return None


def _text(path: Path) -> tuple[str, tuple[str, str, str] | None]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return "", ("a narrative is text in UTF-8", "another encoding", "Save it as UTF-8.")
    if len(text) > LONGEST:
        fix = "Shorten it, or give it to sections one by one."
        return "", (f"a narrative has at most {LONGEST:,} letters", f"{len(text):,}", fix)
    return text, None
