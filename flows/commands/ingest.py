"""``melflow ingest``: land, check, load."""

from __future__ import annotations

from melflow.flows.commands.folder import Folder, opened


def ingest(*sources: str, full: bool = False, folder: Folder) -> int:
    """Land, check and load sources.

    Args:
        sources: Names of sources; all when none is named.
        full: Load every payload again from landing.
    """
    from melflow.flows import source_view, summary
    from melflow.flows.progress import progress
    from melflow.flows.runtime import prefect_api

    workspace = opened(folder)
    names = summary.known_sources(workspace, sources)
    workspace.hash_key()  # said once and at once, not by each source
    with progress("Starting Prefect"), prefect_api(workspace):
        from melflow.flows.ingest import ingest as flow

        intakes = flow(str(workspace.root), names, full)
    summary.print_intakes(intakes)
    summary.print_held(workspace)
    source_view.print_count(workspace)
    summary.print_changes(workspace)
    return summary.exit_code(intakes, [])
