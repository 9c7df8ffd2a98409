"""``melflow check``: validate everything the alliance edits; moves no data."""

from __future__ import annotations

from melflow.core.errors import WorkspaceError
from melflow.flows.commands.folder import Folder, opened


def check(*, folder: Folder) -> int:
    """Validate workspace files, instruments, secrets and folders. Moves no data."""
    from melflow.core.secrets import secret
    from melflow.core.workspace.source import KoboSource, OdkSource
    from melflow.flows.console import say
    from melflow.sources.fetch import fetch
    from melflow.sources.formcheck import check_instruments
    from melflow.sources.xlsform import read_instruments

    workspace = opened(folder)
    instruments = read_instruments(workspace.root / "instruments", workspace.framework)
    problems = check_instruments(instruments, workspace.framework)
    if problems:
        raise WorkspaceError.all(problems)
    workspace.hash_key()
    say(f"{workspace.alliance.name}: the workspace files are right.", "green")
    say(
        f"{len(workspace.partners)} partners, {len(workspace.dyads)} dyads, {len(workspace.periods)} periods, "
        f"{len(instruments.frames['src_instrument'])} form versions, {len(workspace.reports)} reports"
    )
    for name, source in workspace.sources.items():
        if isinstance(source, KoboSource | OdkSource) and source.server:
            for variable in source.secrets:
                secret(variable, f"sources/{name}.yml")
            say(f"  {name}: asks {source.server} for {source.asked_for}")
            continue
        n_files = sum(1 for _ in fetch(source, workspace.root))
        say(f"  {name}: {n_files} files match {source.path}", "" if n_files else "yellow")
    return 0
