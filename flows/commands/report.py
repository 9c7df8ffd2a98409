"""``melflow report``: render editions, and prove that one is what it says it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from melflow.flows.commands.folder import Folder, opened
from melflow.flows.commands.report_sending import approve, arrived, deliveries, send

app = App(name="report")
app.command("melflow.flows.commands.replies:app", name="replies")


@app.default
def report(
    *names: str,
    period: Annotated[str | None, Parameter(name=["--period", "-p"])] = None,
    no_send: bool = False,
    dry_run: bool = False,
    folder: Folder,
) -> int:
    """Render editions from the current release, and send those that are due.

    Args:
        names: Names of files in reports/; all when none is named. One without a schedule is sent when it is named.
        period: Period to report on, such as 2026-H1; each report's own choice when absent.
        no_send: Make them, and neither send nor publish anything; partners are not asked.
        dry_run: Make them, and say who would get what and which partners would be asked; nothing is written down.
    """
    from melflow.flows import summary
    from melflow.flows.delivery_summary import print_reported
    from melflow.flows.progress import progress
    from melflow.flows.runtime import prefect_api

    workspace = opened(folder)
    with progress("Starting Prefect"), prefect_api(workspace):
        from melflow.flows.report import report as flow

        reported = flow(str(workspace.root), list(names) or None, period, not no_send, dry_run)
    print_reported(workspace, reported)
    return summary.exit_code([], reported.editions, reported.failures)


@app.command(name="verify", usage="Usage: melflow report verify EDITION")
def verify(edition: Path, *, folder: Folder) -> int:
    """Make an edition again from its release, and compare every byte.

    Args:
        edition: Folder of the edition, such as funder/2026-H1/0003-1a2b3c4d below var/editions.
    """
    from melflow.flows.console import say
    from melflow.flows.editions import verify_edition

    workspace = opened(folder)
    starts = (Path(), workspace.root, workspace.editions_dir)
    found = (start / edition for start in starts if (start / edition).is_dir())
    for line in verify_edition(workspace, next(found, workspace.editions_dir / edition)):
        say(line)
    return 0


#: What follows each command's name; cyclopts would write how this process was started.
_USAGE: dict[Callable[..., int], str] = {
    approve: "EDITION --by NAME --why REASON",
    send: "EDITION [OPTIONS]",
    arrived: "EDITION --by NAME",
    deliveries: "[OPTIONS]",
}
for _command, _arguments in _USAGE.items():
    app.command(_command, usage=f"Usage: melflow report {_command.__name__} {_arguments}")
