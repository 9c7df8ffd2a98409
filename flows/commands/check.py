"""``melflow check``: validate everything the alliance edits, and ask every place; moves no data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from melflow.core.errors import TerminalError, TransientError, WorkspaceError
from melflow.flows.commands.folder import Folder, opened

if TYPE_CHECKING:
    from melflow.core.errors import Problem
    from melflow.core.workspace import Workspace
    from melflow.sources.xlsform import Instruments

_SHOWN = 20  # lines about versions


def check(*, folder: Folder) -> int:
    """Validate workspace files, instruments and secrets, and see whether every place answers. Moves no data."""
    from melflow.flows.console import say
    from melflow.flows.deployed_forms import told as told_of
    from melflow.flows.own_rules import own_rules
    from melflow.sources.form_versions import changes
    from melflow.sources.formcheck import check_instruments
    from melflow.sources.formlogic import unjudged
    from melflow.sources.xlsform import read_instruments

    workspace = opened(folder)
    instruments = read_instruments(workspace.root / "instruments", workspace.framework)
    problems = check_instruments(instruments, workspace.framework)
    own_rules(workspace)
    told = _judged(workspace, instruments, problems)
    if problems:
        raise WorkspaceError.all(problems)
    workspace.hash_key()
    say(f"{workspace.alliance.name}: the workspace files are right.", "green")
    say(
        f"{len(workspace.partners)} partners, {len(workspace.dyads)} dyads, {len(workspace.periods)} periods, "
        f"{len(instruments.frames['src_instrument'])} form versions, {len(workspace.reports)} reports"
    )
    unreached = [problem for name in workspace.sources for problem in _reach(workspace, name)]
    for problem in told:
        say(f"  {problem}", "yellow")
    _list("What later versions of a form changed (all of it: raw.src_item_alignment):", changes(instruments))
    _list(
        "Versions on servers and in the data that are not as under instruments/ (put the form there to give it mel_ "
        "columns):",
        told_of(workspace),
    )
    beyond = [f"{form.form_id} {form.version}, {told}" for form in instruments.forms for told in unjudged(form)]
    _list("Conditions and constraints of forms that melflow cannot judge; answers to these questions pass:", beyond)
    if unreached:
        raise WorkspaceError.all(unreached)
    return 0


def _list(title: str, lines: Sequence[str]) -> None:
    from melflow.flows.console import say

    if lines:
        say(title)
    for line in lines[:_SHOWN]:
        say(f"  {line}")
    if len(lines) > _SHOWN:
        say(f"  and {len(lines) - _SHOWN} more")


def _reach(workspace: Workspace, name: str) -> tuple[Problem, ...]:
    """Say what a source offers; return why it cannot be asked, if it cannot."""
    from melflow.core.secrets import secret
    from melflow.core.workspace.source import KoboSource, OdkSource
    from melflow.flows.console import say
    from melflow.sources.fetch import count

    source = workspace.sources[name]
    try:
        if source.push:
            secret(source.push.secret, f"sources/{name}.yml")
        if isinstance(source, KoboSource | OdkSource) and source.server:
            for variable in source.secrets:
                secret(variable, f"sources/{name}.yml")
            say(f"  {name}: asks {source.server} for {source.asked_for}")
            return ()
        n_files = count(source, workspace.root)
    except (TerminalError, TransientError) as error:
        return error.problems
    say(f"  {name}: {n_files} files match {source.path}", "" if n_files else "yellow")
    return ()


def _judged(workspace: Workspace, instruments: Instruments, problems: list[Problem]) -> list[Problem]:
    """Add what must be mended to the problems, and return what is only told: mistakes of forms that are history."""
    from melflow.flows.form_judgements import is_binding, judgements

    told: list[Problem] = []
    for form, found, _ in judgements(workspace, instruments):
        (problems if is_binding(form, instruments) else told).extend(found)
    return told
