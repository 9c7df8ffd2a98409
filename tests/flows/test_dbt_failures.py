"""A red build names the rule that was broken and the rows that break it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from dbt_common.contracts.constraints import ConstraintType

from melflow.core.errors import Problem
from melflow.flows.dbt_failures import problems, rules


def _model(**told: Any) -> SimpleNamespace:
    checks = [SimpleNamespace(type=ConstraintType.check, expression=rule) for rule in ("n <= m", "m < 100")]
    filled = SimpleNamespace(constraints=[SimpleNamespace(type=ConstraintType.not_null, expression=None)])
    ranged = SimpleNamespace(constraints=[SimpleNamespace(type=ConstraintType.check, expression="n between 0 and 9")])
    plain: dict[str, Any] = {"name": "mart_a", "unique_id": "model.melflow.mart_a", "resource_type": "model"}
    plain |= {"original_file_path": "models/marts/mart_a.sql", "constraints": checks}
    plain |= {"columns": {"scope": filled, "n": ranged}}
    return SimpleNamespace(**plain | told)


def _test(name: str = "assert_a", **told: Any) -> SimpleNamespace:
    plain: dict[str, Any] = {"name": name, "unique_id": f"test.melflow.{name}", "resource_type": "test"}
    return SimpleNamespace(**plain | {"original_file_path": f"expectations/sql/{name}.sql"} | told)


def _holds(**told: Any) -> SimpleNamespace:
    metadata = SimpleNamespace(name="holds", kwargs={"unique": ["scope"], "always": ["n > 0"]})
    return _test("holds_a", test_metadata=metadata, attached_node="model.melflow.mart_a", **told)


def _told(*runs: tuple[SimpleNamespace, str, str]) -> list[Problem]:
    results = [SimpleNamespace(node=node, status=status, message=message) for node, status, message in runs]
    with duckdb.connect() as con:
        return problems(SimpleNamespace(result=SimpleNamespace(results=results)), con)


def test_problems__constraints() -> None:
    """Should name every rule of the contract that rows break, and the first such row by its key."""
    code = "from (values ('b', 3, 2), ('a', 12, 4), (null, 1, 1), ('c', 1, 2)) as t (scope, n, m)"
    message = "Constraint Error: CHECK constraint failed on table mart_a with expression CHECK((n <= m))"
    found = _told((_model(compiled_code=code), "error", message), (_holds(), "skipped", ""))
    assert [(one.where, one.rule, one.seen) for one in found] == [
        ("models/marts/mart_a.sql", "in mart_a, n <= m", "rows that break it: 2, the first: scope a"),
        ("models/marts/mart_a.sql", "in mart_a, scope is not null", "rows that break it: 1, the first: scope None"),
        ("models/marts/mart_a.sql", "in mart_a, n between 0 and 9", "rows that break it: 1, the first: scope a"),
    ]
    assert all(one.fix.startswith("No release was made.") for one in found)


def test_problems__holds() -> None:
    """Should name each broken rule of a table's test once, with what was seen."""
    code = (
        "from (values ('no two rows have the same scope', 'scope b'), ('no two rows have the same scope', 'scope a'),"
    )
    found = _told(
        (_holds(compiled_code=f"{code} ('n > 0', 'rows that break it: 4')) as t (rule, seen)"), "fail", "Got 3")
    )
    assert [(one.rule, one.seen) for one in found] == [
        ("in mart_a, n > 0", "rows that break it: 4"),
        ("in mart_a, no two rows have the same scope", "cases: 2, the first: scope a"),
    ]


def test_problems__across_tables() -> None:
    """Should say what never happens, and the first row in which it does."""
    code = "from (values ('a', 1), ('b', 2)) as t (dyad_id, n)"
    raw = "-- Failure: an exchange is counted twice.\nselect"
    (found,) = _told((_test(raw_code=raw, compiled_code=code), "fail", "Got 2 results"))
    assert (found.rule, found.seen) == (
        "never: an exchange is counted twice.",
        "such rows: 2, the first: dyad_id a, n 1",
    )


def test_problems__other() -> None:
    """Should pass on what dbt says of a model that cannot be made at all, and stay silent about what is well."""
    (found,) = _told(
        (_model(), "error", "Parser Error:\n  syntax error"), (_test(), "pass", ""), (_holds(), "skipped", "")
    )
    assert (found.rule, found.seen) == ("the model mart_a can be made", "Parser Error: syntax error")


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (_model(), ["n <= m", "m < 100"]),
        (_holds(), ["n > 0"]),
        (_test(raw_code="-- Failure: a sum is off.\nselect 1"), ["never: a sum is off."]),
        (_test(raw_code="select 1"), []),
    ],
)
def test_rules__of_every_kind(node: SimpleNamespace, told: list[str]) -> None:
    """Should tell the rules of rows, wherever dbt has them."""
    assert rules(node) == told
