"""Rows that break a rule and pass all the same, because somebody answers for them by name."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

import polars as pl

from melflow.expectations.check import Checked
from melflow.expectations.held import held_ids, passed

Pair = tuple[str, str]  # row_id, rule_id


def accept(checked: Checked, frames: Mapping[str, pl.DataFrame], pairs: Set[Pair]) -> tuple[Checked, pl.DataFrame]:
    """Let rows pass whose every broken rule is accepted; answers held along with a submission go with it.

    Args:
        checked: What the check found; nothing passes a closed gate.
        frames: The candidates that were checked.
        pairs: Rows and rules that are accepted.

    Returns:
        What passes and is held now, and the held rows (``HELD``) that were let through.
    """
    own = checked.held.filter(pl.col("severity") == "error")
    wanted = pl.DataFrame(sorted(pairs), schema={"row_id": pl.String, "rule_id": pl.String}, orient="row")
    key = ["row_id", "rule_id"]
    broken = {
        str(table): frozenset(rows["row_id"])
        for (table,), rows in own.join(wanted, on=key, how="anti").group_by("table_name")
    }
    if checked.gate or wanted.is_empty():
        return checked, checked.held.clear()
    held = held_ids(frames, broken, stopped=False)
    names = [(name, row_id) for name, ids in held.items() for row_id in sorted(ids)]
    is_held = pl.DataFrame(names, schema={"table_name": pl.String, "row_id": pl.String}, orient="row")
    place = ["table_name", "row_id"]
    let_through = own.join(is_held, on=place, how="anti")
    still = checked.held.join(is_held, on=place, how="semi", maintain_order="left")
    return replace(checked, passed=passed(frames, held), held=still), let_through
