"""Partners see figures about them first; what they say stands beside the figure, or withholds it, in the edition."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from asked_partners import NOW, PERIOD, RELEASE_ID, asked_workspace, current
from fake_release import HOSTILE, make_release

from melflow.core.errors import TerminalError
from melflow.flows import reply_rounds
from melflow.flows.editions import publish_editions
from melflow.flows.release import Release
from melflow.flows.reply_asking import ask_partners, received, waiting
from melflow.flows.reply_book import take
from melflow.flows.reply_ledger import FILE, Ledger, Reply, Said, UsedError
from melflow.flows.reply_links import LinkError, key, link_for, opened, signed
from melflow.reports.verify import verify

ABOUT = ("alpha", "funder", PERIOD, "20260701T060000-1a2b3c4d")
LATER = NOW + timedelta(days=15)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_release(tmp_path_factory.mktemp("replies") / "r1", HOSTILE, n_dyads=4)


@pytest.fixture
def workspace(release: Path, tmp_path: Path) -> Any:
    return asked_workspace(tmp_path / "w", release, held_pair=True)


def turn(workspace: Any, now: Any) -> reply_rounds.Turn:
    return reply_rounds.turn(workspace, workspace.reports["funder"], PERIOD, current(workspace), now)


def at(monkeypatch: pytest.MonkeyPatch, moment: Any) -> None:
    class Clock:
        @staticmethod
        def now(_: Any) -> Any:
            return moment

    monkeypatch.setattr("melflow.flows.editions.datetime", Clock)


def fill(path: Path, answers: dict[str, tuple[str, str]]) -> list[str]:
    """Fill in the first line whose figure begins so; return the figures answered."""
    book = openpyxl.load_workbook(path)
    sheet, done = book["reply"], []
    for start, (kind, words) in answers.items():
        line = next(row for row in sheet.iter_rows(min_row=7) if str(row[1].value).startswith(start))
        line[3].value, line[4].value = kind, words
        done.append(str(line[1].value))
    book.save(path)
    return done


def test_editions__wait_for_replies_and_carry_them(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should make no edition while partners may answer; then print the comment, hold the agreed figure, and verify."""
    at(monkeypatch, NOW)
    (waits,) = publish_editions(workspace, current(workspace), "funder", PERIOD)
    assert waits.waits_until == NOW + timedelta(days=14) and waits.is_new and not waits.folder.exists()
    (again,) = publish_editions(workspace, current(workspace), "funder", PERIOD)
    assert again.waits_until == waits.waits_until and not again.is_new

    asked, _ = ask_partners(workspace, ["funder"], NOW)
    mine = next(one for one in asked if one.partner_id == "alpha")
    assert {one.partner_id for one in asked} == {"alpha", "beta", "gamma"} and mine.figures > 10
    pair = "Health by side, <script>alert('x')</script> & Co – =cmd|' /C calc'!A1, A of B, Trust"  # noqa: RUF001
    words = "Counted wrong <script>alert(2)</script> " + "x" * 60
    fill(mine.workbook, {"Health both sides": ("comment", words), pair: ("objection", "Three of us were not asked.")})
    assert take(workspace, mine.workbook, NOW) == ("alpha", 2)
    assert take(workspace, mine.workbook, NOW + timedelta(days=1)) == ("alpha", 0)

    at(monkeypatch, LATER)
    (made,) = publish_editions(workspace, current(workspace), "funder", PERIOD)
    assert made.is_new and made.waits_until is None and not made.problems
    page = (made.folder / "edition.html").read_text(encoding="utf-8")
    flat = unescape(page)
    assert words in flat and "<script>alert(2)" not in page and "objection, 2 July 2026; figure held" in flat
    kept = json.loads((made.folder / "edition.json").read_text())
    assert [one["is_held"] for one in kept["frozen"]["replies"]] == [False, True]
    sheet = openpyxl.load_workbook(made.folder / "tables.xlsx")["Replies"]
    assert [row[3] for row in sheet.iter_rows(min_row=2, values_only=True)] == [words, "Three of us were not asked."]
    assert set(verify(made.folder, current(workspace).folder)) == {"edition.html", "tables.xlsx"}
    (standing,) = publish_editions(workspace, current(workspace), "funder", PERIOD)
    assert not standing.is_new and standing.folder == made.folder


