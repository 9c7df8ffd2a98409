"""An error nobody foresaw: a line for the person, the details in a file for whoever mends it."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path

from melflow.core.errors import Problem
from melflow.flows.console import complain


def report(error: Exception) -> None:
    """Write the traceback to a file of this account only and say where it is; it may quote values."""
    with tempfile.NamedTemporaryFile("w", prefix="melflow-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    problem = Problem(
        where="melflow",
        rule="a command ends without an unforeseen error",
        seen=type(error).__name__,
        fix=f"What landed is safe; run again. If it comes back, report it with {Path(file.name)} (it may quote data).",
    )
    complain([problem])
