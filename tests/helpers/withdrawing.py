"""Editions of a release that a newer one withdraws: consent was taken back, or a publish level lowered."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from asked_partners import PERIOD, RELEASE_ID, asked_workspace

from melflow.core.warehouse import RELEASE_FILE, connect
from melflow.core.workspace.report_delivery import Delivery as Sizes
from melflow.flows.delivery_ledger import Ledger
from melflow.reports.taken_back import _shown

NEW = "20260801T060000-b"
NOW = datetime(2026, 8, 2, tzinfo=UTC)
MADE = {RELEASE_ID: "2026-07-01T06:00:00+00:00", NEW: "2026-08-01T06:00:00+00:00"}


def workspace_with_a_newer_release(root: Path, release: Path) -> Any:
    """Return a workspace with two partners, two periods and two releases, the newer one current."""
    found = asked_workspace(root, release)
    found.alliance.id = "rivers"
    found.delivery = Sizes.model_validate({"upload": {"funder": {"path": "served/funder"}}})
    newer = found.releases_dir / NEW
    newer.mkdir()
    shutil.copy(release / RELEASE_FILE, newer)
    pointer = found.releases_dir / "current"
    pointer.unlink()
    pointer.symlink_to(newer)
    found.partners = {key: SimpleNamespace(language=None, name=key) for key in ("alpha", "beta")}
    found.periods = [
        SimpleNamespace(period_id="2025-H2", ends_on=date(2025, 12, 31)),
        SimpleNamespace(period_id=PERIOD, ends_on=date(2026, 6, 30)),
    ]
    found.reports["return"] = SimpleNamespace(name="return", audience="partner", schedule=None, due=None, also_in=())
    return found


def edition(workspace: Any, place: str, *, sent: bool = True, asked: bool = True) -> str:
    """Write an edition as a small file, and that somebody has it, or asked for it."""
    report, *partner, period, release = place.split("/")
    folder = workspace.editions_dir / place
    folder.mkdir(parents=True)
    audience, level = ("partner", "partners") if partner else ("funder", "funder")
    frozen = {"partner": partner[0] if partner else None, "language": "en", "title": {"en": "Learning"},
              "audience": audience, "publish_level": level}  # fmt: skip
    said = {"report": report, "period_id": period, "release_id": release, "as_of": "2026-06-30", "frozen": frozen,
            "files": {"edition.html": "hash"}, "created_at": MADE[release], "gate": {"verdict": "passed"}}  # fmt: skip
    (folder / "edition.html").write_text("alpha said 73")
    (folder / "edition.json").write_text(json.dumps(said))
    if sent:
        Ledger(workspace.landing_dir).begin(f"{place}/recipients", 1, ["a@b.example"], [], [])
    elif asked:
        Ledger(workspace.landing_dir).note_asked([place])
    return place


def manifests(workspace: Any, *places: str) -> dict[str, dict[str, Any]]:
    return {place: json.loads((workspace.editions_dir / place / "edition.json").read_text()) for place in places}


def change(workspace: Any, *statements: str) -> None:
    """Let the newer release say otherwise, which no release does once it is there."""
    with connect(workspace.releases_dir / NEW / RELEASE_FILE) as con:
        for statement in statements:
            con.execute(statement)
    _shown.cache_clear()
