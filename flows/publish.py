"""Flow ``publish``: the marts as an immutable release."""

from __future__ import annotations

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from melflow.core.workspace import load_workspace
from melflow.flows.progress import step
from melflow.flows.release import Release, current, is_current, publish
from melflow.flows.runtime import exclusive, run_name
from melflow.flows.transform import Stamp


@flow(name="publish", flow_run_name=run_name("publish"), validate_parameters=False)
def publish_release(folder: str, made_from: Stamp) -> Release:
    """Publish what was built; when the current release was made from exactly this, that one is returned."""
    workspace = load_workspace(Path(folder))
    with exclusive(workspace):
        standing = current(workspace)
        if standing and is_current(workspace, made_from):
            return standing
        step("Publishing a release")
        release = publish(workspace, made_from)
    create_markdown_artifact(
        key="release", markdown=f"Release **{release.release_id}**, data as of {made_from.as_of}", description="Release"
    )
    return release
