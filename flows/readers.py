"""Which editions the readers of a report have: an edition is made in every run, and most of them nobody sees."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from melflow.flows.delivery import groups_of, language_of
from melflow.flows.delivery_ledger import Ledger

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.core.workspace.report import ReportConfig


def gone(workspace: Workspace) -> Collection[str]:
    """Return the editions somebody was sent, by their folders below ``var/editions``, in the order it was begun."""
    return dict.fromkeys(one.edition for one in Ledger(workspace.landing_dir).messages().values() if one.has_gone)


def received(
    workspace: Workspace, config: ReportConfig, partner: str | None, language: str | None, sent: Collection[str]
) -> Collection[str] | None:
    """Return the editions readers have: what they were sent; what stands in their published folder if nobody is mailed.

    Args:
        workspace: The workspace.
        config: The report.
        partner: Of a return report: whose edition.
        language: One of the report's further languages; None for its own.
        sent: What ``gone`` returned.

    Returns:
        Folders below ``var/editions``; None for the data officer's report, of which each edition is read in the house.
    """
    from melflow.reports.approval import MANIFEST
    from melflow.reports.frozen import place_of
    from melflow.reports.site import WITHDRAWN
    from melflow.reports.site import place_of as site_of

    if config.audience == "officer":
        return None
    groups = groups_of(workspace, config, partner).values() if workspace.mail else ()
    if any(language_of(config, group) == language for group in groups):
        return sent
    shown = workspace.published_dir / site_of(config.audience, partner) / "editions"
    place = shown / place_of(config.name, partner, language)
    editions = [path for name in (MANIFEST, WITHDRAWN) for path in place.glob(f"*/*/{name}")]  # had all the same
    return frozenset(path.parent.relative_to(shown).as_posix() for path in editions)
