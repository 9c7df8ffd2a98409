"""Great Expectations at work: candidate rows go into a private DuckDB file, the rules judge them there."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from melflow.core.errors import TerminalError
from melflow.core.warehouse import append, connect, create_tables
from melflow.expectations.data_docs import without_values
from melflow.expectations.from_form import build_answers
from melflow.expectations.gx_on_duckdb import buffered_url
from melflow.expectations.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import polars as pl

#: GX keeps its context in a global of the process; two threads checking at once would mix their batches.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Verdict:
    """What one rule found.

    Attributes:
        rule: The rule.
        success: GX's own verdict; of a gate: whether it stays open.
        n_checked: Rows the rule applies to.
        row_ids: Every row that breaks the rule, never cut short.
        n_by_load: The same rows as ``n_checked``, by the payload they came with.
        told: GX's own result without values, for its data docs.
    """

    rule: Rule
    success: bool
    n_checked: int
    row_ids: frozenset[str]
    n_by_load: Mapping[str, int]
    told: Mapping[str, Any] = field(default_factory=dict)


def judge(tables: Mapping[str, pl.DataFrame], rules: Sequence[Rule]) -> list[Verdict]:
    """Judge tables by rules.

    Args:
        tables: Name -> rows: the candidates, the form tables and the reference tables rules refer to.
        rules: What must hold; rules of a relation without rows are left out.

    Returns:
        One verdict per rule, in the order of the rules.

    Raises:
        TerminalError: GX could not judge a rule; nothing may pass unjudged.
    """
    if not rules:
        return []
    with TemporaryDirectory(prefix="melflow-check-") as folder:
        path = Path(folder) / "candidates.duckdb"
        with connect(path) as con:
            n_rows = _write(con, tables)
        rules = [rule for rule in rules if n_rows.get(rule.reads)]
        with _ONE_AT_A_TIME, _batches(path) as batch_of:
            results = {
                relation: _validate(batch_of, relation, [r for r in rules if r.reads == relation], n_rows[relation])
                for relation in dict.fromkeys(rule.reads for rule in rules)
            }
        with connect(path, read_only=True) as con:
            return [_verdict(con, rule, results[rule.reads][rule.id]) for rule in rules]


def _write(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """Write the tables and the answers beside their form; return the number of rows of each relation."""
    import polars.selectors as cs

    # GX opens the file in the machine's time zone; times without a zone (UTC) compare the same everywhere.
    plain = {name: frame.with_columns(cs.datetime().dt.replace_time_zone(None)) for name, frame in tables.items()}
    create_tables(con, {name: frame.schema for name, frame in plain.items()}, schema="main")
    for name, frame in plain.items():
        append(con, f'main."{name}"', frame)
    n_answers = build_answers(con) if "src_response" in tables else 0
    return {name: frame.height for name, frame in tables.items()} | {"answer": n_answers}


@contextmanager
def _batches(path: Path) -> Iterator[Any]:
    """Open GX on the file, without telemetry, files of its own or progress bars; closes every connection."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_sql("candidates", connection_string=buffered_url(path))
    try:
        yield (
            lambda name: (
                source.add_table_asset(name, table_name=name).add_batch_definition_whole_table("all").get_batch()
            )
        )
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _validate(batch_of: Any, relation: str, rules: Iterable[Rule], n_rows: int) -> dict[str, Any]:
    """Run one suite on one relation; return GX's result by rule id."""
    import great_expectations as gx

    suite = gx.ExpectationSuite(relation, expectations=[_expectation(rule) for rule in rules])
    # GX cuts the list of failing rows at 20, even with COMPLETE, unless partial_unexpected_count allows more.
    result_format = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["row_id"],
        "partial_unexpected_count": n_rows,
    }
    outcome = batch_of(relation).validate(suite, result_format=result_format)
    return {result.expectation_config.meta["rule"]: result for result in outcome.results}


def _expectation(rule: Rule) -> Any:
    """Return the GX expectation of a rule."""
    import great_expectations as gx
    from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

    facts: dict[str, Any] = {
        "meta": {"rule": rule.id},
        "severity": "warning" if rule.severity == "warn" else "critical",
        "notes": rule.reason,
    }
    if rule.breaks:
        return UnexpectedRowsExpectation(unexpected_rows_query=rule.query, **facts)
    kind = "".join(word.capitalize() for word in rule.expect.split("_"))
    return getattr(gx.expectations, kind)(**rule.kwargs, **facts)


def _verdict(con: duckdb.DuckDBPyConnection, rule: Rule, result: Any) -> Verdict:
    """Read GX's result; the rows of a predicate are selected by the same predicate, as GX returns 200 at most."""
    if not result.result:
        raise TerminalError.of(
            f"rule {rule.id} of {rule.table}",
            "every rule is judged before a row passes",
            f"an error of Great Expectations: {_exception(result.exception_info)}",
            "This is a fault of melflow, not of your data; please report it with this message.",
        )
    n_by_load, told = _n_by_load(con, rule), without_values(result)
    if rule.expect:
        found = result.result.get("unexpected_index_list") or []
        ids = frozenset(row["row_id"] for row in found)
        verdict = Verdict(rule, bool(result.success), result.result["element_count"], ids, n_by_load, told)
        return _complete(verdict, result.result["unexpected_count"])
    broken = f"select row_id from {rule.reads} where ({rule.among}) and ({rule.breaks})"
    ids = frozenset(row_id for (row_id,) in con.execute(broken).fetchall())
    verdict = Verdict(rule, bool(result.success), sum(n_by_load.values()), ids, n_by_load, told)
    return verdict if rule.severity == "gate" else _complete(verdict, result.result["observed_value"])


def _complete(verdict: Verdict, n_failed: int) -> Verdict:
    """Return the verdict, unless rows are missing from it: a row that is not named would pass."""
    if len(verdict.row_ids) != n_failed:
        raise TerminalError.of(
            f"rule {verdict.rule.id} of {verdict.rule.table}",
            "Great Expectations names every row that breaks a rule",
            f"{len(verdict.row_ids)} names for {n_failed} rows",
            "This is a fault of melflow, not of your data; please report it with this message.",
        )
    return verdict


def _n_by_load(con: duckdb.DuckDBPyConnection, rule: Rule) -> dict[str, int]:
    among = f"select row_id from {rule.reads} where {rule.among}"
    query = f"select load_id, count(*) from {rule.table} inner join ({among}) using (row_id) group by load_id"
    return dict(con.execute(query).fetchall())


def _exception(info: Any) -> str:
    """Return the last line of GX's exception: it names the cause; values stay in the private file."""
    messages = [info] if "exception_message" in info else list(info.values())
    return next(
        (str(m.get("exception_message")).splitlines()[0] for m in messages if m.get("exception_message")), "unknown"
    )
