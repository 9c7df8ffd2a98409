"""``melflow status``: what came, what is due, what is held, what failed; in plain words."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

from cyclopts import Parameter

from melflow.flows.commands.folder import Folder, opened


def status(
    source: str | None = None,
    /,
    *,
    output: Annotated[Literal["text", "json"], Parameter(name="--format")] = "text",
    folder: Folder,
) -> int:
    """Say what came, what is due, what is held and what failed.

    Args:
        source: Only this source: what became of each of its rows, and all that was noted when it was read.
        output: How to print; JSON has every source with its rows and notes.
    """
    from melflow.flows import source_view, summary
    from melflow.flows.account_words import TERMS, columns
    from melflow.flows.console import say, table
    from melflow.flows.delivery_summary import print_standing
    from melflow.flows.deployed_forms import told
    from melflow.flows.release import current
    from melflow.flows.status import is_of_another_version, source_status

    workspace = opened(folder)
    names = summary.known_sources(workspace, [source] if source else [])
    standing = source_status(workspace, datetime.now(UTC).date())
    standing = [item for item in standing if names is None or item.source in names]
    if output == "json":
        sys.stdout.write(source_view.as_json(workspace, standing) + "\n")
        return 0
    if is_of_another_version(workspace):
        say("Figures of the last run, by another version of melflow: what that did not keep is empty. The next run "
            "renews them.", "yellow")  # fmt: skip
    if source:
        source_view.print_source(workspace, standing[0])
        return 0
    shown = columns(standing)
    table(
        f"{workspace.alliance.name}: what became of every row (`melflow status SOURCE` says more)",
        ("source", "last came", *(TERMS[term][0] for term in shown), "answers held", "corrected", "overdue"),
        [
            (
                item.source,
                item.last_landed or "never",
                *(item.account.get(term, "") for term in shown),
                item.answers_held,
                item.rows_corrected or "",
                f"{item.due[0]} since {item.due[1]}" if item.due else "",
            )
            for item in standing
        ],
    )
    source_view.print_count(workspace)
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
