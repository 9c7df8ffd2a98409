"""What ``melflow doctor`` looks at."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from melflow.core.errors import MelflowError
from melflow.core.version import code_version
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace
from melflow.flows.runtime import exclusive, running_server

_MIN_FREE_GB = 1.0
_EARLIEST = 1_735_689_600  # 2025-01-01: an earlier clock is a wrong clock
_PARTS = ("prefect", "duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "evidently", "polars", "typst")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what, whether it is well, what was seen, what to do if not."""

    what: str
    is_well: bool
    seen: str
    fix: str = ""


def examine(workspace: Workspace) -> list[Finding]:
    """Look at everything a run needs; changes nothing."""
    return [*_versions(), *_places(workspace), _clock(), _lock(workspace), _warehouse(workspace), _server(workspace)]


def _versions() -> Iterator[Finding]:
    yield Finding("melflow", True, code_version())
    yield Finding("parts", True, ", ".join(f"{part} {version(part)}" for part in _PARTS))


def _places(workspace: Workspace) -> Iterator[Finding]:
    workspace.var.mkdir(parents=True, exist_ok=True)
    probe = workspace.var / ".probe"
    try:
        probe.touch()
        probe.unlink()
        yield Finding("folder var/", True, f"{workspace.var} can be written")
    except OSError as error:
        yield Finding("folder var/", False, str(error), "Give this account the right to write there.")
    free = shutil.disk_usage(workspace.var).free / 1e9
    yield Finding("disk", free >= _MIN_FREE_GB, f"{free:.1f} GB free", f"Free at least {_MIN_FREE_GB:.0f} GB.")
    try:
        workspace.hash_key()
        yield Finding("key for pseudonyms", True, "found")
    except MelflowError as error:
        yield Finding("key for pseudonyms", False, error.problems[0].seen, error.problems[0].fix)


def _clock() -> Finding:
    seen = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    return Finding("clock", time.time() > _EARLIEST, seen, "Set the machine's clock: landings are dated by it.")


def _lock(workspace: Workspace) -> Finding:
    try:
        with exclusive(workspace, seconds=0.1):
            return Finding("run lock", True, "free")
    except MelflowError:
        return Finding("run lock", True, "held: a run is under way")


def _warehouse(workspace: Workspace) -> Finding:
    path: Path = workspace.warehouse_path
    if not path.exists():
        return Finding("warehouse", True, "not made yet; the first run makes it")
    try:
        with connect(path, read_only=True) as con:
            row = con.execute("select count(*) from raw.load").fetchone()
        return Finding("warehouse", True, f"{row[0] if row else 0} payloads loaded")
    except MelflowError as error:
        return Finding("warehouse", True, error.problems[0].seen)


def _server(workspace: Workspace) -> Finding:
    address = running_server(workspace.var)
    return Finding("Prefect", True, address or "no server of this workspace runs; runs start an embedded one")
