"""Flow ``pipeline``: everything due, the whole way from the inbox to the editions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prefect import flow

from melflow.core.errors import TerminalError
from melflow.core.workspace import load_workspace
from melflow.flows.build import build
from melflow.flows.delivery_notices import tell, telling
from melflow.flows.ingest import ingest
from melflow.flows.intake import Intake
from melflow.flows.publish import publish_release
from melflow.flows.release import Release
from melflow.flows.report import Reported, report
from melflow.flows.runtime import run_name


@dataclass(frozen=True)
class Run:
    """What one run did, for the summary."""

    intakes: list[Intake]
    release: Release
    reported: Reported


@flow(name="pipeline", flow_run_name=run_name("everything due"), validate_parameters=False)
def pipeline(folder: str, sources: list[str] | None = None, full: bool = False) -> Run:
    """Ingest, build, publish, report; send the editions whose moment has come.

    Args:
        folder: The workspace.
        sources: Names of sources; all when absent.
        full: Load and build everything again.
    """
    workspace = load_workspace(Path(folder))
    with telling(workspace, "melflow run"):
        intakes = ingest(folder, sources, full)
        if any(one.is_failed for one in intakes):  # nobody reads a schedule's terminal
            tell(workspace, intakes=intakes)
        try:
            made_from = build(folder, full)
        except TerminalError as error:  # what came of the sources may be why
            came = [problem for one in intakes for problem in one.problems]
            raise TerminalError.all([*came, *error.problems]) from error
        release = publish_release(folder, made_from)
    return Run(intakes, release, report(folder))
