"""The day an edition is due, in the alliance's time zone, and the period it is of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from melflow.core.calendar import make_periods
from melflow.core.workspace.reply import Reply
from melflow.core.workspace.report_delivery import Sending
from melflow.flows.delivery_due import moment, over, period_due
from melflow.flows.serving import WAITING, _daily, _received_at, deployments

ZONE = ZoneInfo("America/Santiago")  # goes back an hour in April, on a day at midnight
PERIODS = make_periods("half-year", "2025-H1", "2026-H1", 1)
DAYS = Sending.model_validate({"due": {"days_after_period_end": 45, "at": "06:30"}})
CRON = Sending(schedule="0 7 15 2,8 *")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("config", "after", "due"),
    [
        (DAYS, None, "2025-08-14T06:30"),
        (DAYS, "2025-08-14T06:31", "2025-08-15T06:30"),
        (DAYS, "2025-08-20T03:00", "2025-08-20T06:30"),
        (CRON, None, "2025-08-15T07:00"),
        (CRON, "2025-08-15T07:00", "2026-02-15T07:00"),
        (Sending(schedule="0 0 1 7 *"), None, "2025-07-01T00:00"),
    ],
)
def test_moment(config: Sending, after: str | None, due: str) -> None:
    """Should count from the end of the period, by the clock on the alliance's wall, and never come twice."""
    assert PERIODS[0].ends_on == date(2025, 6, 30)
    assert moment(config, PERIODS[0], ZONE, at(after) if after else None) == at(due)


@pytest.mark.parametrize(
    ("period", "days", "hour", "after", "due"),
    [
        (0, 45, "06:30", None, "2025-08-14T10:30"),  # winter
        (0, 100, "06:30", None, "2025-10-08T09:30"),  # the clocks went forward in between, on 7 September
        (0, 69, "00:30", None, "2025-09-07T04:30"),  # an hour that is not there: 01:30 of that day
        (1, 94, "23:30", None, "2026-04-05T02:30"),  # one that is there twice: the first
        (1, 94, "23:30", "2026-04-05T02:31", "2026-04-06T03:30"),  # and not the second
        (1, 45, "06:30", None, "2026-02-14T09:30"),  # summer
        (1, 45, "06:30", "2026-04-04T12:00", "2026-04-05T10:30"),  # a day later by the wall, 25 hours
    ],
)
def test_moment__clocks_that_change(period: int, days: int, hour: str, after: str | None, due: str) -> None:
    """Should count days by the calendar where the alliance is, at the hour on its wall, whatever clocks do between."""
    config = Sending.model_validate({"due": {"days_after_period_end": days, "at": hour}})
    sent = datetime.fromisoformat(after).replace(tzinfo=UTC) if after else None
    found = moment(config, PERIODS[period], ZONE, sent)
    assert found is not None
    assert found.astimezone(UTC) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_moment__only_when_asked() -> None:
    """Should be none for a report without days or schedule."""
    assert moment(Sending(), PERIODS[0], ZONE) is None


def test_period_due() -> None:
    """Should be the newest period whose day has come, by the hour where the alliance is."""
    workspace: Any = SimpleNamespace(periods=PERIODS, alliance=SimpleNamespace(time_zone="America/Santiago"))
    before, then = datetime(2025, 8, 14, 10, 29, tzinfo=UTC), datetime(2025, 8, 14, 10, 30, tzinfo=UTC)
    assert period_due(workspace, DAYS, before) is None
    assert period_due(workspace, DAYS, then) == PERIODS[0]
    assert period_due(workspace, CRON, then) is None
    assert period_due(workspace, CRON, datetime(2025, 8, 15, 11, 0, tzinfo=UTC)) == PERIODS[0]
    assert period_due(workspace, Sending(), datetime(2026, 8, 15, tzinfo=UTC)) is None, "it goes out when asked for"
    assert over(workspace, datetime(2026, 1, 1, 2, 0, tzinfo=UTC)) == {"2025-H1"}  # there it is still December


def test_daily() -> None:
    """Should look every day at the hour an edition may be due, and leave the others to their own schedule."""
    assert _daily(DAYS) == "30 6 * * *"
    assert _daily(CRON) is None


def test_deployments__look_at_what_waits() -> None:
    """Should wake every day in the alliance's zone for what nothing else wakes, if there is a report at all."""
    workspace: Any = SimpleNamespace(
        root=Path("w"), alliance=SimpleNamespace(time_zone="America/Santiago"), sources={}, reports={"funder": CRON}
    )
    made = {one.name: one for one in deployments(workspace)}
    assert set(made) == {"report funder", "waiting"} and made["waiting"].parameters == {"folder": "w"}
    [planned] = made["waiting"].schedules
    assert (planned.schedule.cron, planned.schedule.timezone) == (WAITING, "America/Santiago")
    assert made["waiting"].entrypoint == "melflow.flows.waiting.waiting"
    workspace.reports = {}
    assert deployments(workspace) == []


def test_received_at() -> None:
    """Should say which page the web server has to show partners, where they are sent links to it."""
    reply = Reply(days_before=14, public_url="https://mel.alliance.example/")
    workspace: Any = SimpleNamespace(reply=reply)
    [line] = _received_at(workspace, [], "http://127.0.0.1:4280")
    assert "http://127.0.0.1:4280/reply/" in line and "https://mel.alliance.example/reply/" in line
    workspace.reply = Reply()
    assert _received_at(workspace, ["http://127.0.0.1:4280/push/log"], "") == [
        "Pushes to http://127.0.0.1:4280/push/log"
    ]


def test_waiting__before_the_first_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should do nothing before there is a release, and otherwise what a run does after it."""
    from melflow.flows import waiting as flow

    monkeypatch.setattr(flow, "load_workspace", lambda folder: folder)
    monkeypatch.setattr(flow, "report", lambda folder: f"reported {folder}")
    for release, done in ((None, None), ("r1", "reported w")):
        monkeypatch.setattr(flow, "current", lambda _, release=release: release)
        assert flow.waiting.fn("w") == done
