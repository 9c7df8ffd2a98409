"""The guard's judgement on a batch, with what the alliance and its people decided beforehand."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.names import PartnerNames
from melflow.core.workspace import Workspace
from melflow.flows import held_facts
from melflow.flows.held_identity import identified
from melflow.flows.tables import HELD_ACCEPTED
from melflow.sources.corrections import unsure

if TYPE_CHECKING:
    from melflow.expectations.check import Checked
    from melflow.sources.payload import Parsed
    from melflow.sources.xlsform import Instruments


def judge(
    workspace: Workspace,
    source: str,
    instruments: Instruments,
    frames: dict[str, pl.DataFrame],
    parsed: Collection[Parsed],
    versions: pl.DataFrame,
) -> Checked:
    """Check the rows of a source that are due together.

    Args:
        workspace: With the corrections that came back in workbooks.
        source: Name of the source.
        instruments: The forms.
        frames: The candidates, by canonical table.
        parsed: Its payloads.
        versions: Submission versions that stay in the warehouse (submission_id, version_id, native_id, content_hash).
    """
    from melflow.expectations.check import Reference, check

    conflicts = _conflicts(versions, frames)
    conflicts |= {row_id for item in parsed for row_id in item.conflicts}
    reference = Reference(
        partners=frozenset(workspace.partners),
        partnerships=frozenset(partnership.id for partnership in workspace.partnerships),
        constructs={construct.id: kind for kind, construct in workspace.framework.constructs()},
        periods={period.period_id: (period.starts_on, period.ends_on) for period in workspace.periods},
        nearest=PartnerNames(workspace.partners, workspace.aliases).nearest,
        units=workspace.units,
    )
    n_declared = len(held_facts.declared(workspace, source))
    met = (item.met.filter(pl.col("number") <= n_declared) for item in parsed if item.met is not None)
    doubtful = unsure(met)
    return check(frames, instruments.frames, reference, frozenset(conflicts), frozenset(doubtful))


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


def _conflicts(known: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> set[str]:
    """Find submission versions that came before with another content and no sign of an edit."""
    if "src_submission" not in frames:
        return set()
    columns = ["version_id", "content_hash"]
    incoming = frames["src_submission"].select("row_id", *columns)
    both = pl.concat([known.select(columns), incoming.select(columns)])
    first = both.unique("version_id", keep="first", maintain_order=True)
    clash = incoming.join(first, on="version_id", suffix="_first").filter(
        pl.col("content_hash") != pl.col("content_hash_first")
    )
    return set(clash["row_id"])
