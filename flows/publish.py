"""Flow ``publish``: the marts as an immutable release."""

from __future__ import annotations

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from melflow.core.errors import TerminalError
from melflow.core.warehouse import open_release
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.console import err
from melflow.flows.progress import step
from melflow.flows.release import Release, current, is_current, publish
from melflow.flows.runtime import exclusive, run_name
from melflow.flows.transform import Stamp


def quality_reports(workspace: Workspace, release: Release) -> list[Path]:
    """Write the data officer's report of each period something came for under ``var/quality/``."""
    from melflow.reports.quality import render

    with open_release(release.folder) as con:
        came = {row[0] for row in con.execute("select distinct period_id from mart_data_quality").fetchall()}
    spoken = {partner.partner_id: partner.language for partner in workspace.partners.values() if partner.language}
    written = []
    for period in workspace.periods:
        if period.period_id not in came:
            continue
        place, fonts = workspace.var / "quality", workspace.root / "fonts"
        try:
            written.append(render(release.folder, period.period_id, place, workspace.alliance.languages, spoken, fonts))
        except TerminalError as error:  # a paper beside the release; the release stands
            err.print(f"Quality report of {period.period_id} not printed: {error.problems[0]}", markup=False)
    return written


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
        quality_reports(workspace, release)
    create_markdown_artifact(
        key="release", markdown=f"Release **{release.release_id}**, data as of {made_from.as_of}", description="Release"
    )
    return release
