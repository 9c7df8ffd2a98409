"""Secrets by the name of their environment variable: the only place where workspace files' names become values."""

from __future__ import annotations

import os

from melflow.core.errors import TerminalError


def secret(name: str, where: str) -> str:
    """Return a secret.

    Args:
        name: Of the environment variable.
        where: The file that names it.

    Raises:
        TerminalError: The variable is not set, or empty.
    """
    value = os.environ.get(name, "").strip()
    if value:
        return value
    fix = f"Set {name} in the environment that runs melflow; the secret itself never stands in a file of the workspace."
    raise TerminalError.of(where, "the secrets a source names are set", f"no variable {name}", fix)
