"""The workspace's registers as reference tables, replaced whole before each build."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from melflow.core.names import fold
from melflow.core.warehouse import connect, replace, transaction
from melflow.core.workspace import Construct, Period, Workspace
from melflow.flows.tables import REFERENCE
from melflow.sources.canonical import FORMS
from melflow.sources.xlsform import Instruments


def write_reference(workspace: Workspace, instruments: Instruments) -> None:
    """Replace ``raw.ref_*`` and the form tables by what the workspace says now, in one transaction."""
    rows = _rows(workspace)
    with connect(workspace.warehouse_path) as con, transaction(con):
        for table, schema in REFERENCE.items():
            replace(con, f"raw.{table}", pl.DataFrame(rows[table], schema=schema, orient="row"))
        for table in FORMS:
            replace(con, f"raw.{table}", instruments.frames[table])


def _rows(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    framework = workspace.framework
    constructs: dict[str, list[Construct]] = {}
    for kind, construct in framework.constructs():
        constructs.setdefault(kind, []).append(construct)
    return {
        "ref_partner": [_pick("ref_partner", partner.model_dump()) for partner in workspace.partners.values()],
        "ref_alias": [_pick("ref_alias", alias.model_dump()) for alias in workspace.aliases],
        "ref_succession": _successions(workspace),
        "ref_indicator": [_pick("ref_indicator", indicator.model_dump()) for indicator in workspace.indicators],
        "ref_partnership": [
            _pick("ref_partnership", item.model_dump() | {"partnership_id": item.id}) for item in workspace.partnerships
        ],
        "ref_member": [
            {"partnership_id": item.id, "partner_id": member.partner, "role": member.role}
            for item in workspace.partnerships
            for member in item.members
        ],
        "ref_dyad": [
            _pick(
                "ref_dyad",
                dyad.model_dump()
                | {"partnership_ids": ", ".join(dyad.partnership_ids), "funded_by": ", ".join(dyad.funded_by)},
            )
            for dyad in workspace.dyads
        ],
        "ref_period": [
            _pick("ref_period", period.model_dump() | {"ordinal": ordinal} | _framework(workspace, period))
            for ordinal, period in enumerate(workspace.periods)
        ],
        "ref_construct": [
            {
                "construct_id": construct.id,
                "kind": kind,
                "label_json": json.dumps(construct.label, ensure_ascii=False),
                "direction": getattr(construct, "direction", None),
                "ordinal": ordinal,
                **dict(zip(("valid_from", "valid_to"), framework.days_of(construct.id), strict=True)),
            }
            for kind, members in constructs.items()
            for ordinal, construct in enumerate(members)
        ],
        "ref_invited": [
            _pick("ref_invited", invitation.model_dump() | {"instrument_id": invitation.instrument})
            for invitation in workspace.invitations
        ],
        "ref_source": [
            {
                "source": name,
                "connector": source.connector,
                "title": source.title,
                "partner_id": source.partner,
                "due_days_after_period": source.due_days_after_period,
                "instrument_id": getattr(source, "instrument", None),
                "is_one_sided": getattr(source, "is_one_sided", False),
            }
            for name, source in workspace.sources.items()
        ],
    }


def _successions(workspace: Workspace) -> list[dict[str, Any]]:
    """Return which partner became which other, and from which day on."""
    partners = workspace.partners.values()
    owners = {fold(text): one.partner_id for one in partners for text in (one.name, one.partner_id)}
    return [
        {
            "former_id": owners[fold(alias.raw_name)],
            "partner_id": alias.partner_id,
            "kind": alias.succession,
            "valid_from": alias.valid_from,
        }
        for alias in workspace.aliases
        if alias.succession is not None
    ]


def _framework(workspace: Workspace, period: Period) -> dict[str, Any]:
    """Return the version of the framework in force on a period's first day, and its thresholds."""
    found = workspace.framework.in_force(period.starts_on)
    frozen = {"needs_frozen_on": workspace.needs.frozen.get(period.period_id)}
    return found.thresholds.model_dump() | {"framework_version": found.version} | frozen


def _pick(table: str, values: dict[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) for name in REFERENCE[table]}
