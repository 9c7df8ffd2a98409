"""``melflow sql``: query a release, read-only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from melflow.flows.commands.folder import Folder, opened


def sql(
    query: str,
    /,
    *,
    output: Annotated[Literal["table", "csv", "json", "parquet"], Parameter(name="--format")] = "table",
    release: str | None = None,
    to: Path | None = None,
    folder: Folder,
) -> int:
    """Query a release with SQL, read-only; answers while a run is under way.

    Args:
        query: A SELECT over mart_*, pub_*, dim_* (see `melflow catalog`).
        output: How to print.
        release: Identifier of a release; the current one when absent.
        to: File to write instead of the terminal; needed for parquet.
    """
    import duckdb

    from melflow.core.errors import TerminalError
    from melflow.core.warehouse import open_release
    from melflow.flows.output import write
    from melflow.flows.release import find

    found = find(opened(folder), release)
    with open_release(found.folder) as con:
        try:
            rows = con.execute(query).pl()
        except duckdb.Error as error:
            raise TerminalError.of(
                f"release {found.release_id}",
                "the query is valid DuckDB SQL over the release's tables",
                " ".join(str(error).split()),
                "See the tables and columns with `melflow catalog`.",
            ) from error
    write(rows, output, to)
    return 0
