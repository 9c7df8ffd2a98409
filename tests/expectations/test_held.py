from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from melflow.expectations.held import HELD, followers, held_frame, held_ids, passed
from melflow.expectations.judge import Verdict
from melflow.expectations.reference import Reference
from melflow.expectations.rules import Rule, suite
from melflow.expectations.wording import Wording

Row = dict[str, Any]

_KEYS = st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([None, "v1", "v2", "v3"]))


def _table(keys: list[tuple[str, str | None]], prefix: str) -> pl.DataFrame:
    rows = [(f"{prefix}{n}", *key) for n, key in enumerate(keys)]
    return pl.DataFrame(rows, schema=dict.fromkeys(("row_id", "load_id", "version_id"), pl.String), orient="row")


def _keys(frame: pl.DataFrame) -> set[tuple[str, str | None]]:
    return {key for key in frame.select("load_id", "version_id").iter_rows() if key[1] is not None}


@st.composite
def _batches(draw: st.DrawFn) -> tuple[dict[str, pl.DataFrame], dict[str, frozenset[str]], bool]:
    frames = {
        "src_submission": _table(draw(st.lists(_KEYS, max_size=6)), "s"),
        "src_response": _table(draw(st.lists(_KEYS, max_size=12)), "r"),
    }
    if draw(st.booleans()):
        frames["src_result"] = _table(draw(st.lists(_KEYS, max_size=4)), "x")
    broken = {
        name: frozenset(draw(st.sets(st.sampled_from(sorted(frame["row_id"]))))) if frame.height else frozenset()
        for name, frame in frames.items()
    }
    return frames, broken, draw(st.booleans())


@given(_batches())
def test_held_ids__nothing_is_lost(batch: tuple[dict[str, pl.DataFrame], dict[str, frozenset[str]], bool]) -> None:
    """Should put every row into exactly one of passed and held, and no answer of a held submission into passed."""
    frames, broken, stopped = batch
    held = held_ids(frames, broken, stopped=stopped)
    through = passed(frames, held)
    for name, frame in frames.items():
        assert sorted([*through[name]["row_id"], *held[name]]) == sorted(frame["row_id"])
        assert broken[name] <= held[name]
        assert not (stopped and through[name].height)
    of_held = _keys(frames["src_submission"]) - _keys(through["src_submission"])
    assert not of_held & _keys(through["src_response"])
    if not stopped:
        assert held["src_response"] - broken["src_response"] == (
            followers(frames, held["src_submission"]) - broken["src_response"]
        )


def test_held_frame__every_reason_once(
    row: Callable[..., Row],
    frame: Callable[..., pl.DataFrame],
    forms: dict[str, pl.DataFrame],
    reference: Reference,
) -> None:
    """Should name every rule a row breaks, keep the whole row, and not call a follower a problem of its own."""
    frames = {
        "src_submission": frame(
            "src_submission",
            row("src_submission", 1, partner_raw="Gren Valey", partner_id=None, consent_level=None),
            row("src_submission", 2),
        ),
        "src_response": frame("src_response", *(row("src_response", n) for n in (1, 2))),
    }
    rules = {rule.id: rule for rule in suite("src_submission")}
    failing = frozenset({"src_submission#1"})
    verdicts = [
        Verdict(rules["partner_known"], False, 2, failing, {}),
        Verdict(rules["collected_in_calendar"], False, 2, failing, {}),
        Verdict(rules["consent_present"], False, 2, failing, {}),
    ]
    held = held_ids(frames, {"src_submission": failing}, stopped=False)
    table = held_frame(frames, held, verdicts, Wording(forms, reference))
    assert dict(table.schema) == HELD
    assert table.select("row_id", "rule_id", "severity").rows() == [
        ("src_submission#1", "partner_known", "error"),
        ("src_submission#1", "collected_in_calendar", "error"),
        ("src_response#1", "of_held_submission", "follows"),
    ]
    first = table.row(0, named=True)
    assert first["message"] == 'The partner "Gren Valey" is not in the registry.'
    assert first["remedy"].endswith('Did you mean "Green Valley Network"?')
    assert (first["place"], first["value"]) == ("inbox/survey.csv row 3", "Gren Valey")
    assert (first["load_id"], first["source"]) == ("survey-0123456789ab", "survey")
    assert json.loads(first["row_json"])["collected_on"] == "2024-11-03"
    assert table.row(2, named=True)["place"] == "inbox/survey.csv row 3 (item years)"


def test_held_frame__place_in_a_workbook(
    row: Callable[..., Row],
    frame: Callable[..., pl.DataFrame],
    forms: dict[str, pl.DataFrame],
    reference: Reference,
) -> None:
    """Should point at the cell the rule is about, also a blank one, where its column is known; else at the row."""
    rules = {rule.id: rule for rule in suite("src_result")}
    bad = row("src_result", 1, actual=None, actual_raw="few", source_file="inbox/r.xlsx", source_sheet="2024")
    frames, failing = {"src_result": frame("src_result", bad)}, frozenset({"src_result#1"})
    names = ("actual_readable", "partner_known", "indicator_present", "identity_conflict", "result_id_present")
    verdicts = [Verdict(rules[name], False, 1, failing, {}) for name in names]
    columns = {"2024!actual": "D", "2024!partner": "B", "2024!indicator_id": "AA", "2025!unit": "F"}
    wording = Wording(forms, reference, {bad["load_id"]: columns})
    held = held_frame(frames, {"src_result": failing}, verdicts, wording)
    cells = ("D3", "B3", "AA3", "AA3", "3")
    assert held["place"].to_list() == [f"inbox/r.xlsx!2024!{cell}" for cell in cells]
    assert held_frame(frames, {"src_result": failing}, verdicts, Wording(forms, reference))["place"][0].endswith("!3")


def test_wording__value_from_outside_stays_text(
    row: Callable[..., Row], forms: dict[str, pl.DataFrame], reference: Reference
) -> None:
    """Should quote what was seen on one short line, whatever it holds, and keep it whole as the value."""
    rule: Rule = next(rule for rule in suite("src_submission") if rule.id == "partner_known")
    seen = "{seen} {0.__class__}\n'; drop table x; --" + "y" * 500
    sentence = Wording(forms, reference).sentence(rule, row("src_submission", 1, partner_raw=seen))
    assert "{seen} {0.__class__} '; drop table x; --yyy" in sentence.message
    assert "\n" not in sentence.message and len(sentence.message) < 200
    assert sentence.value == seen


def test_reference__calendar() -> None:
    """Should give the first and the last day of the calendar, and nothing without one."""
    periods = {
        "2025-H1": (date(2025, 1, 1), date(2025, 6, 30)),
        "2024-H2": (date(2024, 7, 1), date(2024, 12, 31)),
    }
    calendar = Reference(frozenset(), periods)
    assert (calendar.first_day, calendar.last_day) == ("2024-07-01", "2025-06-30")
    assert Reference(frozenset()).first_day == ""
