"""What is shipped: the wheel alone, without the checkout, can make the example and read its own models."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = (".git", ".venv", ".cache", "demo", "build", "*.egg-info", ".mypy_cache", ".hypothesis", "__pycache__")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the tree and unpack it into a folder of its own."""
    place = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, place / "tree", ignore=shutil.ignore_patterns(*LEFT_OUT))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(place), str(place / "tree")]
    subprocess.run(build, check=True, capture_output=True)
    [wheel] = place.glob("melflow-*.whl")
    target = place / "site"
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(target), str(wheel)], check=True)
    return target


def from_wheel(installed: Path, program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(installed)} | environment,
        cwd=installed.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel__example(installed: Path, tmp_path: Path) -> None:
    """Should make the example workspace, and find its files right, from the wheel."""
    program = f"""
import melflow, sys
from melflow.flows.cli import run
assert melflow.__file__.startswith({str(installed)!r}), melflow.__file__
sys.exit(run(["init", {str(tmp_path / "w")!r}, "--example"]) or run(["-C", {str(tmp_path / "w")!r}, "check"]))
"""
    assert "are right" in from_wheel(installed, program)


@pytest.mark.slow
def test_wheel__models(installed: Path, tmp_path: Path) -> None:
    """Should give dbt a project it can read, from the wheel and writing nothing into it."""
    before = {path for path in installed.rglob("*") if "__pycache__" not in path.parts}
    program = f"""
import sys
from pathlib import Path
import melflow
from dbt.cli.main import dbtRunner
root = Path(melflow.__file__).parent
result = dbtRunner().invoke([
    "--warn-error", "--log-path", {str(tmp_path)!r}, "parse", "--project-dir", str(root), "--profiles-dir", str(root),
    "--target-path", {str(tmp_path)!r},
])
names = {{node.name for node in result.result.nodes.values()}} if result.success else set()
sys.exit(0 if {{"mart_capability_score", "assert_sides_match_views"}} <= names else str(result.exception))
"""
    from_wheel(installed, program, MELFLOW_WAREHOUSE=str(tmp_path / "w.duckdb"), DBT_SEND_ANONYMOUS_USAGE_STATS="false")
    assert {path for path in installed.rglob("*") if "__pycache__" not in path.parts} == before
