"""When a round of replies opens and ends: the agreed days before the report goes out, and never fewer of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from melflow.flows.delivery_due import moment

if TYPE_CHECKING:
    from melflow.core.calendar import Period
    from melflow.core.workspace import Workspace
    from melflow.core.workspace.report import ReportConfig

_DAY = timedelta(days=1)
#: Audiences whose editions partners see the figures of first.
_BEFORE = ("funder", "public")


def applies(workspace: Workspace, config: ReportConfig) -> bool:
    """Say whether partners have a right of reply before this report's editions."""
    return workspace.reply.days_before > 0 and config.audience in _BEFORE


def opens_at(workspace: Workspace, config: ReportConfig, period_id: str) -> datetime | None:
    """Return from when partners are asked: the first hour of a day, by the alliance's clock.

    Returns:
        So many days before the report goes out, but not before its period is over; None for a report that goes out
        when somebody asks for it: then partners are asked.
    """
    due = _due(workspace, config, period_id)
    if due is None:
        return None
    begins = datetime.combine(due.date() - workspace.reply.days_before * _DAY, time(), due.tzinfo)
    after = _period(workspace, period_id).ends_on + _DAY
    return max(begins, datetime.combine(after, time(), due.tzinfo))


def closes_at(workspace: Workspace, config: ReportConfig, period_id: str, now: datetime) -> datetime:
    """Return until when a round that opens now is open: until the report goes out, or later if partners had less time.

    The days before a report goes out are counted by the calendar, so that a round may open at any hour of the first.
    """
    due, days = _due(workspace, config, period_id), workspace.reply.days_before * _DAY
    if due is not None and due.date() - now.astimezone(due.tzinfo).date() >= days:
        return due
    return now + days


def period_asked(workspace: Workspace, config: ReportConfig, now: datetime) -> Period | None:
    """Return the newest period about which partners are asked by now, for a report due some days after its end."""
    if config.due is None or not applies(workspace, config):
        return None
    begun = [one for one in workspace.periods if (at := opens_at(workspace, config, one.period_id)) and at <= now]
    return begun[-1] if begun else None


def by_the_clock(workspace: Workspace, moment: datetime) -> tuple[date, str]:
    """Return a day by the alliance's clock, and its hour as who lives elsewhere can read it: 07:00 (UTC-05:00)."""
    here = moment.astimezone(ZoneInfo(workspace.alliance.time_zone))
    return here.date(), f"{here:%H:%M} (UTC{here.isoformat()[-6:]})"


def _due(workspace: Workspace, config: ReportConfig, period_id: str) -> datetime | None:
    if config.due is None and config.schedule is None:
        return None
    return moment(config, _period(workspace, period_id), ZoneInfo(workspace.alliance.time_zone))


def _period(workspace: Workspace, period_id: str) -> Period:
    return next(one for one in workspace.periods if one.period_id == period_id)
