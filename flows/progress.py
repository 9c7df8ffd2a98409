"""What is under way, on standard error: a spinner on a terminal, else a line per step; silent in scheduled runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

_shown: list[Status | None] = []


@contextmanager
def progress(first: str) -> Iterator[None]:
    """Show steps while something long is under way, beginning with the first."""
    from melflow.flows.console import err

    status = err.status(first) if err.is_terminal else None
    _shown.append(status)
    try:
        if status:
            with status:
                yield
        else:
            step(first)
            yield
    finally:
        _shown.pop()


def step(what: str) -> None:
    """Say what is done now; nothing is said outside ``progress``."""
    if not _shown:
        return
    from rich.markup import escape

    from melflow.flows.console import err

    if (status := _shown[-1]) is not None:
        status.update(escape(what))
    else:
        err.print(f"{what} ...", markup=False)
