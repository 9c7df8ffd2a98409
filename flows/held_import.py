"""A filled-in correction workbook back: checked whole, landed as it came, applied as corrections, once.

Nothing that landed before is touched. What the workbook says becomes corrections of its own in the landing store, each
with the value it expects; the sources are read again with them, and the rows that are right now flow.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import WorkspaceError
from melflow.core.landing import LandingStore
from melflow.expectations import workbook, workbook_read
from melflow.flows import held_facts
from melflow.flows.held_entries import WAITING, entry, problems
from melflow.flows.held_rulings import read_again
from melflow.flows.held_spots import spots
from melflow.flows.runtime import exclusive
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.flows.held_entries import Row
    from melflow.sources.recorder import Spot

#: Source under which workbooks that came back land; no declared source can have the name.
WORKBOOKS = "held:workbooks"


@dataclass(frozen=True)
class Import:
    """What became of a workbook that came back.

    Attributes:
        partner: Whose it is.
        n_corrected: Problems a value was given for, or whose row is left out.
        n_right: Problems the partner says are none; somebody has to accept or reject them.
        n_settled: Lines about problems that are no longer there.
        n_empty: Lines without an answer.
        n_fixed: Of those corrected: released now.
        is_new: False when the same file had come before; then nothing was done.
    """

    partner: str
    n_corrected: int = 0
    n_right: int = 0
    n_settled: int = 0
    n_empty: int = 0
    n_fixed: int = 0
    is_new: bool = True


def take_back(workspace: Workspace, file: Path, by: str | None = None, partner: str | None = None) -> Import:
    """Take a filled-in workbook back: land it, apply what it says, read the sources again.

    Args:
        workspace: The workspace.
        file: The workbook.
        by: Who filled it in; else who saved it last, else the partner.
        partner: The partner who sent it, where that is known: another one's file is refused.

    Raises:
        TerminalError: The file is refused; every reason is named.
        WorkspaceError: It is another partner's file, or there is no such file.
    """
    if not file.is_file():
        raise WorkspaceError.of(str(file), "a workbook is a file", "no such file", "Correct the path.")
    workbook_read.refuse_large(file.name, file.stat().st_size)
    content = file.read_bytes()
    returned = workbook_read.read(content, file.name, workspace.hash_key())
    book = returned.book
    if book.alliance != workspace.alliance.id or book.partner not in workspace.partners or (
        partner not in (None, book.partner)
    ):  # fmt: skip
        rule, fix = "a partner sends back its own workbook", "Ask the sender for the file they were sent."
        raise WorkspaceError.of(file.name, rule, f"the workbook of {book.partner}", fix)
    who = by or returned.saved_by or workspace.partners[book.partner].name
    with exclusive(workspace):
        store = LandingStore(workspace.landing_dir)
        sha256 = hashlib.sha256(content).hexdigest()
        if any(one.sha256 == sha256 and _is_done(store, one.sha256) for one in store.of_source(WORKBOOKS)):
            return Import(book.partner, is_new=False)
        landing, _ = store.land(WORKBOOKS, f"{book.partner}/{file.name}", content)
        prepare(workspace.warehouse_path)
        result = _apply(workspace, store, returned, who, sha256[:12], landing.landed_at.date())
        store.land(WORKBOOKS, f"done/{sha256}", json.dumps({"done": sha256}).encode())
    return result


def _is_done(store: LandingStore, sha256: str) -> bool:
    return any(one.origin == f"done/{sha256}" for one in store.of_source(WORKBOOKS))


def _apply(
    workspace: Workspace, store: LandingStore, returned: workbook_read.Returned, who: str, name: str, on: date
) -> Import:
    standing = {row["held_id"]: row for row in problems(workspace)}
    instruments = read_instruments(workspace.instruments_dir, workspace.framework)
    mine = [
        (one, standing[one.line.held_id])
        for one in returned.filled
        if one.line.held_id in standing
        and standing[one.line.held_id]["state"] in WAITING
        and standing[one.line.held_id]["value_hash"] == one.line.value_hash
        and standing[one.line.held_id]["partner_id"] == returned.book.partner
    ]
    places = spots(workspace, instruments, [row for _, row in mine])
    corrections: dict[str, list[dict[str, Any]]] = defaultdict(list)
    right: dict[str, dict[str, held_facts.Entry]] = defaultdict(dict)
    rows_now: dict[tuple[str, int], dict[str, str]] = {}
    for one, row in mine:
        spot = places.get(row["held_id"])
        if one.answer == workbook.RIGHT or spot is None:
            right[row["source"]][row["held_id"]] = entry(row)
            continue
        corrections[row["source"]].append(
            _correction(workspace, one, row, spot, rows_now) | {"who": who, "on": on.isoformat(), "problem": entry(row),
                                                                "reason": f"Workbook {name} of {returned.book.partner}"}
        )  # fmt: skip
    for source, rows in corrections.items():
        held_facts.land_corrections(store, source, name, [row for row in rows if row.get("action")])
    for source, told in right.items():
        why = f"Workbook {name}: the partner says it is right as it is"
        held_facts.decide(store, source, held_facts.RETURNED, told, who, why, on)
    read_again(workspace, {*corrections, *right})
    left = {row["held_id"] for row in problems(workspace) if row["state"] in WAITING}
    corrected = {row["problem"]["held_id"] for rows in corrections.values() for row in rows}
    return Import(
        returned.book.partner,
        n_corrected=len(corrected),
        n_right=sum(map(len, right.values())),
        n_settled=len(returned.filled) - len(mine),
        n_empty=len(returned.book.lines) - len(returned.filled),
        n_fixed=len(corrected - left),
    )


def _correction(
    workspace: Workspace,
    one: workbook_read.Filled,
    row: Row,
    spot: Spot,
    rows_now: dict[tuple[str, int], dict[str, str]],
) -> dict[str, Any]:
    """Return the fields of a ``Correction``: a row of a table is named by all it says, so that it is found in any file.

    Args:
        workspace: The workspace.
        one: What the partner says.
        row: The problem.
        spot: Its place.
        rows_now: Row -> what it says after the corrections of this workbook so far; brought up to date.
    """
    config = workspace.sources[row["source"]]
    where: dict[str, Any] = {name: value for name, value in spot.place.items() if value is not None}
    if spot.row:
        told = json.loads(row["row_json"])
        said = rows_now.setdefault((f"{row['load_id']}!{told.get('source_sheet')}", told["source_row"]), dict(spot.row))
        where["key"] = dict(said)
    if one.answer == workbook.LEAVE_OUT:
        return {name: value for name, value in where.items() if name in ("key", "submission")} | {"action": "drop"}
    value = _written(config, one, spot)
    if spot.row:
        said[spot.place["column"]] = value
    if _same(value, spot.now):
        return {}
    return where | {"action": "replace", "expected": spot.now or None, "value": value}


def _same(value: str, now: str | None) -> bool:
    """Return whether a correction would change nothing."""
    return value.strip() == (now or "").strip()


def _written(config: Any, one: workbook_read.Filled, spot: Spot) -> str:
    """Return a value as the source's files write it: dates and decimal signs in their way, labels for codes."""
    value = one.value
    if isinstance(value, date):
        formats = getattr(config, "date_formats", ())
        return value.strftime(formats[0]) if formats else date(value.year, value.month, value.day).isoformat()
    text = spot.written.get(str(value), str(value))
    is_number = text.replace(".", "", 1).removeprefix("-").isdigit()
    return text.replace(".", ",") if is_number and getattr(config, "decimal", ".") == "," else text
