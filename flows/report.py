"""Flow ``report``: editions from the current release."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from melflow.core.errors import TerminalError
from melflow.core.workspace import load_workspace
from melflow.flows.editions import Published, publish_edition
from melflow.flows.progress import step
from melflow.flows.release import Release, current
from melflow.flows.runtime import exclusive, run_name


@task(task_run_name="edition {report}", cache_policy=NO_CACHE)
def render_edition(folder: str, release: Release, report: str, period_id: str | None) -> Published:
    """Render one edition, unless it is there already."""
    step(f"Rendering {report}")
    return publish_edition(load_workspace(Path(folder)), release, report, period_id)


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
        editions = [render_edition(folder, release, name, period_id) for name in sorted(names or workspace.reports)]
    create_table_artifact(
        key="editions",
        description="Editions",
        table=[
            {
                "report": item.report,
                "period": item.period_id,
                "new": item.is_new,
                "held because": "; ".join(item.held_because),
            }
            for item in editions
        ],
    )
    return editions
