"""``melflow held``: rows that wait for a fix."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from melflow.flows.commands.folder import Folder, opened


def list_held(
    *,
    source: str | None = None,
    output: Annotated[Literal["table", "csv", "json"], Parameter(name="--format")] = "table",
    folder: Folder,
) -> int:
    """List held rows: place, rule, what to do. Values stay in the warehouse.

    Args:
        source: Only this source.
        output: How to print.
    """
    from melflow.flows.output import write
    from melflow.flows.status import held_rows

    rows = held_rows(opened(folder))
    if source:
        rows = rows.filter(source=source)
    columns = ("source", "place", "rule_id", "message", "remedy", "first_seen", "held_id")
    write(rows.select(columns), output)
    return 0
