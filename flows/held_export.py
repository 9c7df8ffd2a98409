"""Held rows out to a partner, as a workbook in its language."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import WorkspaceError
from melflow.core.landing import LandingStore
from melflow.core.names import PartnerNames, choose
from melflow.expectations import workbook, workbook_write
from melflow.expectations.reference import Reference
from melflow.expectations.wording import Wording
from melflow.flows import held_facts
from melflow.flows.held_entries import WAITING, entry, problems
from melflow.flows.held_links import link
from melflow.flows.held_rulings import note
from melflow.flows.held_sentences import rule_of, sentence
from melflow.flows.held_spots import spots
from melflow.flows.runtime import exclusive
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.flows.held_entries import Row
    from melflow.sources.recorder import Spot

#: Columns whose cells hold a partner's or a period's name.
_NAMES = ("partner", "from_partner", "to_partner", "assessor", "assessed", "raised_by", "decided_by",
          "learner_partner", "source_partner")  # fmt: skip


def export(workspace: Workspace, partner: str, to: Path | None = None) -> tuple[Path | None, int]:
    """Write the workbook of a partner's held rows; the rows are noted as returned.

    Args:
        workspace: The workspace.
        partner: A partner_id.
        to: The file; by default var/held/<partner>-<day>.xlsx.

    Returns:
        The file, None when nothing waits, and the number of its lines.

    Raises:
        WorkspaceError: No such partner.
    """
    if partner not in workspace.partners:
        rule = "a workbook is for a partner of partners.csv"
        raise WorkspaceError.of("command line", rule, f"'{partner}'", choose(partner, workspace.partners))
    today = datetime.now(UTC).date()
    with exclusive(workspace):
        prepare(workspace.warehouse_path)
        rows = [row for row in problems(workspace) if row["partner_id"] == partner and row["state"] in WAITING]
        if not rows:
            return None, 0
        who = workspace.partners[partner]
        language = who.language or workspace.alliance.languages[0]
        lines = tuple(_lines(workspace, rows, language))
        book = workbook.Book(workspace.alliance.id, partner, language, today.isoformat(), lines)
        content = workbook_write.write(book, who.name, workspace.hash_key())
        path = to or workspace.var / "held" / f"{partner}-{today.isoformat()}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        _note_returned(workspace, rows, who.name, path.name, today)
    return path, len(lines)


def _note_returned(workspace: Workspace, rows: list[Row], who: str, name: str, on: date) -> None:
    """Note that the rows went back to the partner; on the same day once."""
    store = LandingStore(workspace.landing_dir)
    by_source: dict[str, dict[str, held_facts.Entry]] = defaultdict(dict)
    for row in rows:
        by_source[row["source"]][row["held_id"]] = entry(row)
    for source, told in by_source.items():
        held_facts.decide(store, source, held_facts.RETURNED, told, who, f"Sent back as {name}", on)
    note(workspace, by_source)


def _lines(workspace: Workspace, rows: list[Row], language: str) -> list[workbook.Line]:
    instruments = read_instruments(workspace.instruments_dir, workspace.framework)
    places = spots(workspace, instruments, rows)
    names = PartnerNames(workspace.partners, workspace.aliases)
    reference = Reference(frozenset(workspace.partners), nearest=names.nearest)
    wording = Wording(instruments.frames, reference)
    return [_one(workspace, row, places.get(row["held_id"]), wording, language) for row in rows]


def _one(workspace: Workspace, row: Row, spot: Spot | None, wording: Wording, language: str) -> workbook.Line:
    message, remedy = sentence(row, language)
    told = json.loads(row["row_json"])
    column = spot.place.get("column") or spot.place.get("item") if spot else row["seen_column"]
    config = workspace.sources[row["source"]]
    header = dict(getattr(config, "columns", {})).get(column)
    facts = json.loads(row["facts"] or "{}")
    edited_at = link(config, row["native_id"])
    question = facts.get("item") if row["table_name"] == "src_response" else None
    cells = {
        "id": row["held_id"],
        "where": row["native_id"] if edited_at else row["place"],
        "what": str(question or header or column or ""),
        "now": (spot.now if spot else row["value"]) or "",
        "why": message,
        "todo": remedy,
        "link": edited_at or "",
    }
    options = _options(workspace, row, told, wording, column)
    can_leave_out = spot is not None and (not spot.row or spot.alike == 1) and row["table_name"] != "src_response"
    return workbook.Line(row["held_id"], row["value_hash"], cells, options, spot is not None, can_leave_out)


def _options(
    workspace: Workspace, row: Row, told: dict[str, Any], wording: Wording, column: str | None
) -> dict[str, str]:
    base = (column or "").removesuffix("_raw").removesuffix("_id")
    if base in _NAMES or row["rule_id"] in ("partner_known", "partner_named"):
        return {one.name: one.name for one in workspace.partners.values()}
    rule = rule_of(row["table_name"], row["rule_id"])
    found = wording.choices(rule, told) if rule else []
    return {(code if code == label else f"{label} ({code})"): code for code, label in found}
