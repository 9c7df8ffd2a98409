"""Why dbt is red, in words: which rule of which table, and what was seen in its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from melflow.core.errors import Problem

if TYPE_CHECKING:
    import duckdb

_FIX = "No release was made. Look at the rows it names, correct them at the source or report the model."


def problems(result: Any, con: duckdb.DuckDBPyConnection) -> list[Problem]:
    """Return one problem for every rule that was broken, and for every model that could not be made.

    Args:
        result: What dbt's runner returned.
        con: The warehouse, to look for the rows that break a rule.
    """
    runs = list(getattr(result.result, "results", []))
    keys = {_table(run.node): run.node.test_metadata.kwargs.get("unique", []) for run in runs if _is_holds(run.node)}
    return [
        problem
        for run in runs
        if str(run.status) in ("error", "fail")
        for problem in _of_node(run, keys.get(run.node.unique_id, []), con)
    ]


def rules(node: Any) -> list[str]:
    """Return what holds in the rows of a table by the rules dbt has of it: a model's checks, or what a test tells."""
    if str(node.resource_type) == "model":
        return [one.expression for one in node.constraints if one.type == "check"]
    if _is_holds(node):
        return list(node.test_metadata.kwargs.get("always", []))
    failure = re.match(r"-- Failure: (.+)", node.raw_code)
    return [f"never: {failure[1]}"] if failure else []


def _of_node(run: Any, key: list[str], con: duckdb.DuckDBPyConnection) -> list[Problem]:
    if str(run.status) == "fail":
        told = _of_test(run.node, con)
    elif "Constraint Error" in (run.message or ""):
        told = _of_constraints(run.node, key, con)
    else:
        told = iter(())
    kind = run.node.resource_type
    plain = (
        f"the {kind} {run.node.name} {'can be made' if kind == 'model' else 'holds'}",
        _line(run.message or run.status),
    )
    return [Problem(run.node.original_file_path, rule, seen, _FIX) for rule, seen in [*told] or [plain]]


def _of_test(node: Any, con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    if not _is_holds(node):
        n_rows, first = _rows(con, node.compiled_code)
        yield from ((rule, f"such rows: {n_rows}, the first: {first}") for rule in rules(node))
        return
    table = _table(node).rpartition(".")[2]
    query = f"select rule, count(*), min(seen) from ({node.compiled_code}) group by rule order by rule"
    for rule, n_seen, first in con.execute(query).fetchall():
        yield f"in {table}, {rule}", first if n_seen == 1 else f"cases: {n_seen}, the first: {first}"


def _of_constraints(node: Any, key: list[str], con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Yield every rule of the contract that a row breaks; DuckDB stops at the first."""
    con.execute(f"create or replace temp table refused as {node.compiled_code}")
    for rule in _contract(node):
        n_rows, first = _rows(
            con, f"select {', '.join(key) or 'null as key'} from refused where not ({rule}) order by all"
        )
        if n_rows:
            yield f"in {node.name}, {rule}", f"rows that break it: {n_rows}, the first: {first}"
    con.execute("drop table refused")


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, str]:
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description or []]
    found = cursor.fetchall()
    return len(found), ", ".join(
        f"{name} {value}" for name, value in zip(names, found[0], strict=True)
    ) if found else ""


def _contract(node: Any) -> Iterator[str]:
    yield from rules(node)
    for name, column in node.columns.items():
        for one in column.constraints:
            if one.type == "not_null":
                yield f"{name} is not null"
            elif one.expression:
                yield one.expression


def _is_holds(node: Any) -> bool:
    told = getattr(node, "test_metadata", None)
    return told is not None and told.name == "holds"


def _table(node: Any) -> str:
    """Return dbt's name of the model a test is about."""
    return str(node.attached_node)


def _line(text: Any) -> str:
    return " ".join(str(text).split())
