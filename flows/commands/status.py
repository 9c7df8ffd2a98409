"""``melflow status``: what came, what is due, what is held, what failed; in plain words."""

from __future__ import annotations

from datetime import UTC, datetime

from melflow.flows.commands.folder import Folder, opened


def status(*, folder: Folder) -> int:
    """Say what came, what is due, what is held and what failed."""
    from melflow.flows import summary
    from melflow.flows.console import say, table
    from melflow.flows.delivery_summary import print_standing
    from melflow.flows.deployed_forms import told
    from melflow.flows.release import current
    from melflow.flows.status import source_status

    workspace = opened(folder)
    standing = source_status(workspace, datetime.now(UTC).date())
    table(
        f"{workspace.alliance.name}",
        (
            "source",
            "last came",
            "at source",
            "rows",
            "rows held",
            "answers held",
            "corrected",
            "unreadable files",
            "missing",
            "overdue",
        ),
        [
            (
                item.source,
                item.last_landed or "never",
                "" if item.rows_at_source is None else item.rows_at_source,
                item.rows_loaded,
                item.rows_held,
                item.answers_held,
                item.rows_corrected or "",
                item.n_failed,
                item.difference or "",
                f"{item.due[0]} since {item.due[1]}" if item.due else "",
            )
            for item in standing
        ],
    )
    summary.print_due(workspace)
    summary.print_failed(workspace)
    summary.print_changes(workspace)
    summary.print_held(workspace)
    summary.print_findings(workspace)
    summary.print_checks(workspace)
    summary.print_names(workspace)
    for line in told(workspace):
        say(line, "yellow")
    print_standing(workspace)
    release = current(workspace)
    say(f"Release: {release.release_id}" if release else "No release yet. Run `melflow run`.")
    return 0
