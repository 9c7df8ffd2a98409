"""Every rule of every suite file against rows that keep it and rows that break it; a rule without a case fails."""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import duckdb
import polars as pl
import pytest
import yaml

from melflow.core.errors import Problem
from melflow.core.workspace.source_log import Channel, ExchangeKind, ExchangeUnit
from melflow.expectations.check import Checked, check
from melflow.expectations.reference import Reference
from melflow.expectations.rules import SUITES, Rule, suite
from melflow.expectations.wording import Wording
from melflow.sources.canonical import FACTS, TABLES

#: table -> rule -> the rows that break it, as changes to a good row
BROKEN: dict[str, dict[str, list[dict[str, Any]]]] = {
    "src_submission": {
        "submission_id_present": [{"submission_id": None}],
        "version_id_present": [{"version_id": None}],
        "identity_conflict": [{"row_id": "conflict#s"}],
        "version_unique": [{"version_id": "twice"}, {"version_id": "twice", "row_id": "second"}],
        "partner_named": [{"partner_raw": None, "partner_id": None}],
        "partner_known": [{"partner_raw": "Gren Valley", "partner_id": None}, {"partner_id": "left", "row_id": "p2"}],
        "about_partner_known": [{"about_partner_raw": "Lak", "about_partner_id": None}],
        "about_partner_2_known": [{"about_partner_2_raw": "Lak", "about_partner_2_id": None}],
        "rates_another_partner": [{"about_partner_id": "gvn"}],
        "form_known": [{"form_version": "9"}, {"form_version": None, "row_id": "f2"}],
        "collected_on_present": [{"collected_on": None, "period_id": None}],
        "collected_in_calendar": [
            {"collected_on": date(2019, 1, 1), "period_id": None},
            {"period_id": "2030", "row_id": "c2"},
        ],
        "collected_not_in_future": [{"collected_on": date(2025, 1, 22)}],
        "not_rejected_by_reviewer": [{"review_state": "rejected"}],
        "submitted_after_collected": [{"submitted_at": datetime(2024, 11, 1, 23, tzinfo=UTC)}],
        "ended_after_started": [{"duration_s": -1.0}],
        "consent_present": [{"consent_level": None}],
        "rated_dyad_exists": [
            {"about_partner_raw": "Hill", "about_partner_id": "hill"},
            {"about_partner_id": "hill", "about_partner_2_id": "lake", "row_id": "r2"},
        ],
        "inside_membership": [
            {"collected_on": date(2024, 8, 31)},
            {"partner_id": "lake", "about_partner_id": "gvn", "collected_on": date(2024, 12, 2), "row_id": "m2"},
        ],
    },
    "src_response": {
        "version_id_present": [{"version_id": None}],
        "submission_present": [{"version_id": "ghost"}],
        "item_known": [{"item_id": "yeers"}, {"item_id": None, "row_id": "i2"}, {"form_version": "9", "row_id": "i3"}],
        "answer_unique": [{"option": "a"}, {"option": "a", "row_id": "a2"}],
        "missing_code_known": [{"missing_code": "lost"}],
    },
    "src_exchange": {
        "exchange_id_present": [{"exchange_id": None}],
        "identity_conflict": [{"row_id": "conflict#e"}],
        "no_error_cell": [{"topic_id": "#DIV/0!"}, {"exchange_id": "log:#REF!", "row_id": "n2"}],
        "exchange_unique": [{"exchange_id": "twice"}, {"exchange_id": "twice", "row_id": "second", "is_current": None}],
        "date_present": [{"occurred_on": None, "occurred_on_raw": None, "period_id": None}],
        "date_readable": [{"occurred_on": None, "occurred_on_raw": "spring", "period_id": None}],
        "date_in_calendar": [{"occurred_on": date(2019, 1, 1), "period_id": None}],
        "date_not_in_future": [{"occurred_on": date(2025, 1, 22)}],
        "giver_named": [{"from_partner_raw": None, "from_partner_id": None}],
        "giver_known": [{"from_partner_raw": "Gren", "from_partner_id": None}],
        "receiver_named": [{"to_partner_raw": None, "to_partner_id": None}],
        "receiver_known": [{"to_partner_id": "left"}],
        "between_two_partners": [{"to_partner_id": "gvn"}],
        "kind_present": [{"kind": None}],
        "kind_known": [{"kind": "advise"}],
        "channel_known": [{"channel": "telepathy"}],
        "channel_present": [{"channel": None}],
        "unit_present": [{"unit": None}],
        "unit_known": [{"unit": "hour"}],
        "quantity_present": [{"quantity": None, "quantity_raw": None}],
        "quantity_readable": [{"quantity": None, "quantity_raw": "some"}],
        "dyad_exists": [{"to_partner_id": "hill"}],
        "inside_membership": [
            {"occurred_on": date(2024, 8, 31)},
            {"occurred_on": date(2024, 12, 2), "row_id": "m2"},
        ],
        "quantity_positive": [{"quantity": 0.0}, {"quantity": -2.0, "row_id": "q2"}],
    },
    "src_result": {
        "result_id_present": [{"result_id": None}],
        "identity_conflict": [{"row_id": "conflict#r"}],
        "no_error_cell": [{"indicator_id": "#N/A"}],
        "result_unique": [{"result_id": "twice"}, {"result_id": "twice", "row_id": "second"}],
        "indicator_present": [{"indicator_id": None}],
        "partner_named": [{"partner_raw": None, "partner_id": None}],
        "partner_known": [{"partner_raw": "Gren", "partner_id": None}],
        "other_partner_known": [{"other_partner_raw": "Gren", "other_partner_id": None}],
        "period_known": [{"period_id": None, "period_raw": "2024-H3"}, {"period_id": "2030", "row_id": "p2"}],
        "actual_readable": [{"actual": None, "actual_raw": "a few"}],
        "target_readable": [{"target": None, "target_raw": "#REF!"}],
        "baseline_readable": [{"baseline": None, "baseline_raw": "?"}],
        "actual_present": [{"actual": None, "actual_raw": None}],
        "target_present": [{"target": None, "target_raw": None}],
        "target_differs_from_baseline": [{"target": 0.0}],
        "dyad_known": [{"dyad_id": "gvn--far"}],
        "total_never_falls": [
            {"indicator_id": "total", "actual": 9.0, "actual_raw": "9"},
        ],
        "unit_present": [{"unit": None}],
        "unit_of_indicator": [{"unit": "hectares"}],
        "indicator_known": [{"indicator_id": "ghost"}],
    },
}
#: table -> gate -> the change that, made to more than half of the rows, closes it
GATES: dict[str, dict[str, dict[str, Any]]] = {
    "src_submission": {"most_partners_known": {"partner_id": None}},
    "src_response": {"most_answers_readable": {"missing_code": "parse_error"}},
    "src_exchange": {"most_partners_known": {"to_partner_id": None}},
    "src_result": {"most_actuals_readable": {"actual": None, "actual_raw": "few"}},
}
_REGISTERS = {
    table: cases
    for path in sorted(Path(__file__).parent.glob("register_cases*.yml"))
    for table, cases in yaml.safe_load(path.read_text(encoding="utf-8")).items()
}
BROKEN |= {table: cases["broken"] for table, cases in _REGISTERS.items()}
GATES |= {table: {"most_partners_known": cases["gate"]} for table, cases in _REGISTERS.items() if "gate" in cases}
Row = dict[str, Any]
MakeRow = Callable[..., Row]
MakeFrame = Callable[..., pl.DataFrame]
CASES = [(table, rule) for table in FACTS for rule in suite(table)]
N_GOOD = 60


