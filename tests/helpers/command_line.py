"""The program as a user runs it: another process, on a machine that reaches nothing beyond itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

KEY = "a key that every workspace of this test shares"
SECONDS = 400
#: Put before every interpreter of a run: notes and refuses each look-up and connection that leaves this machine.
GUARD = Path(__file__).parents[1] / "flows" / "offline"


def melflow(folder: Path, *arguments: str, check: int | None = 0, api: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program in a workspace, on a Prefect server of its own or at ``api``; its exit code must be ``check``."""
    done = subprocess.run(
        command(folder, *arguments), capture_output=True, text=True, timeout=SECONDS, env=environment(api)
    )
    assert check is None or done.returncode == check, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "melflow.flows.cli", "-C", str(folder), *arguments]


def environment(api: str = "") -> dict[str, str]:
    mine = {"MELFLOW_HASH_KEY": KEY, "PYTHONPATH": str(GUARD)} | ({"PREFECT_API_URL": api} if api else {})
    return {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"} | mine
