"""``melflow held``: rows that wait for a fix, and what was decided about them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from melflow.flows.commands.folder import Folder, opened

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace

State = Literal["held", "returned", "accepted", "rejected"]
_SHOWN = ("source", "partner_id", "place", "rule_id", "message", "remedy", "state", "age_days", "first_seen", "held_id")


def list_held(
    *,
    source: str | None = None,
    partner: str | None = None,
    state: State | None = None,
    output: Annotated[Literal["table", "csv", "json"], Parameter(name="--format")] = "table",
    folder: Folder,
) -> int:
    """List held rows: place, rule, what to do, state and age. Values stay in the warehouse.

    Args:
        source: Only this source.
        partner: Only rows of this partner.
        state: Only this state: held, returned to the partner, accepted, rejected.
        output: How to print.
    """
    import polars as pl

    from melflow.flows.output import write
    from melflow.flows.status import held_rows

    age = (pl.lit(datetime.now(UTC)) - pl.col("first_seen")).dt.total_days()
    rows = held_rows(opened(folder)).with_columns(age_days=age)
    for name, wanted in {"source": source, "partner_id": partner, "state": state}.items():
        if wanted:
            rows = rows.filter(pl.col(name) == wanted)
    write(rows.select(_SHOWN), output)
    return 0


def accept(
    *held: str,
    by: Annotated[str, Parameter(name="--by")],
    why: Annotated[str, Parameter(name="--why")],
    folder: Folder,
) -> int:
    """Load a held row as it is, flagged: somebody answers for it by name.

    Args:
        held: held_id as `melflow held list` shows it, or its first digits.
        by: Who answers for it.
        why: Why it is right as it is.
    """
    return _rule(opened(folder), held, "accepted", by, why)


def reject(
    *held: str,
    by: Annotated[str, Parameter(name="--by")],
    why: Annotated[str, Parameter(name="--why")],
    folder: Folder,
) -> int:
    """Keep a held row out for good; it is not waited for any more.

    Args:
        held: held_id as `melflow held list` shows it, or its first digits.
        by: Who decided it.
        why: Why it cannot be put right.
    """
    return _rule(opened(folder), held, "rejected", by, why)


def history(held: str, *, values: bool = False, folder: Folder) -> int:
    """Tell what became of a held row: every state, when, by whom and why.

    Args:
        held: held_id, or its first digits.
        values: Also what stood there before and after; on this terminal only.
    """
    from melflow.flows.held_entries import events
    from melflow.flows.output import write

    rows = events(opened(folder), held)
    shown = ["happened_at", "state", "who", "why", "value_before_hash", "value_after_hash"]
    write(rows.select([name.removesuffix("_hash") for name in shown] if values else shown), "table")
    return 0


def export(*, partner: str, to: Path | None = None, folder: Folder) -> int:
    """Write the correction workbook of a partner: one line per problem, in its language.

    Args:
        partner: The partner_id.
        to: The file to write; in var/held when absent.
    """
    from melflow.flows.console import say
    from melflow.flows.held_export import export as write

    path, n_lines = write(opened(folder), partner, to)
    lines = "1 line" if n_lines == 1 else f"{n_lines} lines"
    say(f"{path}: {lines} to correct." if path else f"Nothing of {partner} waits for a correction.")
    return 0


def take_back(file: Path, *, by: str | None = None, partner: str | None = None, folder: Folder) -> int:
    """Take a filled-in correction workbook back: checked whole, applied as a version of its own, once.

    Args:
        file: The workbook.
        by: Who filled it in; when absent, who saved it last, or else the partner.
        partner: Who sent it, where you know: another partner's file is refused.
    """
    from melflow.flows.console import say
    from melflow.flows.held_import import take_back as read

    done = read(opened(folder), file, by, partner)
    if not done.is_new:
        say("This file came before; nothing was changed.")
        return 0
    say(f"{done.partner}: {done.n_corrected} lines corrected, {done.n_fixed} of them released now.", "green")
    for n_lines, what in (
        (done.n_corrected - done.n_fixed, "corrected, but a rule is still broken (`melflow held list` says which)"),
        (done.n_right, "said to be right as they are: decide with `melflow held accept` or `reject`"),
        (done.n_settled, "about rows that no longer wait"),
        (done.n_empty, "without an answer"),
    ):
        if n_lines:
            say(f"{n_lines} lines {what}.", "yellow")
    say("`melflow run`, or the next scheduled run, brings it into the marts.")
    return 0


def _rule(workspace: Workspace, held: tuple[str, ...], state: str, by: str, why: str) -> int:
    """Land the decision and read the sources again, so that it holds at once."""
    from melflow.flows.console import say
    from melflow.flows.held_rulings import rule

    for source, n_rows in rule(workspace, held, state, by, why).items():
        say(f"{source}: {n_rows} held rows {state}.", "green")
    return 0
