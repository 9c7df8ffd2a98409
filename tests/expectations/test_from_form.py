from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest

from melflow.core.warehouse import append, create_tables
from melflow.expectations.from_form import build_answers, form_rules, form_versions
from melflow.expectations.reference import Reference
from melflow.expectations.rules import Rule
from melflow.expectations.wording import Wording

Forms = dict[str, pl.DataFrame]
Row = dict[str, Any]

#: kind of rule -> answers that break it, and answers that keep it
CASES: dict[str, tuple[list[Row], list[Row]]] = {
    "type": (
        [
            {"item_id": "years", "value_raw": "many", "value_num": None, "missing_code": "parse_error"},
            {"item_id": "years", "value_raw": "2.5", "value_num": 2.5},
            {"item_id": "share", "value_raw": "x", "value_num": None},
            {"item_id": "met_on", "value_raw": "45231", "value_num": None, "missing_code": "parse_error"},
            {"item_id": "age", "value_raw": "9f2c", "value_num": None, "missing_code": "parse_error"},
        ],
        [
            {"item_id": "years", "value_raw": "3", "value_num": 3.0},
            {"item_id": "share", "value_raw": "2,5", "value_num": 2.5},
            {"item_id": "met_on", "value_raw": "2024-11-03", "value_num": None, "value_date": date(2024, 11, 3)},
            {"item_id": "age", "value_raw": "9f2c", "value_num": None},  # a pseudonym is no number, and need not be
            {"item_id": "years", "value_raw": None, "value_num": None, "missing_code": "skipped"},
            {"item_id": "remark", "value_raw": "x", "value_num": None},
        ],
    ),
    "choice": (
        [
            {"item_id": "trust", "value_raw": "agre", "value_num": None, "option": "agre"},
            {
                "item_id": "topics",
                "value_raw": "o'); drop table src_item; --",
                "option": "o'); drop table src_item; --",
            },
        ],
        [
            {"item_id": "trust", "value_raw": "I agree", "value_num": None, "option": "agree"},
            {"item_id": "topics", "value_raw": "disagree", "option": "disagree"},
            {"item_id": "topics", "value_raw": "agree disagree", "option": "__answered"},
            {
                "item_id": "trust",
                "value_raw": "odd",
                "option": 'it\'s "50/50" {maybe}; drop table src_response --',
            },
        ],
    ),
    "range": (
        [
            {"item_id": "years", "value_raw": "61", "value_num": 61.0},
            {"item_id": "years", "value_raw": "-1", "value_num": -1.0},
        ],
        [
            {"item_id": "years", "value_raw": "60", "value_num": 60.0},
            {"item_id": "share", "value_raw": "1e9", "value_num": 1e9},
        ],
    ),
    "constraint": (
        [{"item_id": "remark", "value_raw": "x", "value_num": None, "is_allowed": False}],
        [
            {"item_id": "remark", "value_raw": "x", "value_num": None, "is_allowed": True},
            {"item_id": "remark", "value_raw": "x", "value_num": None},
            {"item_id": "years", "value_raw": "61", "value_num": 61.0, "is_allowed": False},  # the range says it better
        ],
    ),
    "relevant": (
        [{"item_id": "remark", "value_raw": "x", "value_num": None, "is_relevant": False}],
        [
            {"item_id": "remark", "value_raw": None, "value_num": None, "is_relevant": False},
            {"item_id": "remark", "value_raw": "x", "value_num": None, "is_relevant": True},
            {"item_id": "remark", "value_raw": "x", "value_num": None},
        ],
    ),
    "required": (
        [{"item_id": "years", "value_raw": None, "value_num": None, "missing_code": "skipped"}],
        [
            {"item_id": "share", "value_raw": None, "value_num": None, "missing_code": "skipped"},
            {"item_id": "years", "value_raw": None, "value_num": None, "missing_code": "not_relevant"},
        ],
    ),
}


def _failing(con: duckdb.DuckDBPyConnection, rule: Rule) -> set[str]:
    return {row_id for (row_id,) in con.execute(rule.query.format(batch=rule.reads)).fetchall()}


def _fill(tables: Forms) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    create_tables(con, {name: table.schema for name, table in tables.items()}, schema="main")
    for name, table in tables.items():
        append(con, name, table)
    build_answers(con)
    return con


@pytest.mark.parametrize("kind", CASES)
def test_form_rules__finds_its_answers(
    kind: str, row: Callable[..., Row], frame: Callable[..., pl.DataFrame], forms: Forms
) -> None:
    """Should find the answers that contradict the form, and no others."""
    broken, kept = CASES[kind]
    answers = [row("src_response", n, **changes) for n, changes in enumerate([*broken, *kept])]
    con = _fill(forms | {"src_response": frame("src_response", *answers), "ref_form": form_versions(forms)})
    (rule,) = [rule for rule in form_rules(forms) if rule.id == f"{kind}:health@2"]
    assert _failing(con, rule) == {answer["row_id"] for answer in answers[: len(broken)]}


