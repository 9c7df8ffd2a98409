"""``melflow build``: drift, dbt, release."""

from __future__ import annotations

from melflow.flows.commands.folder import Folder, opened


def build(*, full: bool = False, folder: Folder) -> int:
    """Build the marts, test them and publish a release.

    Args:
        full: Build even when nothing changed.
    """
    from melflow.flows import summary
    from melflow.flows.progress import progress
    from melflow.flows.runtime import prefect_api

    workspace = opened(folder)
    with progress("Starting Prefect"), prefect_api(workspace):
        from melflow.flows.build import build as flow
        from melflow.flows.publish import publish_release

        release = publish_release(str(workspace.root), flow(str(workspace.root), full))
    summary.print_release(release)
    return 0
