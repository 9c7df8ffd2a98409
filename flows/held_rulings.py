"""Decide about held rows by name, and let the decision take effect at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from melflow.core.errors import Problem, WorkspaceError
from melflow.core.landing import LandingStore
from melflow.core.warehouse import connect
from melflow.flows.held_entries import entry, named, problems
from melflow.flows.held_facts import ACCEPTED, decide, said
from melflow.flows.held_history import track
from melflow.flows.intake import take_in
from melflow.flows.runtime import exclusive
from melflow.flows.status import write_status
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.flows.held_entries import Row
    from melflow.flows.intake import Intake


def rule(workspace: Workspace, held_ids: Sequence[str], state: str, who: str, why: str) -> dict[str, int]:
    """Accept or reject held rows; the same decision again changes nothing.

    Args:
        workspace: The workspace.
        held_ids: Of the problems, or their first digits.
        state: accepted or rejected.
        who: Who decides.
        why: In a sentence.

    Returns:
        How many problems of each source were decided.

    Raises:
        WorkspaceError: An id names none, nobody is named, or the rule cannot be done without.
    """
    with exclusive(workspace):
        prepare(workspace.warehouse_path)
        rows = named(problems(workspace), held_ids)
        _refuse(rows, state, who, why)
        store = LandingStore(workspace.landing_dir)
        on = datetime.now(UTC).date()
        counts: dict[str, int] = {}
        for source in sorted({row["source"] for row in rows}):
            mine = {row["held_id"]: entry(row) for row in rows if row["source"] == source}
            decide(store, source, state, mine, who.strip(), why.strip(), on)
            counts[source] = len(mine)
        read_again(workspace, counts)
    return counts


def read_again(workspace: Workspace, sources: Iterable[str]) -> list[Intake]:
    """Bring sources up to date and refresh the status copy; the workspace is held by the caller."""
    instruments = read_instruments(workspace.instruments_dir, workspace.framework)
    intakes = [take_in(workspace, source, instruments) for source in sorted(sources)]
    write_status(workspace)
    return intakes


def note(workspace: Workspace, sources: Iterable[str]) -> None:
    """Enter into the history what was said about held rows, where it changes nothing about which rows are held."""
    store = LandingStore(workspace.landing_dir)
    with connect(workspace.warehouse_path) as con:
        for source in sorted(sources):
            track(con, workspace.sources[source], said(store, source))
    write_status(workspace)


def _refuse(rows: Sequence[Row], state: str, who: str, why: str) -> None:
    found = []
    if not rows:
        found.append(Problem("command line", "a decision is about held rows", "no held_id", "Name one or more."))
    if not who.strip() or not why.strip():
        fix = "Write --by NAME and --why 'a sentence'."
        found.append(Problem("command line", "a decision has a name and a reason", "an empty one", fix))
    for row in rows:
        if state == ACCEPTED and not row["may_accept"]:
            found.append(
                Problem(
                    row["place"],
                    "a row is accepted as it is only where the tables still hold together with it",
                    f"the rule {row['rule_id']}",
                    f"{row['remedy']} Or keep it out with `melflow held reject`.",
                )
            )
    if found:
        raise WorkspaceError(*found)
