"""The rules an alliance adds in ``expectations/``, held against the tables they are about."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.errors import Problem, WorkspaceError
from melflow.core.names import choose
from melflow.core.predicate import PredicateError, to_sql
from melflow.core.warehouse import append, connect, create_tables
from melflow.sources.canonical import FACTS

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from melflow.core.workspace import Workspace
    from melflow.core.workspace.own_rules import OwnRule
    from melflow.expectations.rules import Rule

#: Their ids begin with this; rules that ship never do.
PREFIX = "own:"


def own_rules(workspace: Workspace) -> dict[str, tuple[Rule, ...]]:
    """Return the alliance's own rules by canonical table.

    Raises:
        WorkspaceError: A file is about no table, or a rule names a column that does not exist or cannot be compared
            as it says; all of them at once.
    """
    problems: list[Problem] = []
    made: dict[str, tuple[Rule, ...]] = {}
    if not workspace.rules:
        return made
    with connect(Path(":memory:")) as con:
        create_tables(con, FACTS, schema="main")
        for table in workspace.rules:
            if table in FACTS:
                append(con, f"main.{table}", _one_row(table))
        for table, rules in workspace.rules.items():
            where = f"expectations/{table}.yml"
            if table not in FACTS:
                rule = "a file of rules is named after the table it is about"
                problems.append(Problem(where, rule, f"no table {table}", choose(table, FACTS)))
                continue
            found = [(rule, _problem(con, f"{where} rule {rule.id}", table, rule)) for rule in rules]
            problems += [problem for _, problem in found if problem]
            made[table] = tuple(_rule(table, rule) for rule, problem in found if not problem)
    if problems:
        raise WorkspaceError.all(problems)
    return made


def _problem(con: duckdb.DuckDBPyConnection, where: str, table: str, rule: OwnRule) -> Problem | None:
    """Return what keeps a rule from being judged; tried on a table of one row."""
    import duckdb

    columns = set(FACTS[table])
    named = [name for name in (rule.seen, rule.kwargs.get("column")) if name is not None]
    if unknown := [str(name) for name in named if name not in columns]:
        return Problem(where, f"a column is one of {table}", f"'{unknown[0]}'", choose(unknown[0], columns))
    try:
        for text in filter(None, (rule.holds, rule.among)):
            con.execute(f"select * from {table} where {to_sql(text, columns)}").fetchall()
    except PredicateError as error:
        return Problem(where, "a condition names what exists", *error.args)
    except duckdb.Error as error:
        seen = str(error).splitlines()[0]
        return Problem(where, "a condition compares what can be compared", seen, "Compare numbers with numbers.")
    return None


def _one_row(table: str) -> pl.DataFrame:
    """Return a row with something in every column: what can be compared with it can be compared."""
    import polars as pl

    anything = pl.DataFrame({name: ["0"] for name in FACTS[table]})
    return anything.select(
        pl.lit(datetime(2000, 1, 1, tzinfo=UTC)).cast(kind).alias(name)
        if kind == pl.Date or isinstance(kind, pl.Datetime)
        else (pl.col(name).cast(pl.Int64).cast(kind) if kind != pl.String else pl.col(name))
        for name, kind in FACTS[table].items()
    )


def _rule(table: str, rule: OwnRule) -> Rule:
    from melflow.expectations.rules import Rule

    columns = set(FACTS[table])
    gate = {"max_share": rule.max_share, "at_least": rule.at_least} if rule.max_share is not None else {}
    return Rule(
        id=f"{PREFIX}{rule.id}",
        table=table,
        severity=rule.severity,
        reason=rule.reason,
        message=rule.message,
        remedy=rule.remedy,
        seen=rule.seen or "",
        expect=rule.expect or "",
        kwargs=rule.kwargs,
        breaks=f"not {to_sql(rule.holds, columns)}" if rule.holds else "",
        among=to_sql(rule.among, columns) if rule.among else "true",
        **gate,  # type: ignore[arg-type]  # a share and a count, as the model has them
    )
