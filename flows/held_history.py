"""What became of each held row, and when: held, returned, fixed, accepted, rejected. Nobody has to close one by hand.

A problem is open while a row that has it stands: one of a payload that was replaced, of a submission that was edited
or deleted since, or of a line that came again put right, does not. Writing a load anew changes nothing in the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.warehouse import append, transaction
from melflow.flows import held_fixes
from melflow.flows.held_facts import ACCEPTED, REJECTED, Decision, Said
from melflow.flows.held_identity import short_hash
from melflow.flows.held_standing import standing
from melflow.flows.tables import HELD_EVENT

if TYPE_CHECKING:
    import duckdb

    from melflow.core.workspace import SourceConfig

Row = dict[str, Any]
HELD, FIXED = "held", "fixed"
#: What an entry says of the problem, whatever became of it.
ABOUT = ("held_id", "source", "table_name", "rule_id", "row_id", "load_id", "record_key", "seen_column", "partner_id",
         "place")  # fmt: skip


def track(con: duckdb.DuckDBPyConnection, config: SourceConfig, said: Said) -> None:
    """Bring the history of a source's held rows up to date; nothing new, nothing written.

    Args:
        con: The warehouse, loaded and settled.
        config: The source.
        said: What people decided about its held rows.
    """
    source, now = config.name, datetime.now(UTC)
    open_rows = {row["held_id"]: row for row in standing(con, source, config.partner).iter_rows(named=True)}
    history = _History(con.execute("select * from raw.held_event where source = ?", [source]).pl())
    for held_id, entry in said.problems.items():
        if held_id not in history.last:  # the warehouse was made anew: what was put right or accepted is not held now
            history.add(entry | {"happened_at": datetime.fromisoformat(entry["happened_at"])})
    for row in open_rows.values():
        if row["held_id"] not in history.last:
            history.add(_held(row, row["first_seen"], None))
    for decision in said.decisions:
        _decide(history, decision)
    passed = con.execute("select held_id from raw.held_accepted where source = ?", [source]).fetchall()
    _reopen(history, open_rows, now)
    _close(con, history, said, {*open_rows, *(held_id for (held_id,) in passed)}, now)
    with transaction(con):
        append(con, "raw.held_event", pl.DataFrame(history.added, schema=HELD_EVENT))
        _mark(con, source, open_rows, history)


class _History:
    """Entries by problem, the last one of each at hand."""

    def __init__(self, events: pl.DataFrame) -> None:
        self.last: dict[str, Row] = {}
        self.first: dict[str, datetime] = {}
        self.added: list[Row] = []
        self._seen: set[tuple[str, str, datetime]] = set()
        for row in events.sort("happened_at", maintain_order=True).iter_rows(named=True):
            self._note(row)

    def add(self, row: Row) -> None:
        """Add an entry, unless it is there."""
        if (row["held_id"], row["state"], row["happened_at"]) not in self._seen:
            self.added.append(row)
            self._note(row)

    def _note(self, row: Row) -> None:
        held_id, moment = row["held_id"], row["happened_at"]
        self._seen.add((held_id, row["state"], moment))
        self.first[held_id] = min(moment, self.first.get(held_id, moment))
        if held_id not in self.last or moment >= self.last[held_id]["happened_at"]:
            self.last[held_id] = row


def _held(row: Row, moment: datetime, why: str | None) -> Row:
    return {name: row[name] for name in ABOUT} | {
        "state": HELD, "happened_at": moment, "who": None, "why": why, "value_before": None,
        "value_before_hash": None, "value_after": row["value"], "value_after_hash": row["value_hash"],
    }  # fmt: skip


def _decide(history: _History, decision: Decision) -> None:
    """Enter a decision about the problems it names; its value is the one that was judged."""
    for judged in decision.problems.values():
        entry = _again(judged, decision.state, decision.at, decision.who, decision.why)
        history.add(entry | {name: judged[name] for name in ("value_after", "value_after_hash")})


def _again(last: Row, state: str, moment: datetime, who: str | None, why: str) -> Row:
    """Return a further entry of a problem; what was seen last is what was seen before."""
    return {name: last[name] for name in ABOUT} | {
        "state": state, "happened_at": moment, "who": who, "why": why,
        "value_before": last["value_after"], "value_before_hash": last["value_after_hash"],
    }  # fmt: skip


def _reopen(history: _History, open_rows: Mapping[str, Row], now: datetime) -> None:
    for held_id, row in open_rows.items():
        last = history.last[held_id]
        if last["state"] == FIXED:
            history.add(_held(row, now, "the problem came back"))
        elif last["state"] in (ACCEPTED, REJECTED) and last["value_after_hash"] != row["value_hash"]:
            history.add(_held(row, now, "another value than the one that was judged"))


def _close(con: duckdb.DuckDBPyConnection, history: _History, said: Said, known: set[str], now: datetime) -> None:
    """Enter how the problems ended that neither stand nor were accepted."""
    gone = [last for held_id, last in history.last.items() if held_id not in known and last["state"] != FIXED]
    for fix in held_fixes.explain(con, gone, said):
        entry = _again(fix.last, FIXED, now, fix.who, fix.why)
        value_hash = None if fix.value is None else short_hash(fix.value)
        history.add(entry | {"value_after": fix.value, "value_after_hash": value_hash})


def _mark(con: duckdb.DuckDBPyConnection, source: str, open_rows: Mapping[str, Row], history: _History) -> None:
    """Write onto the held rows what their history says; rows that do not stand any more are fixed."""
    told = pl.DataFrame(
        _states(open_rows, history),
        schema={"held_id": pl.String, "now": pl.String, "since": HELD_EVENT["happened_at"], "whose": pl.String},
        orient="row",
    )
    con.register("told", told.to_arrow())
    con.execute(
        "update raw.held set state = coalesce(told.now, 'fixed'), first_seen = coalesce(told.since, first_seen), "
        "partner_id = coalesce(told.whose, held.partner_id) from (select h.held_id, h.row_id, h.rule_id, t.* exclude "
        "(held_id) from raw.held as h left join told as t using (held_id) where h.source = $source) as told "
        "where held.source = $source and held.row_id = told.row_id and held.rule_id = told.rule_id "
        "and held.rule_id <> 'of_held_submission' and ("
        "held.state is distinct from coalesce(told.now, 'fixed') "
        "or held.first_seen is distinct from coalesce(told.since, held.first_seen) "
        "or held.partner_id is distinct from coalesce(told.whose, held.partner_id))",
        {"source": source},
    )
    con.unregister("told")


def _states(open_rows: Mapping[str, Row], history: _History) -> Iterable[tuple[str, str, datetime, str | None]]:
    return [
        (held_id, history.last[held_id]["state"], history.first[held_id], row["partner_id"])
        for held_id, row in open_rows.items()
    ]
