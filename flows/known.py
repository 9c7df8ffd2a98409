"""What the checks at the door must know of the alliance, and of what the warehouse has already."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from melflow.core.names import PartnerNames
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace
from melflow.expectations.reference import KNOWN_RESULT, Reference


def reference_of(workspace: Workspace, leaving: Sequence[str] | None) -> Reference:
    """Return the registry, the calendar and the figures that a batch is held against.

    Args:
        workspace: The alliance's workspace.
        leaving: Payloads that leave the warehouse when the batch comes; None when it brings no figures.
    """
    return Reference(
        partners=frozenset(workspace.partners),
        partnerships=frozenset(partnership.id for partnership in workspace.partnerships),
        constructs={construct.id: kind for kind, construct in workspace.framework.constructs()},
        periods={period.period_id: (period.starts_on, period.ends_on) for period in workspace.periods},
        units=workspace.units,
        nearest=PartnerNames(workspace.partners, workspace.aliases).nearest,
        members={partner.partner_id: (partner.joined_on, partner.left_on) for partner in workspace.partners.values()},
        dyads={dyad.dyad_id: (dyad.partner_a, dyad.partner_b) for dyad in workspace.dyads},
        cumulative=frozenset(one.indicator_id for one in workspace.indicators if one.kind == "cumulative"),
        results=None if leaving is None else _results(workspace, leaving),
    )


def _results(workspace: Workspace, leaving: Sequence[str]) -> pl.DataFrame:
    """Return the figures that stay in the warehouse."""
    with connect(workspace.warehouse_path) as con:
        return con.execute(
            f"select {', '.join(KNOWN_RESULT)} from raw.src_result "
            "where is_current and load_id not in (select unnest(?::varchar[]))",
            [list(leaving)],
        ).pl()
