"""Run dbt on the warehouse. A red node is an error here: nothing is released from a red build."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import Problem, TerminalError
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace
from melflow.flows.dbt_failures import problems, rules
from melflow.flows.dbt_manifest import manifest, options

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True)
class Node:
    """What became of one dbt model or test."""

    name: str
    kind: str
    status: str
    seconds: float


@dataclass(frozen=True)
class Stamp:
    """What every mart row carries: the date the data stands at, and what it was made from."""

    as_of: date
    config_hash: str
    load_id: str


def transform(workspace: Workspace, stamp: Stamp, *, only: Sequence[str] = ()) -> list[Node]:
    """Build every model and test its rows; unit tests of models are about the code and run with the tests of the code.

    Args:
        workspace: The alliance's workspace, loaded.
        stamp: What every mart row carries.
        only: Marts to build, with what they are made from; all when empty.

    Returns:
        The nodes in the order they ran.

    Raises:
        TerminalError: A model or a test failed; one problem per red node.
    """
    os.environ |= {
        "MELFLOW_WAREHOUSE": str(workspace.warehouse_path),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    from dbt.cli.main import dbtRunner

    folder = workspace.var / "dbt"
    variables = _variables(workspace, stamp)
    arguments = ["--warn-error", "--quiet", "--log-level-file", "info", "--log-path", str(folder / "logs")]
    arguments += ["--no-write-json", "build"]
    arguments += ["--indirect-selection", "buildable", "--exclude-resource-type", "unit_test"]
    arguments += [part for name in only for part in ("--select", f"+{name}")]
    reading = manifest(variables, workspace.warehouse_path)
    # held open: dbt would open the file anew for every node, and spend half of its time on that
    with connect(workspace.warehouse_path) as con:
        result = dbtRunner(manifest=reading).invoke([*arguments, *options(variables, folder / "target")])
        red = [] if result.success else problems(result, con)
    _tell(workspace, reading, result)
    if not result.success:
        raise TerminalError.all(red or [_unexplained(result)])
    return [_node(run) for run in getattr(result.result, "results", [])]


def catalogue_rows(workspace: Workspace) -> list[dict[str, str]]:
    """Return table, column, type and meaning of everything dbt documents, from the last build's manifest."""
    return [
        {
            "table_name": node["name"],
            "column_name": name,
            "data_type": column.get("data_type") or "",
            "description": column.get("description") or "",
            "table_description": node.get("description") or "",
        }
        for node in nodes(workspace).values()
        if node["resource_type"] == "model"
        for name, column in node["columns"].items()
    ]


def identity_rows(workspace: Workspace) -> list[dict[str, str]]:
    """Return what holds in the tables, by table: the arithmetic of their rows, and what would fail across tables."""
    return [
        {"table_name": table, "rule": rule}
        for node in nodes(workspace).values()
        for rule in node["rules"]
        for table in ([node["name"]] if node["resource_type"] == "model" else _names(node["depends_on"]))
    ]


def _names(unique_ids: Sequence[str]) -> list[str]:
    return [one.rpartition(".")[2] for one in unique_ids]


def nodes(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Return what the last build was made of, by dbt's name: description, columns, rules, needs, seconds."""
    told: dict[str, dict[str, Any]] = json.loads(_told(workspace).read_text(encoding="utf-8"))
    return told


def _tell(workspace: Workspace, reading: Manifest, result: Any) -> None:
    """Write down what the build was made of; dbt's own files say the same in ten times the bytes."""
    seconds = {run.node.unique_id: run.execution_time for run in getattr(result.result, "results", [])}
    of_nodes: dict[str, Any] = dict(reading.nodes)
    told = {
        name: {
            "name": node.name,
            "resource_type": str(node.resource_type),
            "description": node.description,
            "columns": {
                column: {"data_type": one.data_type, "description": one.description}
                for column, one in node.columns.items()
            },
            "rules": rules(node),
            "depends_on": node.depends_on.nodes,
            "seconds": seconds.get(name),
        }
        for name, node in of_nodes.items()
    }
    path = _told(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told), encoding="utf-8")


def _told(workspace: Workspace) -> Path:
    return workspace.var / "dbt" / "nodes.json"


def _variables(workspace: Workspace, stamp: Stamp) -> dict[str, Any]:
    thresholds = workspace.framework.thresholds
    return {
        "as_of": stamp.as_of.isoformat(),
        "config_hash": stamp.config_hash,
        "load_id": stamp.load_id,
        "min_answered": thresholds.min_answered,
        "positive_from": thresholds.positive_from,
        "imbalance_points": thresholds.imbalance_points,
        "answer_days": thresholds.answer_days,
        "match_days": thresholds.match_days,
        "match_quantity_share": thresholds.match_quantity_share,
        "change_points": thresholds.change_points,
        "on_track_from": thresholds.on_track_from,
        "behind_from": thresholds.behind_from,
        "health_high_from": thresholds.health_high_from,
        "result_high_from": thresholds.result_high_from,
        "echo_trust_from": thresholds.echo_trust_from,
        "echo_challenge_below": thresholds.echo_challenge_below,
        "echo_novelty_below": thresholds.echo_novelty_below,
        "na_policy": thresholds.na_policy,
        "confidence": thresholds.confidence,
        "influence_dimension": workspace.framework.influence_dimension or "",
        "min_n_published": workspace.privacy.min_n_published,
        "dominance_percent": workspace.privacy.dominance_percent,
        "min_n_programme": workspace.privacy.min_n_programme,
    }


def _node(run: Any) -> Node:
    return Node(run.node.name, str(run.node.resource_type), str(run.status), round(run.execution_time, 2))


def _unexplained(result: Any) -> Problem:
    return Problem(
        where="dbt",
        rule="the models can be read and run",
        seen=" ".join(str(result.exception or "no reason given").split()),
        fix="Run `melflow doctor`, then report this line with var/dbt/logs/dbt.log.",
    )
