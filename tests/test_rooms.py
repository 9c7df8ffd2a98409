"""The house: who may import whom, what is shipped, what must stay light."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("core", "sources", "expectations", "reports", "flows", "examples")
MAY_IMPORT = {
    "core": set(),
    "sources": {"core"},
    "expectations": {"core"},
    "reports": {"core"},
    "models": {"core"},
    "examples": {"core"},
    "flows": {"core", "sources", "expectations", "reports", "examples"},
}
HEAVY = ("prefect", "great_expectations", "evidently", "dbt", "pandas")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def code() -> list[Path]:
    return sorted(path for room in (*ROOMS, "models") for path in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("path", code(), ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms__imports_run_one_way(path: Path) -> None:
    """Should import only rooms below; sister rooms never meet, and rooms are named through the package."""
    room = path.relative_to(ROOT).parts[0]
    names = imported(path)
    rooms = {name.split(".")[1] for name in names if name.startswith("melflow.")}
    assert rooms - {room} <= MAY_IMPORT[room]
    assert not {name.split(".")[0] for name in names} & {*ROOMS, "models"}


@pytest.mark.parametrize("path", code(), ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms__only_their_own_engine(path: Path) -> None:
    """Should keep Prefect and dbt in flows, and the opening of DuckDB in one file."""
    names = {name.split(".")[0] for name in imported(path)}
    if path.relative_to(ROOT).parts[0] != "flows":
        assert not names & {"prefect", "dbt"}
    text = path.read_text(encoding="utf-8")
    assert "duckdb.connect(" not in text or path.relative_to(ROOT).as_posix() == "core/warehouse.py"


def test_rooms__models_call_statistics_only() -> None:
    """Should keep judgement out of the dbt Python models: they call core.statistics and nothing else of ours."""
    for path in (ROOT / "models").rglob("*.py"):
        ours = {name for name in imported(path) if name.startswith("melflow")}
        assert all(name.startswith("melflow.core.statistics") for name in ours), path


def test_packaging__every_room_is_listed() -> None:
    """Should ship every package of the tree, and no models/__init__.py, on which dbt stops."""
    found = {
        ".".join(("melflow", *path.parent.relative_to(ROOT).parts))
        for room in ROOMS
        for path in (ROOT / room).rglob("__init__.py")
    }
    assert {*found, "melflow"} == set(PROJECT["tool"]["setuptools"]["packages"])
    assert not list((ROOT / "models").rglob("__init__.py"))


def test_pyproject__every_dependency_says_why() -> None:
    """Should carry a reason behind each dependency and each lint exception."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for block in (r"\ndependencies = \[\n(.*?)\n\]", r"\ndev = \[\n(.*?)\n\]", r"\nignore = \[\n(.*?)\n\]"):
        found = re.search(block, text, re.DOTALL)
        assert found
        assert all(re.search(r'",?\s+# \w', line) for line in found[1].splitlines()), block


def test_lock__no_registry_address() -> None:
    """Should name versions and hashes only."""
    for path in ROOT.glob("requirements*.lock"):
        assert not re.search(r"://|--index|--find-links", path.read_text(encoding="utf-8")), path


def test_files__small() -> None:
    """Should keep every file of code within 300 lines."""
    long = {str(path.relative_to(ROOT)): n for path in code() if (n := len(path.read_text("utf-8").splitlines())) > 300}
    assert not long


@pytest.mark.parametrize("command", ["", "status", "sql", "held", "catalog", "check"])
def test_cli__light_commands(command: str, tmp_path: Path) -> None:
    """Should answer without importing Prefect, GX, Evidently or dbt."""
    folder = tmp_path / "w"
    program = f"""
import sys
from melflow.flows.cli import run
run(["init", {str(folder)!r}])
run(["-C", {str(folder)!r}, *{command.split()!r}, *(["list"] if {command!r} == "held" else [])
     , *(["select 1"] if {command!r} == "sql" else [])])
heavy = [name for name in {HEAVY!r} if name in sys.modules]
sys.exit(f"imported {{heavy}}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
