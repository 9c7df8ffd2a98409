"""The folder of an edition: put in place at once, and never overwritten once it could be read."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from melflow.core.errors import TerminalError
from melflow.core.workspace import Workspace
from melflow.core.workspace.narratives import chosen
from melflow.core.workspace.report import ReportConfig
from melflow.reports.approval import MANIFEST, approval
from melflow.reports.frozen import Frozen


def put(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the files aside, then put the whole folder in place; what was published is never overwritten.

    An edition the gate held back went to nobody: it gives way when the team has written something else for it since.

    Raises:
        TerminalError: The edition is there already and says something else.
    """
    if (folder / MANIFEST).exists():
        if not _waited_for(folder, json.loads(contents[MANIFEST])["frozen"]["narrative"]):
            _refuse_another(folder, contents)
            return
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in contents.items():
            (aside / name).write_bytes(content)
        aside.chmod(0o755)
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def is_outdated(
    folder: Path,
    report: ReportConfig,
    workspace: Workspace,
    period_id: str,
    partner: str | None = None,
    language: str | None = None,
) -> bool:
    """Tell whether an edition in a folder is held back and the team has written something else for it since.

    One that somebody approved stays as it was approved.
    """
    if not (folder / MANIFEST).exists() or not _held(folder) or approval(folder) is not None:
        return False
    now = chosen(workspace.narratives, report.name, period_id, Frozen.of(report, workspace, partner, language).language)
    return _waited_for(folder, now)


def _held(folder: Path) -> dict[str, Any] | None:
    """Return what the manifest of an edition keeps, if its gate holds it back."""
    said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return dict(said["frozen"]) if said["gate"].get("verdict") == "held" else None


def _waited_for(folder: Path, narrative: dict[str, str]) -> bool:
    held = _held(folder)
    return held is not None and held.get("narrative", {}) != narrative


def _refuse_another(folder: Path, contents: dict[str, bytes]) -> None:
    other = [name for name, content in contents.items() if (folder / name).read_bytes() != content]
    if other:
        raise TerminalError.of(
            str(folder),
            "an edition that was published is never overwritten",
            f"another {', '.join(other)}",
            "Publish a release with what changed (`melflow build`); its edition stands beside this one.",
        )