def _broken_rows(row: MakeRow, table: str, rule_id: str) -> list[Row]:
    """Return the rows that break the rule; an answer belongs to a submission of its own kind and is no copy."""
    home = {"version_id": "v0", "submission_id": "s0", "repeat_path": rule_id} if table == "src_response" else {}
    return [
        row(table, f"{rule_id}.{n}", **(home | changes)) for n, changes in enumerate(BROKEN[table].get(rule_id, []))
    ]


@pytest.fixture(scope="module")
def checked(row: MakeRow, frame: MakeFrame, forms: dict[str, pl.DataFrame], reference: Reference) -> Checked:
    """All cases in one batch, so that GX starts once."""
    frames = {
        table: frame(
            table,
            *(row(table, n) for n in range(N_GOOD)),
            *(bad for rule_id in cases for bad in _broken_rows(row, table, rule_id)),
        )
        for table, cases in BROKEN.items()
    }
    return check(frames, forms, reference, frozenset(f"conflict#{letter}" for letter in string.ascii_lowercase))


@pytest.mark.parametrize(("table", "rule"), CASES, ids=lambda value: getattr(value, "id", value))
def test_suite__every_rule_has_a_case(table: str, rule: Rule) -> None:
    """Should know rows that break each rule of the file, and no rule that is not in it."""
    cases = GATES[table] if rule.severity == "gate" else BROKEN[table]
    assert rule.id in cases
    assert {*BROKEN[table], *GATES.get(table, {})} == {known.id for known in suite(table)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "rule"),
    [case for case in CASES if case[1].severity == "error"],
    ids=lambda value: getattr(value, "id", value),
)
def test_suite__error_holds_its_rows(row: MakeRow, table: str, rule: Rule, checked: Checked) -> None:
    """Should hold the rows that break the rule and none that keep it."""
    bad = {bad["row_id"] for bad in _broken_rows(row, table, rule.id)}
    found = set(checked.held.filter(table_name=table, rule_id=rule.id)["row_id"])
    assert bad <= found
    assert not found & {row(table, n)["row_id"] for n in range(N_GOOD)}
    assert not bad & set(checked.passed[table]["row_id"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "rule"),
    [case for case in CASES if case[1].severity == "warn"],
    ids=lambda value: getattr(value, "id", value),
)
def test_suite__warn_counts_and_lets_pass(row: MakeRow, table: str, rule: Rule, checked: Checked) -> None:
    """Should count the rows that break the rule, and let them pass."""
    bad = {bad["row_id"] for bad in _broken_rows(row, table, rule.id)}
    assert bad <= set(checked.passed[table]["row_id"])
    (result,) = checked.results.filter(table_name=table, rule_id=rule.id).rows(named=True)
    assert (result["success"], result["severity"]) == (False, "warn")
    assert len(bad) <= result["n_failed"] < N_GOOD


