"""The rounds in which partners may answer: when each opens, waits, closes, and what goes out after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from asked_partners import NOW, OFFICER, PERIOD, RELEASE_ID, ask, current, return_report
from mail_server import Inbox

from melflow.core.workspace.report_delivery import Due
from melflow.flows import reply_rounds
from melflow.flows import report as flow
from melflow.flows.delivery_handing import NO_CONTACT
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.editions import publish_editions
from melflow.flows.reply_ledger import FILE
from melflow.flows.reply_ledger import Ledger as Replies
from melflow.flows.reply_opening import closes_at, opens_at, period_asked

RETURN = f"return/alpha/{PERIOD}/{RELEASE_ID}"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_opens_at__before_the_day(mailed: tuple[Any, Inbox]) -> None:
    """Should be the agreed days before the report goes out by the calendar, never before its period is over."""
    workspace, config = mailed[0], mailed[0].reports["funder"]
    assert opens_at(workspace, config, PERIOD) is None and period_asked(workspace, config, NOW) is None
    config.due = Due(days_after_period_end=45, at="07:00")  # 14 August 2026, in Bogotá
    assert opens_at(workspace, config, PERIOD) == at("2026-07-31T05:00")
    assert closes_at(workspace, config, PERIOD, at("2026-08-01T04:59")) == at("2026-08-14T12:00"), "the last hour of it"
    late = at("2026-08-01T05:00")
    assert closes_at(workspace, config, PERIOD, late) == late + timedelta(days=14), "no partner has fewer days"
    assert period_asked(workspace, config, at("2026-07-31T04:59")) is None
    assert period_asked(workspace, config, at("2026-07-31T05:00")) == workspace.periods[0]
    config.due, config.schedule = None, "0 7 10 7 *"
    assert opens_at(workspace, config, PERIOD) == at("2026-07-01T05:00")


def test_turn__waits_for_its_day_or_name(mailed: tuple[Any, Inbox]) -> None:
    """Should open no round before its day, in a trial, or of a report nobody asked for that has no day."""
    workspace, config = mailed[0], mailed[0].reports["funder"]

    def turned(now: datetime, **more: bool) -> tuple[Any, Any]:
        one = reply_rounds.turn(workspace, config, PERIOD, current(workspace), now, **more)
        return one.waits_for, one.waits_until

    assert turned(NOW, by_name=False) == ("name", None)
    assert turned(NOW, is_trial=True) == ("asking", NOW + timedelta(days=14))
    config.due = Due(days_after_period_end=45, at="07:00")
    assert turned(at("2026-07-31T04:59")) == ("day", at("2026-07-31T05:00"))
    assert not (workspace.landing_dir / FILE).exists()
    assert turned(at("2026-07-31T05:00"), by_name=False) == ("answers", at("2026-08-14T12:00"))


def test_unfinished__though_a_newer_period_is_looked_at(mailed: tuple[Any, Inbox]) -> None:
    """Should make the edition of an earlier period when its partners' time is over, and then no more."""
    workspace, config = mailed[0], mailed[0].reports["funder"]
    ask(workspace)
    assert reply_rounds.unfinished(workspace, config) == [PERIOD]
    workspace.periods.append(SimpleNamespace(period_id="2026-H2"))
    config.formats = ("xlsx",)
    over = NOW + timedelta(days=14)
    found = publish_editions(workspace, current(workspace), "funder", None, over)
    assert [(one.period_id, one.is_new) for one in found] == [(PERIOD, True)] and not found[0].problems
    assert reply_rounds.unfinished(workspace, config) == []


def test_report__trial_then_round_then_edition(mailed: tuple[Any, Inbox], monkeypatch: pytest.MonkeyPatch) -> None:
    """Should write nothing down in a trial; then ask partners, and send the edition in the run after their time."""
    workspace, inbox = mailed
    workspace.reports["funder"].formats = ("xlsx",)
    now = NOW
    clock = SimpleNamespace(now=lambda _: now)
    for name in ("report", "editions", "delivery_notices"):
        monkeypatch.setattr(f"melflow.flows.{name}.datetime", clock)
    monkeypatch.setattr(flow, "load_workspace", lambda _: workspace)
    monkeypatch.setattr(flow, "publish_folders", lambda _: ([], ()))
    monkeypatch.setattr(flow, "send_editions", flow.send_editions.fn)
    real = flow.render_report.fn

    def render(folder: str, release: Any, name: str, *more: Any) -> Any:
        if name == "funder":
            return real(folder, release, name, *more)
        if not (workspace.editions_dir / RETURN).exists():
            return_report(workspace)
        return []

    monkeypatch.setattr(flow, "render_report", render)

    def ledgers() -> list[str]:
        return sorted(path.name for path in workspace.landing_dir.rglob("*") if path.is_file())

    Ledger(workspace.landing_dir)
    before = ledgers()
    for send, dry_run in ((False, False), (True, True)):
        reported = flow._reported(workspace, ["funder"], None, send=send, dry_run=dry_run)
        assert [one.waits_for for one in reported.editions] == ["asking"] and ledgers() == before
        assert [one.state for one in reported.deliveries] == ["would be sent"] * 2 * dry_run + [NO_CONTACT] * dry_run
    assert not inbox.received
    reported = flow._reported(workspace, ["funder"], None, send=True, dry_run=False)
    assert [one.waits_for for one in reported.editions] == ["answers"]
    assert [to for to, _ in inbox.messages] == [["a@alpha.example"], ["b@beta.example"], [OFFICER]]
    assert len(list(inbox.messages[0][1].iter_attachments())) == 2
    now = NOW + timedelta(days=14)
    reported = flow._reported(workspace, None, None, send=True, dry_run=False)  # nobody named it this time
    assert [(one.report, one.is_new) for one in reported.editions] == [("funder", True)]
    assert [to for to, _ in inbox.messages[3:]] == [["one@funder.example"], ["board@funder.example"]]
    assert Replies(workspace.landing_dir).rounds("funder", PERIOD)[0].closes_at == now
