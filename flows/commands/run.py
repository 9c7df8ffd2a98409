"""``melflow run``: everything due, the whole way."""

from __future__ import annotations

from melflow.flows.commands.folder import Folder, opened


def run(*sources: str, full: bool = False, dry_run: bool = False, folder: Folder) -> int:
    """Do everything due: ingest, build, release, reports.

    Args:
        sources: Names of sources; all when none is named.
        full: Load every payload again from landing and build again.
        dry_run: Say what would be read, and stop.
    """
    from melflow.flows import source_view, summary
    from melflow.flows.delivery_summary import print_reported
    from melflow.flows.progress import progress
    from melflow.flows.runtime import prefect_api

    workspace = opened(folder)
    names = summary.known_sources(workspace, sources)
    if dry_run:
        return summary.print_offer(workspace, names)
    workspace.hash_key()  # said once and at once, not by each source
    with progress("Starting Prefect"), prefect_api(workspace):
        from melflow.flows.pipeline import pipeline

        result = pipeline(str(workspace.root), names, full)
    summary.print_intakes(result.intakes)
    summary.print_held(workspace)
    source_view.print_count(workspace)
    summary.print_changes(workspace)
    summary.print_checks(workspace)
    summary.print_release(result.release)
    print_reported(workspace, result.reported)
    return summary.exit_code(result.intakes, result.reported.editions, result.reported.failures)
