"""The parameter every command takes from the command line's ``-C/--workspace``, and how it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from melflow.core.errors import WorkspaceError
from melflow.core.workspace import Workspace, load_workspace

Folder = Annotated[Path, Parameter(parse=False)]


def opened(folder: Path) -> Workspace:
    """Load the workspace.

    Raises:
        WorkspaceError: The folder is no workspace, or its files have mistakes (all of them named).
    """
    if not (folder / "melflow.toml").exists():
        raise WorkspaceError.of(
            str(folder),
            "a workspace has a melflow.toml",
            "none",
            "Go to the workspace's folder, name it with -C, or make one with `melflow init`.",
        )
    return load_workspace(folder)
