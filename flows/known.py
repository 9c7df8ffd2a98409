"""What the checks at the door must know of the alliance, and of what the warehouse has already."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from melflow.core.names import PartnerNames
from melflow.core.warehouse import connect
from melflow.core.workspace import SourceConfig, Workspace
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
        nearest=PartnerNames(workspace.partners, workspace.aliases).nearest,
        members={partner.partner_id: (partner.joined_on, partner.left_on) for partner in workspace.partners.values()},
        dyads={dyad.dyad_id: (dyad.partner_a, dyad.partner_b) for dyad in workspace.dyads},
        # declared where the workspace has a register of indicators
        cumulative=frozenset(
            one.indicator_id for one in getattr(workspace, "indicators", ()) if one.kind == "cumulative"
        ),
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


def conflicting(known: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> set[str]:
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


def has_server(config: SourceConfig) -> bool:
    """Return whether the source asks a server: then its inventories rule, which of a former server they do not."""
    return getattr(config, "server", None) is not None
