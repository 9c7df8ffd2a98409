"""Great Expectations at work: candidate rows go into a private DuckDB file, the rules judge them there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from melflow.core.errors import TerminalError
from melflow.expectations.judging_file import JudgingFile
from melflow.expectations.rules import Rule

if TYPE_CHECKING:
    import duckdb
    import polars as pl

#: GX keeps its context in a global of the process; two threads checking at once would mix their batches.
_ONE_AT_A_TIME = threading.Lock()
#: Predicates that are judged by one expectation; GX lists 200 rows of a query at most.
_TOGETHER = 100


@dataclass(frozen=True)
class Verdict:
    """What one rule found.

    Attributes:
        rule: The rule.
        success: GX's own verdict; of a gate: whether it stays open.
        n_checked: Rows the rule applies to.
        row_ids: Every row that breaks the rule, never cut short.
        n_by_load: The same rows as ``n_checked``, by the payload they came with.
    """

    rule: Rule
    success: bool
    n_checked: int
    row_ids: frozenset[str]
    n_by_load: Mapping[str, int]


@dataclass(frozen=True)
class _Found:
    """GX's word on a rule: whether it holds, how many rows break it, which ones where GX names them."""

    success: bool
    n_failed: int
    row_ids: frozenset[str] | None = None


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
    verdicts: dict[tuple[str, str], Verdict] = {}
    with _ONE_AT_A_TIME, closing(JudgingFile()) as file:
        n_rows = file.write(tables, rules)
        rules = [rule for rule in rules if n_rows.get(rule.reads)]
        for relation in dict.fromkeys(rule.reads for rule in rules):
            mine = [rule for rule in rules if rule.reads == relation]
            found = _validate(file.batch(relation), mine, n_rows[relation])
            verdicts |= {(relation, one.rule.id): one for one in _verdicts(file.con, relation, mine, found)}
    return [verdicts[rule.reads, rule.id] for rule in rules]


def _validate(batch: Any, rules: Sequence[Rule], n_rows: int) -> dict[str, _Found]:
    """Let GX judge the rules of a relation; return its word by rule id.

    Predicates are judged together, by an expectation whose unexpected rows are the rules that do not hold. Where one
    of them cannot be judged at all they are judged one by one, so that it is named.
    """
    typed = [[rule] for rule in rules if rule.expect]
    predicates = [rule for rule in rules if rule.breaks]
    groups = typed + [predicates[start : start + _TOGETHER] for start in range(0, len(predicates), _TOGETHER)]
    found: dict[str, _Found] = {}
    for group, result in zip(groups, _results(batch, groups, n_rows), strict=True):
        if not result.result and len(group) > 1:
            for rule in group:
                found |= _validate(batch, [rule], n_rows)
        elif not result.result:
            raise _unjudged(group[0], _exception(result.exception_info))
        else:
            found |= _of_type(group[0], result) if group[0].expect else _of_predicates(group, result.result)
    return found


def _results(batch: Any, groups: Sequence[Sequence[Rule]], n_rows: int) -> list[Any]:
    """Run one suite with an expectation for each group; return GX's results in the order of the groups."""
    import great_expectations as gx

    suite = gx.ExpectationSuite("rules", [_expectation(group, number) for number, group in enumerate(groups)])
    # GX cuts the list of failing rows at 20, even with COMPLETE, unless partial_unexpected_count allows more.
    result_format = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["row_id"],
        "partial_unexpected_count": n_rows,
        "return_unexpected_index_query": False,
    }
    outcome = batch.validate(suite, result_format=result_format)
    return sorted(outcome.results, key=lambda result: result.expectation_config.meta["number"])


