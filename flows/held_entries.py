"""Held rows as their history tells them, ready to be put into a decision or a workbook."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from melflow.core.errors import TerminalError, WorkspaceError
from melflow.core.warehouse import connect
from melflow.flows.held_history import ABOUT
from melflow.flows.held_standing import NATIVE

if TYPE_CHECKING:
    import polars as pl

    from melflow.core.workspace import Workspace
    from melflow.flows.held_facts import Entry

Row = dict[str, Any]
#: States in which a row waits for somebody.
WAITING = ("held", "returned")
_PROBLEMS = f"""
    select held.*, native.native_id from raw.held
    left join ({NATIVE}) as native on native.version_id = (held.row_json ->> 'version_id')
    where rule_id <> 'of_held_submission' and state <> 'fixed'
    qualify row_number() over (partition by held_id order by load_id desc, row_id desc) = 1
    order by source, place, rule_id, held_id
"""


def problems(workspace: Workspace) -> list[Row]:
    """Return the held rows (``tables.HELD``, and native_id of submissions) that stand, one per problem, values and all.

    Raises:
        TerminalError: Nothing was ingested yet.
        TransientError: A run writes the warehouse.
    """
    if not workspace.warehouse_path.exists():
        raise TerminalError.of(
            "var", "there is something to tell after the first ingest", "nothing yet", "Run `melflow run` first."
        )
    with connect(workspace.warehouse_path) as con:
        return con.execute(_PROBLEMS).pl().to_dicts()


def named(rows: Iterable[Row], held_ids: Iterable[str]) -> list[Row]:
    """Return the problems that ids name, whole or by their first digits.

    Raises:
        WorkspaceError: An id names none, or more than one.
    """
    known = {row["held_id"]: row for row in rows}
    found = []
    for told in held_ids:
        mine = [held_id for held_id in known if held_id.startswith(told)]
        if len(mine) != 1 or not told:
            seen = f"'{told}', which {'several have' if mine else 'none has'}"
            rule = "a held row is named by its held_id or the first digits of it"
            raise WorkspaceError.of("command line", rule, seen, "Copy the id from `melflow held list`.")
        found.append(known[mine[0]])
    return found


def entry(row: Row) -> Entry:
    """Return the first entry of a problem's history, as JSON keeps it."""
    told = {name: row[name] for name in ABOUT} | {
        "state": "held", "happened_at": row["first_seen"].isoformat(), "who": None, "why": None, "value_before": None,
        "value_before_hash": None, "value_after": row["value"], "value_after_hash": row["value_hash"],
    }  # fmt: skip
    return json.loads(json.dumps(told))  # type: ignore[no-any-return]


def events(workspace: Workspace, held_id: str) -> pl.DataFrame:
    """Return the history of one problem (``tables.HELD_EVENT``), oldest first; also of one that is long fixed.

    Raises:
        WorkspaceError: The id names no problem, or several.
    """
    with connect(workspace.warehouse_path) as con:
        query = "select * from raw.held_event where starts_with(held_id, ?) order by happened_at"
        rows = con.execute(query, [held_id]).pl()
    named(rows.unique("held_id").to_dicts(), [held_id])
    return rows
