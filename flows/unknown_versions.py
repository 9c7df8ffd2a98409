"""Versions that submissions name and no form has: how many name them, and what they are read as."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from melflow.core.workspace.source import KoboSource
from melflow.flows.status import read_status
from melflow.sources.formmatch import NO_VERSION

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace


def told(workspace: Workspace) -> list[str]:
    """Return a line for each version of each source; none before the first run."""
    if not workspace.status_path.exists():
        return []
    rows: Counter[tuple[str, str]] = Counter()
    read_as: dict[tuple[str, str], str] = {}
    loads = read_status(workspace, "load").filter(state="loaded").sort("source", "landed_at")
    for source, text in loads.select("source", "notes").iter_rows():
        notes = json.loads(text or "{}")
        for version, form_version in notes.get("versions_unknown", {}).items():
            rows[source, version] += notes["versions"][version]
            read_as[source, version] = form_version
    return [_line(workspace, source, version, rows[source, version], name)
            for (source, version), name in read_as.items() if source in workspace.sources]  # fmt: skip


def _line(workspace: Workspace, source: str, version: str, n_rows: int, read_as: str) -> str:
    names = "no version" if version == NO_VERSION else f"the version {version}, which no form has"
    fix = "Put the form of that version under instruments/"
    if isinstance(workspace.sources[source], KoboSource) and version != NO_VERSION:
        fix += f", or write {{{version}: <version of a form>}} under 'versions' in sources/{source}.yml"
    read_as = read_as or "without a name"
    return f"{source}: {n_rows} submissions that came name {names}; read as version {read_as}. {fix}."
