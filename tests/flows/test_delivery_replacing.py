"""What takes the place of a withdrawn edition is mailed once, and says that the other was withdrawn."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from asked_partners import PERIOD, RELEASE_ID
from delivered import text_of
from fake_release import HOSTILE
from mail_server import serve
from withdrawing import NEW, NOW, change, edition, workspace_with_a_newer_release

from melflow.core.workspace.mail import Mail
from melflow.flows.delivery import deliver
from melflow.flows.delivery_ledger import Ledger


@pytest.fixture
def workspace(asked_release: Path, tmp_path: Path) -> Any:
    return workspace_with_a_newer_release(tmp_path / "w", asked_release)


def sendable(workspace: Any, place: str, figures: str) -> Path:
    """Let an edition of this file be one that is sent."""
    path: Path = workspace.editions_dir / place / "edition.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    said["frozen"]["formats"], said["figures"], said["gate"]["reasons"] = ["html"], figures, []
    path.write_text(json.dumps(said), encoding="utf-8")
    return path.parent


def test_deliver__what_takes_the_place_of_a_withdrawn_edition(workspace: Any, tmp_path: Path) -> None:
    """Should mail it once to those who had got the other, saying that that was withdrawn, though late data wait."""
    config = workspace.reports["funder"]
    config.late_data, config.recipients, config.groups = "next", ("a@b.example",), {}
    asked = {"schedule": None, "due": None, "also_in": ()}
    for name, value in asked.items():
        setattr(config, name, value)
    old = edition(workspace, f"funder/{PERIOD}/{RELEASE_ID}")
    Ledger(workspace.landing_dir).note(f"{old}/recipients", "outcome", answers={"a@b.example": 250})
    with serve(tmp_path) as (inbox, settings):
        workspace.mail = Mail.model_validate(tomllib.loads(settings)["mail"] | {"seconds": 10})
        new = sendable(workspace, edition(workspace, f"funder/{PERIOD}/{NEW}", sent=False, asked=False), "2")

        def sent(**more: Any) -> list[str]:
            return [one.state for one in deliver(workspace, [new], NOW, **more)]

        assert sent() == [], "data that came late wait for the next period"
        change(workspace, "update dim_dyad set publish_level = 'internal' where dyad_id = 'alpha--beta'")
        assert sent(dry_run=True) == ["would be sent"] and not inbox.received
        config.schedule = "0 7 15 2,8 *"  # its next moment is weeks away; the withdrawn one is in mailboxes now
        assert sent(dry_run=True) == ["would be sent"]
        inbox.refusals = {"a@b.example": "451 later"}
        assert sent() == ["deferred"]
        inbox.refusals = {}
        assert sent() == ["accepted"] and sent() == []
        [(to, message)] = inbox.messages
        text = text_of(message)
        assert to == ["a@b.example"] and f"for {PERIOD} was withdrawn" in text and "takes the place" in text
        assert not any(word in text for word in ("alpha", "beta", "a@b", HOSTILE["alpha"]))
        assert Ledger(workspace.landing_dir).messages()[f"funder/{PERIOD}/{NEW}/recipients"].replaces == (old,)


def test_deliver__an_edition_after_a_withdrawn_one_of_another_period(workspace: Any, tmp_path: Path) -> None:
    """Should say in the next edition that one of an earlier period was withdrawn when no other took its place."""
    config = workspace.reports["funder"]
    config.recipients, config.groups, config.late_data = ("a@b.example",), {}, "next"
    config.schedule, config.due, config.also_in = None, None, ()
    edition(workspace, f"funder/2025-H2/{RELEASE_ID}")
    change(workspace, "update dim_dyad set publish_level = 'internal' where dyad_id = 'alpha--beta'")
    new = sendable(workspace, edition(workspace, f"funder/{PERIOD}/{NEW}", sent=False), "2")
    with serve(tmp_path) as (inbox, settings):
        workspace.mail = Mail.model_validate(tomllib.loads(settings)["mail"] | {"seconds": 10})
        assert [one.state for one in deliver(workspace, [new], NOW, at_once=True)] == ["accepted"]
        text = text_of(inbox.messages[0][1])
        assert "for 2025-H2 was withdrawn" in text and "takes the place" not in text
        later = sendable(workspace, edition(workspace, f"funder/2026-H2/{NEW}", sent=False), "3")
        assert [one.state for one in deliver(workspace, [later], NOW, at_once=True)] == ["accepted"]
        assert "withdrawn" not in text_of(inbox.messages[1][1]), "it was said already"