def _expectation(rules: Sequence[Rule], number: int) -> Any:
    """Return the GX expectation of a rule of a type, or of several predicates."""
    import great_expectations as gx
    from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

    meta = {"number": number, "rules": [rule.id for rule in rules]}
    if rules[0].breaks:
        # a rule is called by its place: its id may hold text of a form, and none of that enters a statement
        query = " union all ".join(
            f"select {place} as rule_no, count(*) as n_rows from ({rule.query}) having count(*) > 0"
            for place, rule in enumerate(rules)
        )
        return UnexpectedRowsExpectation(unexpected_rows_query=query, meta=meta)
    kind = "".join(word.capitalize() for word in rules[0].expect.split("_"))
    return getattr(gx.expectations, kind)(**rules[0].kwargs, meta=meta)


def _of_type(rule: Rule, result: Any) -> dict[str, _Found]:
    named = frozenset(row["row_id"] for row in result.result.get("unexpected_index_list") or [])
    return {rule.id: _Found(bool(result.success), result.result["unexpected_count"], named)}


def _of_predicates(rules: Sequence[Rule], result: Mapping[str, Any]) -> dict[str, _Found]:
    """Read which rules GX lists; those it does not list hold."""
    listed = {row["rule_no"]: int(row["n_rows"]) for row in result["details"]["unexpected_rows"]}
    if len(listed) != result["observed_value"]:
        raise _unjudged(rules[0], f"{len(listed)} rules listed of {result['observed_value']} that do not hold")
    return {rule.id: _Found(number not in listed, listed.get(number, 0)) for number, rule in enumerate(rules)}


def _verdicts(
    con: duckdb.DuckDBPyConnection, relation: str, rules: Sequence[Rule], found: Mapping[str, _Found]
) -> Iterator[Verdict]:
    """Put the rows and the counts beside GX's word; rows of a predicate are selected by it, as GX lists no more."""
    counts = _n_by_load(con, relation, [rule.among for rule in rules])
    selected = [rule for rule in rules if rule.breaks and (rule.severity == "gate" or found[rule.id].n_failed)]
    rows = _row_ids(con, relation, selected)
    for rule in rules:
        word, n_by_load = found[rule.id], counts[rule.among]
        ids = word.row_ids if word.row_ids is not None else rows.get(rule.id, frozenset())
        if rule.severity != "gate" and len(ids) != word.n_failed:  # a row that is not named would pass
            raise _unjudged(rule, f"{len(ids)} names for {word.n_failed} rows")
        yield Verdict(rule, word.success, sum(n_by_load.values()), ids, n_by_load)


def _row_ids(con: duckdb.DuckDBPyConnection, relation: str, rules: Sequence[Rule]) -> dict[str, frozenset[str]]:
    """Return every row that breaks a rule, by rule id."""
    if not rules:
        return {}
    query = " union all ".join(
        f"select {number} as rule_no, row_id from {relation} where ({rule.among}) and ({rule.breaks})"
        for number, rule in enumerate(rules)
    )
    found = con.execute(f"select rule_no, list(row_id) from ({query}) group by rule_no").fetchall()
    return {rules[number].id: frozenset(row_ids) for number, row_ids in found}


def _n_by_load(con: duckdb.DuckDBPyConnection, relation: str, amongs: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return how many rows of each payload a rule applies to, by the predicate that says which."""
    different = list(dict.fromkeys(amongs))
    counted = ", ".join(f"count(*) filter (where {among})" for among in different)
    rows = con.execute(f"select load_id, {counted} from {relation} group by load_id").fetchall()
    return {
        among: {load_id: counts[place] for load_id, *counts in rows if counts[place]}
        for place, among in enumerate(different)
    }


def _unjudged(rule: Rule, seen: str) -> TerminalError:
    return TerminalError.of(
        f"rule {rule.id} of {rule.table}",
        "every rule is judged before a row passes",
        f"an error of Great Expectations: {seen}",
        "This is a fault of melflow, not of your data; please report it with this message.",
    )


def _exception(info: Any) -> str:
    """Return the last line of GX's exception: it names the cause; values stay in the private file."""
    messages = [info] if "exception_message" in info else list(info.values())
    return next(
        (str(m.get("exception_message")).splitlines()[0] for m in messages if m.get("exception_message")), "unknown"
    )
