"""A round asks partners once about figures; what comes later waits for it, or asks again."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asked_partners import ABOUT, LATER, NOW, PERIOD, RELEASE_ID, asked_workspace, current, editions_at, turn

from melflow.flows import reply_rounds
from melflow.flows.editions import publish_editions
from melflow.flows.release import Release
from melflow.flows.reply_asking import waiting
from melflow.flows.reply_ledger import Ledger, Said


@pytest.fixture
def workspace(asked_release: Path, tmp_path: Path) -> Any:
    return asked_workspace(tmp_path / "w", asked_release, held_pair=True)


def test_turn__the_same_figures_need_no_other_round(workspace: Any) -> None:
    """Should ask once for the same figures, keep what was said, and make the edition of the release asked about."""
    assert turn(workspace, NOW).is_new
    config = workspace.reports["funder"]
    figure = reply_rounds.about(reply_rounds.figures(workspace, config, PERIOD, current(workspace)), config, "beta")[0]
    ledger = Ledger(workspace.landing_dir)
    about = ("beta", *ABOUT[1:])
    ledger.add(about, [Said(figure.table, figure.keys, "objection", "No.")], "link", NOW, "n1")
    ledger.add(about, [Said(figure.table, figure.keys, "comment", "Settled.")], "workbook", NOW + timedelta(days=1))
    then = turn(workspace, LATER)
    assert then.waits_until is None and [(one.kind, one.text) for one in then.answers] == [("comment", "Settled.")]
    assert turn(workspace, LATER) == then


def _edition(workspace: Any, release_id: str, verdict: str = "passed") -> str:
    """Write an edition of the period as a small file; return its folder below the editions."""
    place = f"funder/{PERIOD}/{release_id}"
    (workspace.editions_dir / place).mkdir(parents=True)
    said = {"gate": {"verdict": verdict}, "frozen": {"replies": []}}
    (workspace.editions_dir / place / "edition.json").write_text(json.dumps(said))
    return place


def _next_release(workspace: Any, monkeypatch: pytest.MonkeyPatch, number: int) -> Release:
    """Return a later release, in which a figure about partners is another."""
    name = f"2026080{number}-b"
    release = Release(name, workspace.releases_dir / name, is_new=False)
    release.folder.mkdir()
    numbers = {("pub_capability_score", "{}"): (number,)}
    monkeypatch.setattr(reply_rounds, "_numbers", lambda *_: numbers)
    return release


def test_turn__finished_editions_are_not_displaced(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should let an edition wait for its day whatever changes since; ask again after it went out, when restated."""
    config = workspace.reports["funder"]
    config.late_data = "next"
    assert turn(workspace, NOW).is_new
    held = _edition(workspace, RELEASE_ID, "held")
    later = _next_release(workspace, monkeypatch, 1)
    shutil.rmtree(workspace.editions_dir / held)
    sent = _edition(workspace, RELEASE_ID)

    def ask(release: Release, had: tuple[str, ...]) -> reply_rounds.Turn:
        return reply_rounds.turn(workspace, config, PERIOD, release, LATER, had)

    for had in ((), (sent,), (sent.replace("funder/", "funder.es/"),)):
        now = ask(later, had)
        assert (now.release.release_id, now.waits_until, now.is_new) == (RELEASE_ID, None, False)
    config.late_data = "restate"
    assert ask(later, ()).release.release_id == RELEASE_ID, "nobody has it yet"
    again = ask(later, (sent,))
    assert again.is_new and again.release == later and ask(later, (sent,)).waits_until == again.waits_until
    third = _next_release(workspace, monkeypatch, 2)
    assert ask(third, (sent,)).release.release_id == later.release_id, "one round at a time"
    assert ask(third, ()).release.release_id == RELEASE_ID


def test_turn__held_edition_gives_way(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should ask about what was mended when the gate holds the edition: that one goes to nobody."""
    turn(workspace, NOW)
    _edition(workspace, RELEASE_ID, "held")
    later = _next_release(workspace, monkeypatch, 1)
    now = reply_rounds.turn(workspace, workspace.reports["funder"], PERIOD, later, LATER)
    assert now.is_new and now.release == later


def test_editions__all_languages_wait_once(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should make every language from the release partners were asked about, though a newer one is there."""
    workspace.reports["funder"].also_in = ("es",)
    made: list[tuple[str, Any]] = []
    editions_at(monkeypatch, NOW)
    (waits,) = publish_editions(workspace, current(workspace), "funder", PERIOD)
    assert waits.is_new and [one.release_id for one in waiting(workspace, NOW)] == [RELEASE_ID]
    assert waiting(workspace, LATER) == []

    def render(folder: Path, _r: Any, _w: Any, _p: str, out: Path, _: Any, language: str | None, *__: Any, **more: Any):  # type: ignore[no-untyped-def]
        made.append((folder.name, language))
        assert more["received"] == frozenset()
        place = out / ("funder" if language is None else f"funder.{language}") / PERIOD / folder.name
        place.mkdir(parents=True)
        said = {"gate": {"verdict": "passed", "reasons": []}, "frozen": {"replies": []}}
        (place / "edition.json").write_text(json.dumps(said))

    monkeypatch.setattr("melflow.reports.edition.render", render)
    editions_at(monkeypatch, LATER)
    later = _next_release(workspace, monkeypatch, 1)
    found = publish_editions(workspace, later, "funder", PERIOD)
    assert made == [(RELEASE_ID, None), (RELEASE_ID, "es")] and not any(one.problems for one in found)
    assert not any(one.is_new for one in publish_editions(workspace, later, "funder", PERIOD))


def test_turn__what_was_held_in_earlier_periods_stays_held(workspace: Any) -> None:
    """Should carry an earlier period's hold into the next edition, not its comments, until its partner is content."""
    before, later = "2025-H2", LATER
    workspace.periods = [SimpleNamespace(period_id=before), *workspace.periods]
    data = reply_rounds.figures(workspace, workspace.reports["funder"], before, current(workspace))
    figures = reply_rounds.about(data, workspace.reports["funder"], "alpha")
    pair = [one for one in figures if json.loads(one.keys).get("dyad_id") == "alpha--beta"][:2]
    said = [Said(one.table, one.keys, kind, "No.") for one, kind in zip(pair, ("objection", "comment"), strict=True)]
    ledger, about = Ledger(workspace.landing_dir), ("alpha", "funder", before, ABOUT[3])
    ledger.add(about, said, "workbook", NOW)
    assert turn(workspace, NOW).is_new
    (one,) = turn(workspace, later).answers
    assert (one.period_id, one.keys, one.is_held) == (before, pair[0].keys, True)
    ledger.add(about, [said[0]._replace(kind="comment")], "workbook", NOW + timedelta(days=1))
    assert turn(workspace, later).answers == ()
