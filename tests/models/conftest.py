"""The warehouse of the small alliance, built once by dbt."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from built_models import dbt_build
from filelock import FileLock
from small_alliance import seed


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seed the raw tables, build and test all models on them, once for all workers; return this worker's copy."""
    mine = tmp_path_factory.getbasetemp()
    shared = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "models"
    shared.mkdir(exist_ok=True)
    with FileLock(shared / "lock"):
        if not (shared / "done").exists():
            seed(shared / "warehouse.duckdb")
            stamp = {"as_of": "2025-07-01", "config_hash": "abc", "load_id": "survey-1"}
            dbt_build(shared / "warehouse.duckdb", variables=stamp)
            (shared / "done").touch()
        own = shutil.copytree(shared, tmp_path_factory.mktemp("models") / "w")
    return own / "warehouse.duckdb"
