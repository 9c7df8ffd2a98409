"""An error that ends a run, or a part of it, as problems the data officer can be told."""

from __future__ import annotations

import traceback
from pathlib import Path

from melflow.core.errors import MelflowError, Problem


def problems_of(error: Exception, where: str) -> tuple[Problem, ...]:
    """Return what is wrong; of an error nobody foresaw its place in the code, for its message may quote a value.

    Args:
        error: What was raised.
        where: What was being done, for an error that does not say where it is.
    """
    if isinstance(error, MelflowError):
        return error.problems
    frame = traceback.extract_tb(error.__traceback__)[-1]
    kind, place = type(error).__name__, f"{Path(frame.filename).name}, line {frame.lineno}"
    fix = "What landed is safe, and everything else was made; run again. If it comes back, report this line."
    return (Problem(f"{where}, {place}", "a run ends without an unforeseen error", kind, fix),)
