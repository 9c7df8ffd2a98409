from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest

from melflow.core.errors import TerminalError
from melflow.expectations.check import RESULT, check
from melflow.expectations.held import HELD
from melflow.expectations.judge import judge
from melflow.expectations.judging_file import named
from melflow.expectations.reference import Reference
from melflow.expectations.rules import Rule

Row = dict[str, Any]
MakeRow = Callable[..., Row]
MakeFrame = Callable[..., pl.DataFrame]
Forms = dict[str, pl.DataFrame]

_WORDS = {"table": "src_result", "severity": "error", "reason": "r", "message": "m.", "remedy": "f."}


@pytest.mark.slow
def test_check__cell_and_submission(row: MakeRow, frame: MakeFrame, forms: Forms, reference: Reference) -> None:
    """Should hold one cell without its submission, and one submission with all its cells."""
    answers = [
        row("src_response", f"{n}.{item}", version_id=f"v{n}", item_id=item)
        for n in range(4)
        for item in ("years", "share")
    ]
    answers[0] |= {"value_num": None, "missing_code": "parse_error"}
    frames = {
        "src_submission": frame(
            "src_submission", *(row("src_submission", n, **({"partner_id": None} if n == 3 else {})) for n in range(4))
        ),
        "src_response": frame("src_response", *answers),
    }
    checked = check(frames, forms, reference)
    assert checked.gate == ()
    assert (checked.n_held("src_submission"), checked.n_held("src_response")) == (1, 3)
    assert (checked.passed["src_submission"].height, checked.passed["src_response"].height) == (3, 5)
    assert checked.passed["src_response"].schema == frames["src_response"].schema
    assert sorted(checked.held.select("rule_id", "severity").rows()) == [
        ("of_held_submission", "follows"),
        ("of_held_submission", "follows"),
        ("partner_known", "error"),
        ("type:health@2", "error"),
    ]
    assert (dict(checked.held.schema), dict(checked.results.schema)) == (HELD, RESULT)
    (found,) = checked.results.filter(table_name="src_response", rule_id="type:health@2").rows(named=True)
    assert (found["success"], found["n_checked"], found["n_failed"]) == (False, 8, 1)


@pytest.mark.slow
def test_check__the_same_in_two_exports(row: MakeRow, frame: MakeFrame, forms: Forms, reference: Reference) -> None:
    """Should take the same versions in a second export for no fault, and hold the answers of the held copy only."""
    frames = {}
    for table in ("src_submission", "src_response", "src_exchange", "src_result"):
        first = [row(table, n) for n in range(3)]
        frames[table] = frame(table, *first, *(one | {"row_id": f"b{one['row_id']}", "load_id": "b"} for one in first))
    checked = check(frames, forms, reference, frozenset({"bsrc_submission#1"}))
    assert sorted(checked.held.select("row_id", "rule_id").rows()) == [
        ("bsrc_response#1", "of_held_submission"),
        ("bsrc_submission#1", "identity_conflict"),
    ]


@pytest.mark.slow
def test_check__many_rows_none_cut_short(row: MakeRow, frame: MakeFrame, forms: Forms, reference: Reference) -> None:
    """Should name more failing rows than GX lists on its own (20 and 200), of either sort of rule."""
    rows = [
        row(
            "src_exchange",
            n,
            **({"kind": "x"} if n < 700 else {"quantity": None, "quantity_raw": "?"} if n < 1400 else {}),
        )
        for n in range(2000)
    ]
    checked = check({"src_exchange": frame("src_exchange", *rows)}, forms, reference)
    counts = dict(checked.held.group_by("rule_id").len().iter_rows())
    assert counts == {"kind_known": 700, "quantity_readable": 700}
    assert checked.passed["src_exchange"].height == 600


@pytest.mark.slow
def test_check__several_at_once(row: MakeRow, frame: MakeFrame, forms: Forms, reference: Reference) -> None:
    """Should keep batches apart that are checked in several threads."""

    def run(n: int) -> int:
        rows = [row("src_result", i, **({"unit": None, "indicator_id": None} if i < n else {})) for i in range(10)]
        return check({"src_result": frame("src_result", *rows)}, forms, reference).n_held("src_result")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(1, 5))) == [1, 2, 3, 4]


def test_check__nothing_came(frame: MakeFrame, forms: Forms, reference: Reference) -> None:
    """Should pass empty tables through, without rules to judge."""
    checked = check(
        {"src_submission": frame("src_submission"), "src_response": frame("src_response")}, forms, reference
    )
    assert checked.results.is_empty() and checked.held.is_empty() and not checked.gate
    assert set(checked.passed) == {"src_submission", "src_response"}


@pytest.mark.parametrize("row_ids", [("a", "a"), ("a", None)])
def test_check__row_without_a_name(
    row_ids: tuple[str, str | None], row: MakeRow, frame: MakeFrame, forms: Forms, reference: Reference
) -> None:
    """Should refuse rows that cannot be told apart: one of them would be lost."""
    rows = [row("src_result", n, row_id=row_id) for n, row_id in enumerate(row_ids)]
    with pytest.raises(ValueError, match="src_result has rows without a row_id"):
        check({"src_result": frame("src_result", *rows)}, forms, reference)


@pytest.mark.slow
def test_judge__rule_that_cannot_be_judged(row: MakeRow, frame: MakeFrame) -> None:
    """Should stop instead of letting rows pass a rule that GX could not evaluate."""
    rule = Rule(id="odd", breaks="no_such_column > 1", **_WORDS)
    with pytest.raises(TerminalError, match="rule odd of src_result: every rule is judged before a row passes"):
        judge({"src_result": frame("src_result", row("src_result", 1))}, [rule])


@pytest.mark.slow
def test_judge__one_of_several_cannot_be_judged(row: MakeRow, frame: MakeFrame) -> None:
    """Should name the rule that GX could not evaluate, though it judges predicates together."""
    rules = [Rule(id=name, breaks=breaks, **_WORDS) for name, breaks in (("fine", "false"), ("odd", "no_such > 1"))]
    with pytest.raises(TerminalError, match="rule odd of src_result"):
        judge({"src_result": frame("src_result", row("src_result", 1))}, rules)


def test_named__only_what_rules_say(frame: MakeFrame) -> None:
    """Should write the tables that stand in a rule, and what the answers are made of, but no others."""
    tables = dict.fromkeys(
        ("src_result", "src_item", "src_choice", "ref_form", "ref_unit", "ref_dyad"), frame("src_result")
    )
    rule = Rule(id="a", breaks="unit not in (select unit from ref_unit)", **_WORDS)
    assert named(tables, [rule]) == ["src_result", "ref_unit"]
    of_form = Rule(**{"id": "b", "breaks": "not is_listed", "relation": "answer", **_WORDS})
    assert named(tables, [of_form]) == ["src_result", "src_item", "src_choice", "ref_form"]
