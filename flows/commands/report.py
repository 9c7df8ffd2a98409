"""``melflow report``: render editions, and prove that one is what it says it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from melflow.flows.commands.folder import Folder, opened

app = App(name="report")
app.command("melflow.flows.commands.replies:app", name="replies")


@app.default
def report(
    *names: str, period: Annotated[str | None, Parameter(name=["--period", "-p"])] = None, folder: Folder
) -> int:
    """Render editions from the current release.

    Args:
        names: Names of files in reports/; all when none is named.
        period: Period to report on, such as 2026-H1; each report's own choice when absent.
    """
    from melflow.flows import summary
    from melflow.flows.progress import progress
    from melflow.flows.runtime import prefect_api

    workspace = opened(folder)
    with progress("Starting Prefect"), prefect_api(workspace):
        from melflow.flows.report import report as flow

        editions = flow(str(workspace.root), list(names) or None, period)
    summary.print_editions(workspace, editions)
    return summary.exit_code([], editions)


@app.command(name="verify", usage="Usage: melflow report verify EDITION")
def verify(edition: Path, *, folder: Folder) -> int:
    """Make an edition again from its release, and compare every byte.

    Args:
        edition: Folder of the edition, such as var/editions/funder/2026-H1/0003-1a2b3c4d.
    """
    from melflow.flows.console import say
    from melflow.flows.editions import verify_edition

    workspace = opened(folder)
    place = edition if edition.is_absolute() or edition.exists() else workspace.root / edition
    for line in verify_edition(workspace, place):
        say(line)
    return 0
