"""Before a release is published: nobody who solves its equations finds what it hides (F40 v)."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from melflow.core.errors import Problem, TerminalError
from melflow.core.statistics.attack import FINDINGS, attack
from melflow.flows.safety_cells import TABLES, acts, levels, people

_RULES = {
    "flows": (
        "no exchange of a pair can be told that agreed to a narrower audience (F40)",
        "publish/pub_network_period.sql",
    ),
    "meetings": (
        "no meeting of a pair can be told that agreed to a narrower audience (F40)",
        "publish/pub_power_balance.sql",
    ),
    "roles": (
        "no hidden role can be told from the forms of all partners (F40)",
        "intermediate/int_quality_hidden.sql",
    ),
    "sides": (
        "no hidden side of a pair can be told from the forms of a partner (F40)",
        "intermediate/int_quality_hidden.sql",
    ),
}
_RULE = (
    "no hidden number of respondents can be worked out from what is published (F40)",
    "intermediate/int_cells_hidden.py",
)


def leaks(warehouse: Path, minimum: int) -> pl.DataFrame:
    """Return what can be worked out from what would be published, by each audience that is not the alliance's staff.

    Of people a number may not be told to within one; of what pairs did it may not be told.

    Args:
        warehouse: What dbt built.
        minimum: Fewest respondents of a published cell.

    Returns:
        One row per finding, as ``attack`` has them.
    """
    found = [pl.DataFrame(schema=FINDINGS)]
    for level in levels(warehouse):
        found.append(attack(people(warehouse, level), minimum))
        found.append(attack(acts(warehouse, level), 1).filter(pl.col("high") - pl.col("low") < 1))
    return pl.concat(found).unique().sort("family", "unit", "cell", "item")


def refuse_leaks(warehouse: Path, minimum: int) -> None:
    """Solve the equations of what is about to be published.

    Args:
        warehouse: What dbt built.
        minimum: Fewest respondents of a published cell.

    Raises:
        TerminalError: A hidden number can be worked out; one problem for each table and unit, without the number.
    """
    found = leaks(warehouse, minimum)
    if found.is_empty():
        return
    raise TerminalError.all(
        [
            Problem(
                f"{TABLES[family]}, {unit}",
                _RULES.get(family, _RULE)[0],
                f"{count} of them",
                f"Nothing was published. The rule is models/{_RULES.get(family, _RULE)[1]}: report this line and what "
                "was changed there or in the table's own model.",
            )
            for family, unit, count in found.group_by("family", "unit").len().sort("family", "unit").iter_rows()
        ]
    )
