"""Nobody gets an edition twice, and nobody is forgotten: whatever breaks, and however groups are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from delivered import ALL, REPORT, Alliance

from melflow.core.errors import WorkspaceError
from melflow.core.landing import LandingStore
from melflow.core.workspace import load_workspace
from melflow.flows.delivery_ledger import STORE, TOLD, Ledger
from melflow.flows.delivery_notices import notices

_LAND = LandingStore.land


@pytest.mark.parametrize("comes_first", ["crash", "entry"])
def test_deliver__crash_at_every_entry(alliance: Alliance, monkeypatch: pytest.MonkeyPatch, comes_first: str) -> None:
    """Should reach each recipient once or tell the data officer, wherever the ledger is cut off: at each entry."""
    n_crashes = 0
    for crash_at in range(1, 20):
        place = f"funder/2025-H1/{crash_at:04}-a"
        edition = alliance.edition(place, figures=place)
        alliance.inbox.received.clear()
        alliance.inbox.refusals = {"board@funder.example": "451 later"}
        n_entries, is_cut = 0, False

        def land(self: LandingStore, source: str, *given: Any, _at: int = crash_at, **more: Any) -> Any:
            nonlocal n_entries, is_cut
            n_entries += source == STORE
            is_cut = source == STORE and n_entries == _at
            if is_cut and comes_first == "crash":
                raise KeyboardInterrupt
            landed = _LAND(self, source, *given, **more)
            if is_cut:
                raise KeyboardInterrupt
            return landed

        for _ in range(3):
            with monkeypatch.context() as broken:
                broken.setattr(LandingStore, "land", land)
                try:
                    alliance.run(edition, at_once=True)
                except KeyboardInterrupt:
                    n_crashes += 1
            alliance.inbox.refusals = {}
        got, message = alliance.got(), f"unknown/{place}"
        told = {one for one in LandingStore(alliance.workspace.landing_dir).of_source(TOLD) if message in one.origin}
        doubt = {
            address
            for one in Ledger(alliance.workspace.landing_dir).messages().values()
            if one.edition == place
            for address in one.of("unknown")
        }
        assert len(got) == len(set(got)) and set(ALL) - set(got) <= doubt and bool(told) == bool(doubt)
        if n_entries < crash_at:
            break
    assert n_crashes == crash_at - 1 == 9  # three entries a message, and three for the one that was tried again


def test_deliver__group_renamed(alliance: Alliance) -> None:
    """Should go once to whom a renamed group, or another one, has it by another name; and to those who came."""
    edition = alliance.edition()
    alliance.inbox.refusals = {"board@funder.example": "451 later"}
    alliance.run(edition)
    alliance.inbox.refusals = {}
    report = REPORT.replace("two@funder.example", "new@funder.example").replace(
        "board: {to: [board@funder.example]",
        "chairs: {to: [Two@funder.example, board@funder.example, b2@funder.example]",
    )
    (alliance.folder / "reports/funder.yml").write_text(report, encoding="utf-8")
    assert alliance.run(edition) == [("chairs", "accepted")]
    assert alliance.got() == ["b2@funder.example", *ALL]
    assert alliance.run(edition) == []
    assert not any(name.startswith("deferred/") for name in notices(alliance.workspace))


def test_deliver__again_in_another_group(alliance: Alliance) -> None:
    """Should reach an address in the group it stands in now, when somebody lets it go out again."""
    edition = alliance.edition()
    alliance.inbox.refusals = {"board@funder.example": "550 no"}
    alliance.run(edition)
    alliance.inbox.refusals = {}
    report = REPORT.partition("groups:")[0].replace("two@funder", "two@funder.example, board@funder")
    (alliance.folder / "reports/funder.yml").write_text(report, encoding="utf-8")
    assert alliance.run(edition) == []
    Ledger(alliance.workspace.landing_dir).note("funder/2025-H1/0001-a/board", "again", by="Ana", why="they mended it")
    assert alliance.run(edition) == [("recipients", "accepted")]
    assert alliance.got() == sorted(ALL)


def test_report__address_in_two_groups(alliance: Alliance) -> None:
    """Should be refused, by the names of the groups and without the address."""
    report = REPORT.replace("[board@funder.example]", "[board@funder.example, TWO@funder.example]")
    (alliance.folder / "reports/funder.yml").write_text(report, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"one group of a report.*in 'recipients' and in 'board'") as error:
        load_workspace(alliance.folder)
    assert "@" not in str(error.value) and "reports/funder.yml" in str(error.value)


def test_ledger__only_what_is_new_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should read each entry once, and those that another process wrote meanwhile."""
    read: list[str] = []
    whole = LandingStore.read
    monkeypatch.setattr(LandingStore, "read", lambda store, one: read.append(one.origin) or whole(store, one))
    ledger = Ledger(tmp_path)
    for name in ("a", "b"):
        ledger.begin(f"funder/{name}", 1, ["one@funder.example"], [], [])
    assert [one.state for one in ledger.messages().values()] == ["unknown", "unknown"] and len(read) == 4
    Ledger(tmp_path).note("funder/a", "outcome", answers={"one@funder.example": 250})
    read.clear()
    assert [one.state for one in ledger.messages().values()] == ["accepted", "unknown"]
    assert ledger.messages() == Ledger(tmp_path).messages() and read[0] == "funder/a#2/outcome" and len(read) == 1 + 5
