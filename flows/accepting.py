"""Rows that break a rule and pass all the same: somebody answers for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from melflow.flows import held_facts
from melflow.flows.held_identity import identified
from melflow.flows.tables import HELD_ACCEPTED

if TYPE_CHECKING:
    from melflow.expectations.check import Checked


def let_through(
    checked: Checked, frames: dict[str, pl.DataFrame], said: held_facts.Said
) -> tuple[Checked, pl.DataFrame]:
    """Let rows pass that somebody answers for; a value that changed since is judged anew."""
    from melflow.expectations.accept import accept

    held = identified(checked.held)
    rulings = {held_id: one for held_id, one in said.rulings.items() if one.state == held_facts.ACCEPTED}
    mine = [
        row
        for row in held.filter("may_accept", pl.col("held_id").is_in(list(rulings))).iter_rows(named=True)
        if rulings[row["held_id"]].problems[row["held_id"]]["value_after_hash"] == row["value_hash"]
    ]
    checked, through = accept(checked, frames, {(row["row_id"], row["rule_id"]) for row in mine})
    answered = pl.DataFrame(
        [(one["row_id"], one["rule_id"], one["held_id"], by.who, by.why, by.at)
         for one in mine for by in (rulings[one["held_id"]],)],
        schema={name: HELD_ACCEPTED[name] for name in ("row_id", "rule_id", "held_id", "who", "why", "decided_at")},
        orient="row",
    )  # fmt: skip
    return checked, through.join(answered, on=["row_id", "rule_id"]).select(list(HELD_ACCEPTED))
