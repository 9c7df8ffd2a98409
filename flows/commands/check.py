"""``melflow check``: validate everything the alliance edits; moves no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from melflow.core.errors import WorkspaceError
from melflow.flows.commands.folder import Folder, opened

if TYPE_CHECKING:
    from melflow.core.errors import Problem
    from melflow.core.workspace import Workspace
    from melflow.sources.xlsform import Instruments

_SHOWN = 20  # lines about versions


def check(*, folder: Folder) -> int:
    """Validate workspace files, instruments, secrets and folders. Moves no data."""
    from melflow.flows.console import say
    from melflow.sources.fetch import fetch
    from melflow.sources.form_versions import changes
    from melflow.sources.formcheck import check_instruments
    from melflow.sources.xlsform import read_instruments

    workspace = opened(folder)
    instruments = read_instruments(workspace.root / "instruments", workspace.framework)
    problems = check_instruments(instruments, workspace.framework)
    told = _judged(workspace, instruments, problems)
    if problems:
        raise WorkspaceError.all(problems)
    workspace.hash_key()
    say(f"{workspace.alliance.name}: the workspace files are right.", "green")
    say(
        f"{len(workspace.partners)} partners, {len(workspace.dyads)} dyads, {len(workspace.periods)} periods, "
        f"{len(instruments.frames['src_instrument'])} form versions, {len(workspace.reports)} reports"
    )
    for name, source in workspace.sources.items():
        n_files = sum(1 for _ in fetch(source, workspace.root))
        say(f"  {name}: {n_files} files match {source.path}", "" if n_files else "yellow")
    for problem in told:
        say(f"  {problem}", "yellow")
    lines = changes(instruments)
    if lines:
        say("What later versions of a form changed (all of it: raw.src_item_alignment):")
    for line in lines[:_SHOWN]:
        say(f"  {line}")
    if len(lines) > _SHOWN:
        say(f"  and {len(lines) - _SHOWN} more")
    return 0


def _judged(workspace: Workspace, instruments: Instruments, problems: list[Problem]) -> list[Problem]:
    """Add what must be mended to the problems, and return what is only told: mistakes of forms that are history."""
    from melflow.flows.forms import is_binding, judgements

    told: list[Problem] = []
    for form, found, _ in judgements(workspace, instruments):
        (problems if is_binding(form, instruments) else told).extend(found)
    return told