@pytest.mark.slow
def test_suite__good_rows_pass(row: MakeRow, checked: Checked) -> None:
    """Should let every row pass that breaks no rule."""
    for table, passed in checked.passed.items():
        assert {row(table, n)["row_id"] for n in range(N_GOOD)} <= set(passed["row_id"])


@pytest.mark.parametrize(("table", "rule"), [case for case in CASES if case[1].severity == "gate"], ids=str)
@pytest.mark.parametrize(("n_good", "n_bad", "is_open"), [(30, 30, True), (30, 31, False), (1, 4, True)])
def test_suite__gate_limit(
    row: MakeRow, frame: MakeFrame, table: str, rule: Rule, n_good: int, n_bad: int, is_open: bool
) -> None:
    """Should close above the limit, not at it, and never on a batch too small to tell."""
    rows = [row(table, n) for n in range(n_good)]
    rows += [row(table, n_good + n, **GATES[table][rule.id]) for n in range(n_bad)]
    con = duckdb.connect()
    con.register("batch", frame(table, *rows).to_arrow())
    assert (con.execute(rule.query.format(batch="batch")).fetchall() == []) is is_open


@pytest.mark.slow
def test_suite__closed_gate_stops_the_batch(
    row: MakeRow, frame: MakeFrame, forms: dict[str, pl.DataFrame], reference: Reference
) -> None:
    """Should let nothing of the batch pass, lose nothing of it, and say in words why."""
    rows = [row("src_submission", n, **({"partner_id": None} if n else {})) for n in range(12)]
    frames = {
        "src_submission": frame("src_submission", *rows),
        "src_response": frame("src_response", *(row("src_response", n) for n in range(12))),
    }
    checked = check(frames, forms, reference)
    assert checked.gate == (
        Problem(
            "inbox/survey.csv",
            "no batch is loaded when more than half of the submissions name no known partner",
            "11 of 12 rows",
            suite("src_submission")[6].remedy,
        ),
    )
    assert all(passed.is_empty() for passed in checked.passed.values())
    assert (checked.n_held("src_submission"), checked.n_held("src_response")) == (12, 12)
    along = checked.held.filter(severity="gate")
    assert set(along["rule_id"]) == {"most_partners_known"}
    assert along.height == 13  # the one good submission and every answer; the others have a reason of their own


@pytest.mark.parametrize(("table", "rule"), CASES, ids=lambda value: getattr(value, "id", value))
def test_suite__words(
    row: MakeRow, table: str, rule: Rule, forms: dict[str, pl.DataFrame], reference: Reference
) -> None:
    """Should have sentences for people, whose placeholders and columns exist."""
    assert rule.reason and rule.message.endswith(".") and rule.remedy.endswith((".", "{did_you_mean}"))
    assert not rule.seen or rule.seen in TABLES[table]
    names = {name for text in (rule.message, rule.remedy) for _, name, _, _ in string.Formatter().parse(text) if name}
    assert ("seen" not in names) or rule.seen
    assert ("did_you_mean" in names) == bool(rule.nearest)
    sentence = Wording(forms, reference).sentence(rule, row(table))
    assert "{" not in sentence.message + sentence.remedy


def test_suite__files() -> None:
    """Should have one file per table that is checked, one for all of them, and one for forms."""
    assert {path.stem for path in SUITES.glob("*.yml")} == {*FACTS, "every", "from_form"}


@pytest.mark.parametrize(
    "broken",
    [
        {"expect": "expect_column_values_to_not_be_null", "breaks": "true"},
        {},
        {"breaks": "true", "severity": "fatal"},
        {"breaks": "true", "severity": "gate"},
        {"breaks": "true", "max_share": 0.5},
    ],
)
def test_rule__contradiction(broken: dict[str, Any]) -> None:
    """Should refuse a rule that says nothing, two things, or a gate without a limit."""
    words = {"severity": "error", "reason": "r", "message": "m.", "remedy": "f."}
    with pytest.raises(ValueError, match="rule odd of src_result"):
        Rule(id="odd", table="src_result", **(words | broken))


@pytest.mark.parametrize(
    ("rule_id", "words"), [("kind_known", ExchangeKind), ("channel_known", Channel), ("unit_known", ExchangeUnit)]
)
def test_suite__closed_sets_agree(rule_id: str, words: Any) -> None:
    """Should accept the words a source's mapping may lead to, and no others."""
    (rule,) = [rule for rule in suite("src_exchange") if rule.id == rule_id]
    assert rule.kwargs["value_set"] == list(get_args(words))
