"""Partners see figures about them first; what they say stands beside the figure, or withholds it, in the edition."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from asked_partners import ABOUT, LATER, NOW, PERIOD, asked_workspace, current, editions_at, turn

from melflow.core.errors import TerminalError
from melflow.flows import reply_rounds
from melflow.flows.editions import publish_editions
from melflow.flows.reply_asking import ask_partners, received
from melflow.flows.reply_book import take
from melflow.flows.reply_ledger import Reply, Said
from melflow.reports.verify import verify


@pytest.fixture
def workspace(asked_release: Path, tmp_path: Path) -> Any:
    return asked_workspace(tmp_path / "w", asked_release, held_pair=True)


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
    editions_at(monkeypatch, NOW)
    (waits,) = publish_editions(workspace, current(workspace), "funder", PERIOD)
    assert waits.waits_until == NOW + timedelta(days=14) and waits.is_new and not waits.folder.exists()
    (again,) = publish_editions(workspace, current(workspace), "funder", PERIOD)
    assert again.waits_until == waits.waits_until and not again.is_new

    asked, _ = ask_partners(workspace, ["funder"], NOW)
    mine = next(one for one in asked if one.partner_id == "alpha")
    assert {one.partner_id for one in asked} == {"alpha", "beta", "gamma"} and mine.figures > 10
    pair = "Health by side, <script>alert('x')</script> & Co – =cmd|' /C calc'!A1, view of the first side, Trust"  # noqa: RUF001
    words = "Counted wrong <script>alert(2)</script> " + "x" * 60
    fill(mine.workbook, {"Health both sides": ("comment", words), pair: ("objection", "Three of us were not asked.")})
    assert take(workspace, mine.workbook, NOW) == ("alpha", 2, False)
    assert take(workspace, mine.workbook, NOW + timedelta(days=1)) == ("alpha", 0, False)

    editions_at(monkeypatch, LATER)
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
    book = openpyxl.load_workbook(mine.workbook)
    book["reply"]["E7"] = "Another word, too late."
    book["reply"]["D7"] = "comment"
    book.save(mine.workbook)
    assert take(workspace, mine.workbook, LATER).is_late
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
