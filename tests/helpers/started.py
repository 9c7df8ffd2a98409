"""Workspaces made out of data sets, and what their marts say."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from melflow.core.workspace import load_workspace
from melflow.flows.cli import run

ROOT = Path(__file__).resolve().parents[2]
NETWORKS, LIKERT = ROOT / "examples" / "networks", ROOT / "examples" / "likert"
TIES = NETWORKS / "inbox" / "help_between_towns.csv"
TOWNS = ["--network", str(TIES), "--weight", "hours", "--day", "2025-01-15"]
SURVEY = ["--likert", str(LIKERT / "town_survey.csv"), "--key", str(LIKERT / "town_survey_key.csv"),
          "--partner", "town", "--respondent", "person", "--day", "2025-01-15"]  # fmt: skip
FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", ""))
field_data = pytest.mark.skipif("MELFLOW_FIELD_DATA" not in os.environ, reason="MELFLOW_FIELD_DATA is not set")
Ask = Callable[..., pl.DataFrame]


def made(folder: Path, *arguments: str) -> Path:
    assert run(["init", str(folder), *arguments]) == 0
    return folder


def answers(folder: Path, *marts: str) -> Ask:
    """Run the workspace without Prefect, as far as some marts need; return a way to ask them."""
    from melflow.flows.intake import take_in
    from melflow.flows.reference import write_reference
    from melflow.flows.release import stamp
    from melflow.flows.tables import prepare
    from melflow.flows.transform import transform
    from melflow.sources.xlsform import read_instruments

    workspace = load_workspace(folder)
    instruments = read_instruments(workspace.root / "instruments", workspace.framework)
    prepare(workspace.warehouse_path)
    for source in workspace.sources:
        intake = take_in(workspace, source, instruments)
        assert not intake.is_failed and intake.counts.rows_held == 0
    write_reference(workspace, instruments)
    transform(workspace, stamp(workspace), only=marts)

    def ask(query: str) -> pl.DataFrame:
        with duckdb.connect(str(workspace.warehouse_path), read_only=True) as con:
            con.execute("use marts")
            return con.execute(query).pl()

    return ask
