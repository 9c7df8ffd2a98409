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
    """List the tables of the current release, or one's columns: what they mean, and what holds in every row.

    Args:
        table: A table such as mart_capability_score; the list of tables when absent.
        output: How to print.
    """
    from melflow.core.warehouse import open_release
    from melflow.flows.console import say
    from melflow.flows.output import write
    from melflow.flows.release import find

    with open_release(find(opened(folder), None).folder) as con:
        rules: list[str] = []
        if table:
            rows = con.execute(
                "select column_name, data_type, description from catalogue where table_name = ?", [table]
            ).pl()
            if ("identities",) in con.execute("show tables").fetchall():  # a release of an earlier version has none
                found = con.execute("select rule from identities where table_name = ? order by rule", [table])
                rules = [rule for (rule,) in found.fetchall()]
        else:
            rows = con.execute(
                "select table_name, any_value(table_description) as description, count(*) as n_columns "
                "from catalogue group by table_name order by table_name"
            ).pl()
    write(rows, output)
    if rules and output == "table":
        say("Checked before every release:")
        for rule in rules:
            say(f"  {rule}")
    return 0