def test_form_rules__each_version_its_own(
    row: Callable[..., Row], frame: Callable[..., pl.DataFrame], forms: Forms
) -> None:
    """Should judge an answer by the version it was given to, whatever signs the form's name has."""
    odd = 'it\'s "odd" {form}; drop table src_item --'
    wider = {name: table.with_columns(instrument_id=pl.lit(odd)) for name, table in forms.items()}
    wider["src_item"] = wider["src_item"].with_columns(range_max=pl.lit(99.0))
    both = {name: pl.concat([forms[name], wider[name]]) for name in forms}
    answers = frame(
        "src_response",
        row("src_response", 1, value_raw="61", value_num=61.0),
        row("src_response", 2, value_raw="61", value_num=61.0, instrument_id=odd),
        row("src_response", 3, value_raw="100", value_num=100.0, instrument_id=odd),
    )
    con = _fill(both | {"src_response": answers, "ref_form": form_versions(both)})
    rules = {rule.of: rule for rule in form_rules(both) if rule.id.startswith("range:")}
    assert _failing(con, rules["health", "2"]) == {"src_response#1"}
    assert _failing(con, rules[odd, "2"]) == {"src_response#3"}


def test_form_rules__choices_in_a_file(
    row: Callable[..., Row], frame: Callable[..., pl.DataFrame], forms: Forms
) -> None:
    """Should not judge choices the form keeps in a file of its own."""
    without = forms | {"src_choice": forms["src_choice"].clear(), "ref_form": form_versions(forms)}
    answer = row("src_response", 1, item_id="trust", value_raw="north", option="north")
    con = _fill(without | {"src_response": frame("src_response", answer)})
    (rule,) = [rule for rule in form_rules(forms) if rule.id == "choice:health@2"]
    assert _failing(con, rule) == set()


@pytest.mark.parametrize(
    ("kind", "answer", "message", "remedy"),
    [
        (
            "choice",
            {"item_id": "trust", "value_raw": "agre", "option": "agre"},
            'The answer "agre" to "trust" is not in the form\'s list (agree, disagree, it\'s "50/50" {maybe}; drop',
            'Did you mean "agree"?',
        ),
        (
            "choice",
            {"item_id": "trust", "value_raw": "Muy de acuerdo", "option": "Muy de acuerdo"},
            'The answer "Muy de acuerdo" to "trust" is not in',
            'Did you mean "De acuerdo"?',
        ),
        (
            "range",
            {"value_raw": "61", "value_num": 61.0},
            'The answer 61 to "How many years have you worked with them?" is outside what the form allows (0 to 60).',
            "Correct the number at the source",
        ),
        (
            "type",
            {"item_id": "met_on", "value_raw": "45231", "value_num": None},
            'The answer "45231" to "met_on" is not a date.',
            "(45231 is Excel's number for 2023-11-01; write the date itself)",
        ),
        (
            "type",
            {"item_id": "age", "value_raw": "9f2c", "value_num": None},
            'The answer "(personal, not shown)" to "age" is not a whole number.',
            "Correct the answer at the source, then",
        ),
        (
            "constraint",
            {"item_id": "years", "value_raw": "61", "value_num": 61.0, "is_allowed": False},
            "breaks what the form demands (",
            "Correct the answer at the source",
        ),
        (
            "relevant",
            {"item_id": "remark", "value_raw": "x", "value_num": None, "is_relevant": False},
            'The question "remark" has an answer, though',
            "Compare it with the answers it depends on",
        ),
        (
            "required",
            {"value_raw": None, "value_num": None},
            'The required question "How many years have you worked with them?" has no answer.',
            "Ask the respondent again",
        ),
    ],
)
def test_form_rules__words(
    kind: str,
    answer: Row,
    message: str,
    remedy: str,
    row: Callable[..., Row],
    forms: Forms,
    reference: Reference,
) -> None:
    """Should say what was asked, what was answered and what to do, without a personal value."""
    (rule,) = [rule for rule in form_rules(forms) if rule.id == f"{kind}:health@2"]
    sentence = Wording(forms, reference).sentence(rule, row("src_response", 1, **answer))
    assert message in sentence.message
    assert remedy in sentence.remedy
    assert sentence.value != "9f2c"


def test_form_rules__no_text_of_a_form_in_sql(forms: Forms) -> None:
    """Should tell forms apart by number, so that nothing written in a form can enter a statement."""
    assert all("health" not in rule.query for rule in form_rules(forms))
