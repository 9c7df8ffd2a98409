"""A workspace whose partners may answer before a funder sees figures about them, over a made-up release."""

from __future__ import annotations

import json
import shutil
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_release import make_report, make_workspace

from melflow.core.workspace.mail import Mail
from melflow.core.workspace.partnerships import Member, Partnership, dyads_of
from melflow.core.workspace.reply import Reply
from melflow.core.workspace.report_delivery import Delivery, Group
from melflow.flows import reply_rounds
from melflow.flows.release import Release

NOW = datetime(2026, 7, 2, 9, 0, tzinfo=UTC)
PERIOD = "2026-H1"
#: As the release calls itself.
RELEASE_ID = "20260701T060000-1a2b3c4d"
OFFICER = "data@alliance.example"
#: Alpha, asked about the funder's report; and when its time is over.
ABOUT = ("alpha", "funder", PERIOD, RELEASE_ID)
LATER = NOW + timedelta(days=15)


def asked_workspace(root: Path, release: Path, objection: str = "attach", held_pair: bool = False) -> Any:
    """Return a workspace with a copy of a release and one report for a funder; partners have 14 days.

    Args:
        root: Where it is made.
        release: The release.
        objection: What an objection does, for the alliance.
        held_pair: Whether alpha and beta agreed that it withholds figures about them.
    """
    folder = root / "var" / "releases" / RELEASE_ID
    shutil.copytree(release, folder)
    (folder.parent / "current").symlink_to(folder)
    agreed = [_partnership("twinning", "alpha", "beta", "hold" if held_pair else None),
              _partnership("second", "alpha", "gamma", None)]  # fmt: skip
    workspace = make_workspace()
    made = vars(workspace) | {
        "root": root,
        "var": root / "var",
        "landing_dir": root / "var" / "landing",
        "releases_dir": folder.parent,
        "editions_dir": root / "var" / "editions",
        "warehouse_path": root / "var" / "warehouse.duckdb",
        "published_dir": root / "var" / "published",
        "mail": None,
        "reply": Reply(days_before=14, objection=objection, public_url="http://127.0.0.1:1"),
        "reports": {"funder": make_report(sections=["health"], formats=["html", "xlsx"])},
        "partners": {key: SimpleNamespace(language=None) for key in ("alpha", "beta", "gamma", "delta")},
        "partnerships": tuple(agreed),
        "dyads": dyads_of(agreed),
        "periods": [SimpleNamespace(period_id=PERIOD)],
    }
    return SimpleNamespace(**made)


def _partnership(name: str, a: str, b: str, objection: Any) -> Partnership:
    members = tuple(Member.model_construct(partner=key, role="peer") for key in (a, b))
    return Partnership.model_construct(
        id=name, name=name, agenda="-", started_on=date(2024, 1, 1), members=members, objection=objection,
        publish_level="funder", set_up="facilitated",
    )  # fmt: skip


def current(workspace: Any) -> Release:
    """Return the workspace's release."""
    return Release(RELEASE_ID, workspace.releases_dir / RELEASE_ID, is_new=False)


def mailed_workspace(root: Path, release: Path, settings: str) -> Any:
    """Return such a workspace with a mail server: alpha and beta have an address, gamma has none.

    Args:
        root: Where it is made.
        release: The release.
        settings: The server, as ``melflow.toml`` has it.
    """
    workspace = asked_workspace(root, release)
    mail = tomllib.loads(settings)["mail"] | {"data_officer": OFFICER, "seconds": 10}
    workspace.mail = Mail.model_validate(mail)
    workspace.delivery = Delivery(address="https://reports.alliance.example")
    workspace.alliance.id = "rivers"
    for name, contact in (("alpha", "a@alpha.example"), ("beta", "b@beta.example"), ("gamma", None)):
        workspace.partners[name] = SimpleNamespace(
            name=name, language="es", contact=contact, joined_on=date(2024, 7, 1), left_on=None
        )
    workspace.reports["return"] = SimpleNamespace(
        name="return", audience="partner", partners=(), also_in=(), recipients=(), groups={}, late_data="next",
        period="latest", schedule=None, due=None,
    )  # fmt: skip
    workspace.reports["funder"].recipients = ("one@funder.example",)
    workspace.reports["funder"].groups = {"board": Group(to=("board@funder.example",))}
    starts, ends = date(2026, 1, 1), date(2026, 6, 30)
    workspace.periods = [SimpleNamespace(period_id=PERIOD, label=PERIOD, starts_on=starts, ends_on=ends)]
    return workspace


def return_report(workspace: Any, partner: str = "alpha") -> None:
    """Write a partner's return report as a small file."""
    folder = workspace.editions_dir / f"return/{partner}/{PERIOD}/{RELEASE_ID}"
    folder.mkdir(parents=True)
    (folder / "edition.pdf").write_bytes(b"%PDF what you told us")
    frozen = {"partner": partner, "formats": ["pdf"], "language": "es", "audience": "partner", "title": {"es": "Suyo"}}
    said = {"report": "return", "period_id": PERIOD, "release_id": RELEASE_ID, "as_of": "2026-06-30", "frozen": frozen,
            "files": {"edition.pdf": "hash"}, "figures": "1", "gate": {"verdict": "passed", "reasons": []}}  # fmt: skip
    (folder / "edition.json").write_text(json.dumps(said), encoding="utf-8")


def turn(workspace: Any, now: Any) -> reply_rounds.Turn:
    """Return where the round of the report for the funder stands."""
    return reply_rounds.turn(workspace, workspace.reports["funder"], PERIOD, current(workspace), now)


def ask(workspace: Any) -> None:
    """Open the round of the report for the funder."""
    assert turn(workspace, NOW).is_new


def editions_at(monkeypatch: pytest.MonkeyPatch, moment: Any) -> None:
    """Let editions be made at a moment."""

    class Clock:
        @staticmethod
        def now(_: Any) -> Any:
            return moment

    monkeypatch.setattr("melflow.flows.editions.datetime", Clock)
