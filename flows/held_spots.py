"""Where a held row can be put right: the cell or answer in the payload that landed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from melflow.core.errors import MelflowError
from melflow.core.landing import LandingStore
from melflow.core.names import PartnerNames
from melflow.flows import held_facts
from melflow.flows.deployed_forms import forms_of_source
from melflow.sources.parse import parse
from melflow.sources.payload import Context, Origin
from melflow.sources.recorder import Recorder, Spot

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.flows.held_entries import Row
    from melflow.sources.xlsform import Instruments

#: Column of a submission -> role of the question it is read from.
_ROLES = {"partner_raw": "partner", "partner": "partner", "about_partner_raw": "about_partner",
          "about_partner_2_raw": "about_partner_2", "collected_on": "collected_on",
          "consent_level": "consent"}  # fmt: skip


def spots(workspace: Workspace, instruments: Instruments, rows: Iterable[Row]) -> dict[str, Spot]:
    """Return the place of each problem that has one, by held_id.

    Args:
        workspace: The workspace.
        instruments: Its forms.
        rows: Problems (``held_entries.problems``).
    """
    store = LandingStore(workspace.landing_dir)
    by_load: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_load[row["source"], row["load_id"]].append(row)
    found: dict[str, Spot] = {}
    for (source, load_id), mine in by_load.items():
        recorder = _record(workspace, instruments, store, source, load_id)
        for row in mine if recorder else ():
            spot = _spot(recorder, row)  # type: ignore[arg-type]  # of a payload that can be read
            if spot is not None and not json.loads(row["facts"] or "{}").get("is_personal"):
                found[row["held_id"]] = spot
    return found


def _record(
    workspace: Workspace, instruments: Instruments, store: LandingStore, source: str, load_id: str
) -> Recorder | None:
    landing = next((one for one in store.of_source(source) if one.load_id == load_id), None)
    if landing is None:
        return None
    told = held_facts.said(store, source).corrections
    known = held_facts.with_returned(workspace, source, told).corrections[source]
    recorder = Recorder(landing.origin, known)
    names = PartnerNames(workspace.partners, workspace.aliases)
    context = Context(names, workspace.periods, workspace.alliance.time_zone)
    origin = Origin(source, landing.origin, landing.load_id, landing.landed_at, recorder)
    forms = forms_of_source(workspace, source, instruments)
    try:
        parse(origin, store.read(landing), workspace.sources[source], forms, context)
    except MelflowError:  # a form that is gone; the row is shown without a place of its own
        return None
    return recorder


def _spot(recorder: Recorder, row: Row) -> Spot | None:
    told: dict[str, Any] = json.loads(row["row_json"])
    sheet, line, column = told.get("source_sheet"), told.get("source_row"), row["seen_column"]
    if line is None or column is None:
        return None
    if row["table_name"] == "src_response":
        return recorder.answer(sheet, line, told["item_id"], told.get("repeat_path") or "")
    if row["table_name"] == "src_submission":
        return recorder.answer(sheet, line, _ROLES[column], "") if column in _ROLES else None
    return recorder.cell(sheet, line, column)
