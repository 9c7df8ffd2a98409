"""``melflow doctor``: versions, paths, disk, locks, clock, Prefect."""

from __future__ import annotations

from melflow.flows.commands.folder import Folder, opened


def doctor(*, folder: Folder) -> int:
    """Look at the machine: versions, paths, disk, locks, clock, Prefect."""
    from melflow.flows.console import say
    from melflow.flows.health import examine

    findings = examine(opened(folder))
    for finding in findings:
        say(
            f"{'ok  ' if finding.is_well else 'FAIL'}  {finding.what}: {finding.seen}", "" if finding.is_well else "red"
        )
        if not finding.is_well:
            say(f"      {finding.fix}", "green")
    return 0 if all(finding.is_well for finding in findings) else 1
