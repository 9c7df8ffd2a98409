"""When an edition is to be sent, and of which period it is, by the alliance's clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from melflow.core.calendar import Period
    from melflow.core.workspace import Workspace
    from melflow.core.workspace.report_delivery import Sending

_DAY = timedelta(days=1)


def moment(config: Sending, period: Period, zone: ZoneInfo, after: datetime | None = None) -> datetime | None:
    """Return when an edition of a period is to be sent; None for a report that is sent when asked only.

    Args:
        config: The report.
        period: The edition's period.
        zone: The alliance's.
        after: When the period's edition was sent last: another one goes at the first moment after that.

    Returns:
        Days after the end of the period, or the first time of the schedule when the period is over.
    """
    if config.due is not None:
        at = time.fromisoformat(config.due.at)
        due = datetime.combine(period.ends_on + config.due.days_after_period_end * _DAY, at, zone)
        if after is None or after < due:
            return due
        again = datetime.combine(after.astimezone(zone).date(), at, zone)
        return again if again > after else again + _DAY
    if config.schedule is None:
        return None
    from cronsim import CronSim

    over = datetime.combine(period.ends_on + _DAY, time(), zone) - timedelta(minutes=1)
    return next(CronSim(config.schedule, max(over, after.astimezone(zone)) if after else over))


def period_due(workspace: Workspace, config: Sending, now: datetime) -> Period | None:
    """Return the newest period whose edition is due, by days after its end or a schedule; None without such a period.

    It is the calendar's, whatever came for it: an edition that would be empty is held and tells why.
    """
    zone = ZoneInfo(workspace.alliance.time_zone)
    over = [period for period in workspace.periods if (at := moment(config, period, zone)) and at <= now]
    return over[-1] if over else None


def has_come(workspace: Workspace, said: dict[str, Any], now: datetime, *, is_asked: bool) -> bool:
    """Say whether an edition's moment has come; a report without one waits until it is asked for by name."""
    config = workspace.reports[said["report"]]
    period = next((one for one in workspace.periods if one.period_id == said["period_id"]), None)
    due = moment(config, period, ZoneInfo(workspace.alliance.time_zone)) if period else None
    return is_asked if due is None else due <= now


def over(workspace: Workspace, now: datetime) -> set[str]:
    """Return the periods that are over."""
    today = now.astimezone(ZoneInfo(workspace.alliance.time_zone)).date()
    return {period.period_id for period in workspace.periods if period.ends_on < today}
