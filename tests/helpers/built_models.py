"""dbt on a warehouse of a test, read once for all of them and with its own files beside the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from melflow.core.warehouse import connect
from melflow.flows.dbt_manifest import manifest, options


def dbt_build(warehouse: Path, *words: str, variables: Mapping[str, str] | None = None) -> None:
    """Run ``dbt build --warn-error``; every node must come out well."""
    from dbt.cli.main import dbtRunner

    given = variables or {}
    folder = warehouse.parent / "dbt"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MELFLOW_WAREHOUSE", str(warehouse))
        place = [*options(given, folder / "target"), "--log-path", str(folder / "logs")]
        reading = manifest(given, warehouse)
        with connect(warehouse):  # held open, as flows/transform.py does
            result = dbtRunner(manifest=reading).invoke(["--warn-error", "build", "--quiet", *words, *place])
    failed = [f"{run.node.name}: {run.message}" for run in result.result or () if run.status not in ("success", "pass")]
    assert result.success, result.exception or failed
