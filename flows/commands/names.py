"""``melflow names``: names nobody has resolved, and whom they may mean."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from melflow.flows.commands.folder import Folder, opened


def names(
    *,
    source: str | None = None,
    output: Annotated[Literal["table", "csv", "json"], Parameter(name="--format")] = "table",
    folder: Folder,
) -> int:
    """List names of partners nobody knows, and whom they may mean.

    With how often and where each came, and a line for aliases.csv. Nothing is decided here: add the line if the
    suggestion is right, correct it if not.

    Args:
        source: Only this source.
        output: How to print.
    """
    import polars as pl

    from melflow.flows.names import unresolved_names
    from melflow.flows.output import write

    found = unresolved_names(opened(folder), source)
    rows = [
        {
            "source": one.source,
            "name": one.raw_name,
            "rows": one.n_rows,
            "state": "left out" if one.is_left_out else "held",
            "places": ", ".join(one.places),
            "may mean": "; ".join(f"{guess.partner_id} {guess.score:.0f}" for guess in one.suggestions),
            "line for aliases.csv": one.alias_line,
        }
        for one in found
    ]
    text = dict.fromkeys(("source", "name", "state", "places", "may mean", "line for aliases.csv"), pl.String)
    schema = {name: text.get(name, pl.Int64) for name in ("source", "name", "rows", *list(text)[2:])}
    write(pl.DataFrame(rows, schema=schema), output)
    return 0