def test_withheld__in_every_table_of_the_pair(workspace: Any) -> None:
    """Should leave the number of a held view in no table, the pair's mean over dimensions included; others stay."""
    from melflow.reports.answer import Answer
    from melflow.reports.figure_keys import keys_of
    from melflow.reports.holds import withheld
    from melflow.reports.replies import about

    config = workspace.reports["funder"]
    data = reply_rounds.figures(workspace, config, PERIOD, current(workspace))
    view = next(one for one in about(data, "alpha", ["pub_partnership_health"]) if one.row["dimension"] == "trust")
    said = Answer("alpha", view.table, view.keys, "objection", "No.", "2026-07-02", True)
    left = withheld(data, [said])
    pair = view.row["dyad_id"]
    for table in ("pub_partnership_health", "pub_health_dyad"):
        for row in left.table(table).to_dicts():
            is_hit = row["dyad_id"] == pair and row["dimension"] in ("trust", "composite")
            before = next(one for one in data.table(table).to_dicts() if keys_of(table, one) == keys_of(table, row))
            assert row["is_suppressed"] == (is_hit or before["is_suppressed"])
            assert is_hit or row == before
    assert left.n_held >= 2
    assert withheld(data, []) is data


@pytest.mark.parametrize(("keys", "is_held"), [
    ({"dyad_id": "alpha--beta", "dimension": "trust"}, True),
    ({"scope": "dyad", "scope_id": "alpha--beta", "resource": "airtime"}, True),
    ({"advice_id": "a1", "partner_id": "beta", "given_by": "alpha"}, True),
    ({"advice_id": "a1", "partner_id": "alpha", "given_by": "beta, gamma"}, True),
    ({"story_id": "s1", "learner_partner_id": "alpha", "source_partner_id": "beta"}, True),
    ({"advice_id": "a1", "partner_id": "gamma", "given_by": "alpha, beta"}, False),
    ({"scope": "dyad", "scope_id": "alpha--gamma", "resource": "airtime"}, False),
    ({"scope": "partnership", "scope_id": "alpha--beta", "resource": "airtime"}, False),
    ({"partner_id": "alpha", "capability": "adapt_renew"}, False),
])  # fmt: skip
@pytest.mark.parametrize("is_other_way", [False, True])
def test_answers__as_the_pair_agreed(workspace: Any, keys: dict[str, str], is_held: bool, is_other_way: bool) -> None:
    """Should hold or attach as the pair's partnership agreed, whichever columns name the pair; else as the alliance."""
    if is_other_way:
        workspace.reply = workspace.reply.model_copy(update={"objection": "hold"})
        vars(workspace.partnerships[0])["objection"] = "attach"
    said = Said("pub_power_balance", json.dumps(keys), "objection", "No.")
    answer = reply_rounds._answer(workspace, Reply("alpha", *ABOUT[1:], said, "link", NOW))
    assert answer.is_held == (is_held != is_other_way)


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
    at(monkeypatch, NOW)
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
    at(monkeypatch, LATER)
    later = _next_release(workspace, monkeypatch, 1)
    found = publish_editions(workspace, later, "funder", PERIOD)
    assert made == [(RELEASE_ID, None), (RELEASE_ID, "es")] and not any(one.problems for one in found)
    assert not any(one.is_new for one in publish_editions(workspace, later, "funder", PERIOD))


def test_turn__what_was_held_in_earlier_periods_stays_held(workspace: Any) -> None:
    """Should carry an earlier period's hold into the next edition, not its comments, until its partner is content."""
    before, later = "2025-H2", NOW + timedelta(days=15)
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


def test_workbook__what_cannot_be_read(workspace: Any) -> None:
    """Should take nothing of a workbook with a wrong line, one that another one signed, and one that is none."""
    turn(workspace, NOW)
    asked = {one.partner_id: one.workbook for one in ask_partners(workspace, [], NOW)[0]}
    assert asked["alpha"].name == "alpha.xlsx"
    fill(asked["alpha"], {"Health by": ("comment", "Good."), "Health both": ("objection", "")})
    with pytest.raises(TerminalError, match="at most 2000 characters"):
        take(workspace, asked["alpha"], NOW)
    book = openpyxl.load_workbook(asked["beta"])
    book["reply"]["B2"].value = "x" + str(book["reply"]["B2"].value)
    book.save(asked["beta"])
    with pytest.raises(TerminalError, match="the alliance's own signature"):
        take(workspace, asked["beta"], NOW)
    (asked["gamma"]).write_bytes(b"no workbook")
    with pytest.raises(TerminalError, match="cannot be read"):
        take(workspace, asked["gamma"], NOW)
    assert received(workspace, []) == []
