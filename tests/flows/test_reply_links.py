"""A link answers once, for whom it was made and until the round is over; the ledger keeps every answer."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asked_partners import ABOUT, LATER, NOW, PERIOD, asked_workspace

from melflow.core.errors import TerminalError
from melflow.flows.reply_ledger import FILE, Ledger, Said, UsedError
from melflow.flows.reply_links import LinkError, key, link_for, opened, signed


@pytest.fixture
def workspace(asked_release: Path, tmp_path: Path) -> Any:
    return asked_workspace(tmp_path / "w", asked_release, held_pair=True)


def test_ledger__is_only_added_to(workspace: Any) -> None:
    """Should take a link once, all or nothing, and refuse whoever changes or deletes."""
    ledger = Ledger(workspace.landing_dir)
    said = [Said("pub_capability_score", "{}", "comment", "Yes.")]
    assert ledger.add(ABOUT, said, "link", NOW, "n1") == 1
    with pytest.raises(UsedError):
        ledger.add(ABOUT, [said[0]._replace(words="Again.")], "link", NOW, "n1")
    assert [one.said.words for one in ledger.replies("funder", PERIOD)] == ["Yes."]
    for act in ("update reply set words = ''", "delete from reply", "delete from used"):
        with sqlite3.connect(workspace.landing_dir / FILE) as con, pytest.raises(sqlite3.IntegrityError):
            con.execute(act)


@pytest.mark.parametrize("change", ["cut", "letter", "payload", "key", "workbook", "empty", "strange"])
def test_links__forged(workspace: Any, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should believe nothing of a link that was changed, made with another key, or for another purpose."""
    secret = key(workspace, make=True)
    good = signed(link_for(ABOUT, LATER), secret)
    assert opened(good, secret, NOW).about == ABOUT
    other = signed(link_for(("beta", *ABOUT[1:]), LATER), secret)
    bad = {
        "cut": good[:-2],
        "letter": good[:5] + ("A" if good[5] != "A" else "B") + good[6:],
        "payload": other.partition(".")[0] + "." + good.partition(".")[2],
        "key": signed(link_for(ABOUT, LATER), b"another secret, long enough"),
        "workbook": signed(link_for(ABOUT, LATER), secret, "workbook"),
        "empty": ".",
        "strange": "é\udcff.é",
    }[change]
    with pytest.raises(LinkError, match="forged"):
        opened(bad, secret, NOW)
    with pytest.raises(LinkError, match="forged"):
        opened(good, b"", NOW)


def test_links__expired(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should end with the round; the key is kept for this user only."""
    secret = key(workspace, make=True)
    with pytest.raises(LinkError, match="expired"):
        opened(signed(link_for(ABOUT, NOW), secret), secret, NOW + timedelta(seconds=1))
    assert (workspace.var / "secrets" / "reply_key").stat().st_mode & 0o077 == 0 and key(workspace) == secret
    monkeypatch.setenv("MELFLOW_REPLY_KEY", "short")
    assert key(workspace) == b""
    with pytest.raises(TerminalError, match="at least 16 characters"):
        key(workspace, make=True)
