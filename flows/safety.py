"""Before a release is published: nobody who solves its equations finds what it hides (F40 v)."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from melflow.core.errors import Problem, TerminalError
from melflow.core.statistics.attack import attack
from melflow.core.statistics.suppression import COMPLEMENTARY, PRIMARY
from melflow.core.warehouse import connect

#: Family of ``int_cells_linked`` -> its published table, and there the unit, the cell and the item.
_PUBLISHED = {
    "needs": ("pub_needs_baseline", "period_id", "scope || ' ' || scope_id", "topic"),
    "feedback": ("pub_feedback", "period_id", "event_id", "item"),
    "entries": ("pub_entry_profile", "'all'", "scope || ' ' || scope_id", "item"),
}
#: How many a source's forms were is how many answered, where one is told: by partner and period, of the forms of needs.
_COUNTED = """
    select 'needs' as family, period_id as unit, 'partner ' || partner_id as cell, max(submissions) as n
    from publish.pub_data_quality
    where submissions > 0 and source in (
        select submissions.source
        from staging.stg_submissions as submissions
        inner join intermediate.int_items_measured as items using (instrument_id)
        where items.kind = 'need'
    )
    group by all
"""


def published_cells(warehouse: Path) -> pl.DataFrame:
    """Return the numbers of respondents as they would be published with their sums, as ``attack`` takes them."""
    found = []
    with connect(warehouse) as con:
        for family, (table, unit, cell, item) in _PUBLISHED.items():
            query = f"""
                with counted as ({_COUNTED})
                select linked.family, linked.unit, linked.cell, linked.parent, linked.item,
                    cast(coalesce(published.n_respondents, counted.n) as bigint) as n,
                    case
                        when not published.is_suppressed or counted.n is not null then null
                        when published.n_suppressed_reason like 'fewer than %' then '{PRIMARY}'
                        else '{COMPLEMENTARY}'
                    end as hidden_because
                from intermediate.int_cells_linked as linked
                inner join publish.{table} as published
                    on linked.unit = {unit} and linked.cell = {cell} and linked.item = published.{item}
                left join counted using (family, unit, cell)
                where linked.family = '{family}'
                order by all
            """
            found.append(con.execute(query).pl())
    return pl.concat(found)


def refuse_leaks(warehouse: Path, minimum: int) -> None:
    """Solve the equations of what is about to be published.

    Args:
        warehouse: What dbt built.
        minimum: Fewest respondents of a published cell.

    Raises:
        TerminalError: A hidden number can be worked out; one problem for each table and unit, without the number.
    """
    leaks = attack(published_cells(warehouse), minimum)
    if leaks.is_empty():
        return
    raise TerminalError.all(
        [
            Problem(
                f"{_PUBLISHED[family][0]}, {unit}",
                "no hidden number of respondents can be worked out from what is published (F40)",
                f"{count} of them",
                "Nothing was published. The rule is models/intermediate/int_cells_hidden.py: report this line and what "
                "was changed there or in the table's own model.",
            )
            for family, unit, count in leaks.group_by("family", "unit").len().sort("family", "unit").iter_rows()
        ]
    )
