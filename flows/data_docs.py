"""Great Expectations' data docs under ``var/quality/checks/gx``: what it found in the latest batch of each source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace


def keep(workspace: Workspace, source: str, told: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Keep what was found in a batch of a source until the site is written; an earlier batch gives way.

    Args:
        workspace: The workspace.
        source: The source.
        told: ``Checked.told``; it has no values.
    """
    if not told:
        return
    path = _folder(workspace) / f"{source}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"at": datetime.now(UTC).isoformat(), "told": told}, default=str), encoding="utf-8")
    partial.replace(path)


def publish(workspace: Workspace) -> Path | None:
    """Write the site anew when something was judged since; return its first page, if there is one."""
    page = site(workspace)
    kept = [path for path in sorted(_folder(workspace).glob("*.json")) if path.stem in workspace.sources]
    if not kept or (page.exists() and page.stat().st_mtime > max(path.stat().st_mtime for path in kept)):
        return page if page.exists() else None
    from melflow.expectations.data_docs import Validation
    from melflow.expectations.data_docs import publish as write

    found = []
    for path in kept:
        batch = json.loads(path.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(batch["at"])
        found += [Validation(path.stem, relation, at, results) for relation, results in sorted(batch["told"].items())]
    return write(found, workspace.alliance.name, page.parent)


def site(workspace: Workspace) -> Path:
    """Return where the site's first page is."""
    return workspace.var / "quality" / "checks" / "gx" / "index.html"


def _folder(workspace: Workspace) -> Path:
    return workspace.var / "quality" / "validations"
