"""Print or write a frame as table, CSV, JSON or Parquet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.errors import WorkspaceError

if TYPE_CHECKING:
    import polars as pl


def write(frame: pl.DataFrame, output: str, to: Path | None = None) -> None:
    """Print the frame, or write it to a file.

    Raises:
        WorkspaceError: Parquet without a file to write to.
    """
    if output == "parquet":
        if to is None:
            raise WorkspaceError.of("--format parquet", "Parquet goes to a file", "no --to", "Add --to FILE.parquet.")
        frame.write_parquet(to)
    elif output == "csv":
        text = frame.write_csv(to)
        sys.stdout.write(text or "")
    elif output == "json":
        text = frame.write_json(to)
        sys.stdout.write(f"{text}\n" if text else "")
    else:
        _print_table(frame)


def _print_table(frame: pl.DataFrame) -> None:
    from melflow.flows.console import say, table

    rows = [[_shown(value) for value in row] for row in frame.iter_rows()]
    table("", frame.columns, rows)
    say(f"{len(frame)} rows")


def _shown(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value
