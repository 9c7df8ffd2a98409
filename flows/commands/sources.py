"""``melflow sources``: help with describing where data comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.errors import WorkspaceError
from melflow.flows.commands.folder import Folder

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.sources.guess import Given


def guess(file: Path, /, *, output: Path | None = None, folder: Folder) -> int:
    """Propose a sources/*.yml for a file, to be edited: connector, sheets, columns, dates, numbers, partners.

    Args:
        file: A workbook, CSV file or export, as a partner sent it.
        output: Where the proposal is written, such as sources/results.yml; else it is printed.
    """
    from datetime import UTC, datetime

    from melflow.flows.console import say
    from melflow.sources import guess as guessing
    from melflow.sources.payload import Origin

    if not file.is_file():
        raise WorkspaceError.of(str(file), "the file to be described exists", "none", "Correct its name.")
    if output is not None and output.exists():
        fix = "Name another file, or delete this one first."
        raise WorkspaceError.of(str(output), "a proposal overwrites nothing", "a file that is there already", fix)
    origin = Origin(file.stem, file.name, "", datetime.now(UTC))
    text = guessing.guess(origin, file.read_bytes(), _given(file, folder))
    if output is None:
        say(text.removesuffix("\n"))
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
        say(f"Proposal written to {output}. Look at each line, then: melflow check")
    return 0


def accept(source: str, /, *, folder: Folder) -> int:
    """Let in the files of a source that wait because they look otherwise than those before; the next run loads them.

    Args:
        source: Name of the source.
    """
    from melflow.flows import shapes
    from melflow.flows.commands.folder import opened
    from melflow.flows.console import say
    from melflow.flows.summary import known_sources

    workspace = opened(folder)
    known_sources(workspace, [source])
    waiting = shapes.accept(workspace, source)
    for one in waiting:
        say(f"  {one['file']}: {one['sentence']}.")
    say("Accepted. Load it with: melflow run" if waiting else f"No file of {source} waits.", "green" if waiting else "")
    return 0


def _given(file: Path, folder: Path) -> Given:
    """Return what the workspace knows; a file from outside is described as if it lay in the inbox."""
    from melflow.core.names import PartnerNames
    from melflow.sources.guess import Given
    from melflow.sources.xlsform import read_instruments

    is_inside = file.resolve().is_relative_to(folder)
    path = file.resolve().relative_to(folder).as_posix() if is_inside else f"inbox/{file.name}"
    workspace = _workspace(folder)
    if workspace is None:
        return Given(path)
    instruments = read_instruments(workspace.root / "instruments", workspace.framework)
    return Given(
        path,
        PartnerNames(workspace.partners, workspace.aliases),
        [period.period_id for period in workspace.periods],
        instruments.forms,
    )


def _workspace(folder: Path) -> Workspace | None:
    from melflow.core.workspace import load_workspace

    return load_workspace(folder) if (folder / "melflow.toml").exists() else None
