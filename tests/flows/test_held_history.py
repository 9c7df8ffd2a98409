"""Held rows over their life: first seen stays, a fix closes by itself, decisions outlive the warehouse."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from melflow.core.landing import LandingStore
from melflow.core.workspace import load_workspace
from melflow.flows import held_facts
from melflow.flows.held_entries import entry, problems
from tests.flows.held_workspace import LOG, ask, make, run

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path)


def history(folder: Path) -> list[tuple[Any, ...]]:
    return ask(
        folder,
        "select rule_id, state, who, why, value_before, value_after from raw.held_event "
        "order by rule_id, happened_at, state",
    )


def test_history__fixed_by_a_new_file(folder: Path) -> None:
    """Should keep the first sighting over re-reads, and close by itself with both values when the file is put right."""
    run(folder)
    first = ask(folder, "select held_id, first_seen, state, partner_id from raw.held order by held_id")
    assert len(first) == 2 and {row[2] for row in first} == {"held"} and {row[3] for row in first} == {"lab", "city"}
    run(folder, full=True)
    assert ask(folder, "select held_id, first_seen, state, partner_id from raw.held order by held_id") == first
    assert [row[1] for row in history(folder)] == ["held", "held"]

    (folder / "inbox/visits/a.csv").write_text(LOG.replace("advise", "visit"))
    run(folder)
    assert history(folder)[1:] == [
        ("kind_known", "held", None, None, None, "advise"),
        ("kind_known", "fixed", None, "a new version of the file", "advise", "visit"),
    ]
    [left] = ask(folder, "select held_id, first_seen, rule_id from raw.held")
    assert left[:2] in [row[:2] for row in first] and left[2] == "date_not_in_future"

    (folder / "inbox/visits/a.csv").write_text(LOG)
    run(folder)
    assert history(folder)[3][1:4] == ("held", None, "the problem came back")


def test_history__accepted_and_rejected(folder: Path) -> None:
    """Should load an accepted row and flag it, keep a rejected one out, and know both in a warehouse made anew."""
    run(folder)
    store = LandingStore(folder / "var/landing")
    rows = {row["rule_id"]: row for row in problems(load_workspace(folder))}
    for rule, state in {"date_not_in_future": "accepted", "kind_known": "rejected"}.items():
        for is_new in (True, False):
            told = {rows[rule]["held_id"]: entry(rows[rule])}
            assert held_facts.decide(store, "visits", state, told, "Ana", "So it is", date(2025, 3, 1)) is is_new
    for _ in range(2):
        run(folder)
        assert ask(folder, "select exchange_id from raw.src_exchange order by all") == [("visits:1",), ("visits:3",)]
        assert ask(folder, "select row_id like '%#%', who, why from raw.held_accepted") == [(True, "Ana", "So it is")]
        assert ask(folder, "select rule_id, state from raw.held") == [("kind_known", "rejected")]
        told = [(rule, state, who) for rule, state, who, *_ in history(folder)]
        assert told == [("date_not_in_future", "held", None), ("date_not_in_future", "accepted", "Ana"),
                        ("kind_known", "held", None), ("kind_known", "rejected", "Ana")]  # fmt: skip
        (folder / "var/warehouse.duckdb").unlink()

    # another value than the one that was judged waits for a judgement of its own
    run(folder)
    (folder / "inbox/visits/a.csv").write_text(LOG.replace("2099", "2098").replace("advise", "advize"))
    run(folder)
    assert {(row[0], row[1]) for row in ask(folder, "select rule_id, state from raw.held")} == {
        ("date_not_in_future", "held"), ("kind_known", "held"),
    }  # fmt: skip
    assert ask(folder, "select count(*) from raw.held_accepted") == [(0,)]
