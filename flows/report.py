"""Flow ``report``: editions from the current release."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from melflow.core.errors import TerminalError
from melflow.core.workspace import load_workspace
from melflow.flows.editions import Published, publish_editions
from melflow.flows.progress import step
from melflow.flows.release import Release, current
from melflow.flows.runtime import exclusive, run_name


@task(task_run_name="report {report}", cache_policy=NO_CACHE)
def render_report(folder: str, release: Release, report: str, period_id: str | None) -> list[Published]:
    """Render the editions of one report, unless they are there already."""
    step(f"Rendering {report}")
    return publish_editions(load_workspace(Path(folder)), release, report, period_id)


@flow(name="report", flow_run_name=run_name("report"), validate_parameters=False)
def report(folder: str, names: list[str] | None = None, period_id: str | None = None) -> list[Published]:
    """Render the named reports, or all of them, from the current release.

    Raises:
        TerminalError: There is no release yet, or no such report or period.
    """
    workspace = load_workspace(Path(folder))
    release = current(workspace)
    if release is None:
        raise TerminalError.of(
            "var/releases",
            "a report is made from a release",
            "no release",
            "Run `melflow run` or `melflow build` first.",
        )
    with exclusive(workspace):
        editions = [
            edition
            for name in sorted(names or workspace.reports)
            for edition in render_report(folder, release, name, period_id)
        ]
    create_table_artifact(
        key="editions",
        description="Editions",
        table=[
            {
                "report": item.report,
                "partner": item.partner or "",
                "period": item.period_id,
                "new": item.is_new,
                "held because": "; ".join(item.held_because),
                "problems": "; ".join(map(str, item.problems)),
            }
            for item in editions
        ],
    )
    return editions
