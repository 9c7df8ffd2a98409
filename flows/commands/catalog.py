"""``melflow catalog``: tables and columns with meaning, unit, range."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from melflow.flows.commands.folder import Folder, opened


def catalog(
    table: str | None = None,
    /,
    *,
    output: Annotated[Literal["table", "csv", "json"], Parameter(name="--format")] = "table",
    folder: Folder,
) -> int:
    """List the tables of the current release, or the columns of one, with their meaning.

    Args:
        table: A table such as mart_capability_score; the list of tables when absent.
        output: How to print.
    """
    from melflow.core.warehouse import open_release
    from melflow.flows.output import write
    from melflow.flows.release import find

    with open_release(find(opened(folder), None).folder) as con:
        if table:
            rows = con.execute(
                "select column_name, data_type, description from catalogue where table_name = ?", [table]
            ).pl()
        else:
            rows = con.execute(
                "select table_name, any_value(table_description) as description, count(*) as n_columns "
                "from catalogue group by table_name order by table_name"
            ).pl()
    write(rows, output)
    return 0
