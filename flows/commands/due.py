"""``melflow due``: who owes what by when, and what came."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from melflow.flows.commands.folder import Folder, opened


def due(
    *,
    partner: str | None = None,
    state: Literal["on_time", "late", "missing", "open"] | None = None,
    everything: Annotated[bool, Parameter(name="--all")] = False,
    output: Annotated[Literal["table", "csv", "json"], Parameter(name="--format")] = "table",
    folder: Folder,
) -> int:
    """Say who owes what by when: missing and not due yet, or all.

    Args:
        partner: Only what this partner owes.
        state: Only this state.
        everything: Also what came, on time or late.
        output: How to print.
    """
    import polars as pl

    from melflow.flows.output import write
    from melflow.flows.status import read_status

    workspace = opened(folder)
    rows = read_status(workspace, "expected")
    if state:
        rows = rows.filter(pl.col("state") == state)
    elif not everything:
        rows = rows.filter(pl.col("state").is_in(["missing", "open"]))
    if partner:
        rows = rows.filter(pl.col("partner_id") == partner)
    key = ["source", "partner_id", "period_id"]
    reminded = read_status(workspace, "reminder").sort("made_at").group_by(key).agg(pl.col("stage").last())
    shown = rows.join(reminded, on=key, how="left", nulls_equal=True, maintain_order="left")
    columns = ("due_on", "partner_id", "source", "period_id", "state", "days_late", "first_received_on", "n_rows")
    write(shown.select(*columns, reminded="stage"), output)
    return 0
