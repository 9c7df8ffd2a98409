"""Flow ``waiting``: what no data and no schedule would wake.

Rounds of replies that open or end, messages that were put off, what came back, what was approved.
"""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from melflow.core.workspace import load_workspace
from melflow.flows.release import current
from melflow.flows.report import Reported, report
from melflow.flows.runtime import run_name


@flow(name="waiting", flow_run_name=run_name("what is waiting"), validate_parameters=False)
def waiting(folder: str) -> Reported | None:
    """Go on with what waits; nothing before the first release.

    Args:
        folder: The workspace.
    """
    return report(folder) if current(load_workspace(Path(folder))) else None
