"""``melflow report``: render editions."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from melflow.flows.commands.folder import Folder, opened


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
