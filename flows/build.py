"""Flow ``build``: reference tables, drift, dbt. A red dbt run is a red flow."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from melflow.core.workspace import load_workspace
from melflow.flows.deployed_forms import all_forms
from melflow.flows.progress import step
from melflow.flows.reference import write_reference
from melflow.flows.release import is_current, stamp
from melflow.flows.runtime import exclusive, run_name
from melflow.flows.tables import prepare
from melflow.flows.transform import Node, Stamp, transform
from melflow.flows.watch import news, watch

_TOLD = 10  # new findings of drift that are named in the log


@task(name="compare waves", cache_policy=NO_CACHE)
def compare_waves(folder: str, made_from: Stamp) -> int:
    """Compare waves; return how many comparisons drifted. Only what did not drift before is told."""
    workspace = load_workspace(Path(folder))
    rows = watch(workspace, made_from.as_of)
    for words in (new := news(workspace, rows))[:_TOLD]:
        get_run_logger().warning("drift: %s", words)
    if len(new) > _TOLD:
        get_run_logger().warning("drift: and %s more; mart_drift has all", len(new) - _TOLD)
    return int(rows["drifted"].sum())


@task(name="run dbt", cache_policy=NO_CACHE)
def run_dbt(folder: str, made_from: Stamp) -> list[Node]:
    """Build and test the models; raises when one is red."""
    nodes = transform(load_workspace(Path(folder)), made_from)
    create_table_artifact(key="dbt", description="Models and tests", table=[vars(node) for node in nodes])
    return nodes


@flow(name="build", flow_run_name=run_name("build"), validate_parameters=False)
def build(folder: str, full: bool = False) -> Stamp:
    """Build the marts in the warehouse, unless the current release was made from exactly this.

    Args:
        folder: The workspace.
        full: Build even when nothing changed.

    Returns:
        What the marts were made from.
    """
    workspace = load_workspace(Path(folder))
    with exclusive(workspace):
        prepare(workspace.warehouse_path)
        made_from = stamp(workspace)
        if full or not is_current(workspace, made_from):
            write_reference(workspace, all_forms(workspace))
            step("Comparing waves")
            compare_waves(folder, made_from)
            step("Building and testing the marts")
            run_dbt(folder, made_from)
    return made_from
