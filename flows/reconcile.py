"""Nothing missing, nothing twice: every row a source has is accounted for, or the run says so.

Of each source, in each run, three things are compared.

- What the source has, counted beside the reader: a server counts its submissions, the rows of a file are counted in its
  bytes (``sources/filled_rows.py``).
- What was read of it: rows, those that are no data or left out (by reason), and further rows made of one of its own.
- What became of these: loaded, held, superseded or deleted; one that came again unchanged is a duplicate, told apart.

Rows are counted as the source has them: a line that becomes several rows of a table (one for each partner named in it)
is one. A payload that could not be read is named; how many rows it has is not known, and silences nothing else.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.errors import Problem
from melflow.core.landing import Landing
from melflow.core.warehouse import append, transaction
from melflow.flows.row_fates import OF_FILES, OF_SERVER
from melflow.flows.sightings import LATEST, completed
from melflow.flows.tables import RECONCILE
from melflow.sources.inventory import Inventory

if TYPE_CHECKING:
    import duckdb

_SHOWN = 3  # payloads that a message names


@dataclass(frozen=True)
class Account:
    """What became of a source's rows.

    Attributes:
        rows_at_source: Rows the source has now; None when its server was never asked to the end.
        rows_dropped: Of these: no rows of data, or left out.
        dropped: Why, and how many each; JSON.
        rows_split: Further rows made of one of its own: the exchanges of a meeting of three partners.
        rows_landed: Rows that came, unchanged repetitions left out.
        rows_loaded: Of these: in the warehouse, current.
        rows_held: Waiting for a fix.
        rows_superseded: Replaced by a later version.
        rows_deleted: Deleted at the source since.
        rows_duplicate: Repetitions, said apart.
        payloads_unread: Payloads that could not be read or were stopped; of files, their rows are in no other figure.
        unread: Where they came from; JSON list.
        difference: Rows unaccounted for, in the comparison where more are.
    """

    rows_at_source: int | None
    rows_dropped: int
    dropped: str
    rows_split: int
    rows_landed: int
    rows_loaded: int
    rows_held: int
    rows_superseded: int
    rows_deleted: int
    rows_duplicate: int
    payloads_unread: int
    unread: str
    difference: int


@dataclass(frozen=True)
class _Came:
    """What the payloads in question brought, as their loads tell.

    Attributes:
        at_source: Rows counted beside the reader.
        read: Rows read that are data.
        duplicate: Of these: came before.
        split: Further rows made of one of the source's.
        dropped: Why rows are no data or left out -> how many.
        loads: load_id of the payloads that were read.
        otherwise: Payloads of which other rows were counted than read: origin, counted, read.
    """

    at_source: int
    read: int
    duplicate: int
    split: int
    dropped: Counter[str]
    loads: frozenset[str]
    otherwise: tuple[tuple[str, int, int], ...]


def reconcile(
    con: duckdb.DuckDBPyConnection,
    source: str,
    loads: Mapping[str, str],
    standing: Sequence[tuple[Landing, Inventory]] = (),
) -> tuple[Account, tuple[Problem, ...]]:
    """Account for the rows of a source, keep the account, and name a difference.

    Args:
        con: The warehouse, loaded and settled.
        source: Name of the source.
        loads: load_id -> origin of the payloads in question: of files those offered now, of a server all with
            submissions.
        standing: Its inventories, if it is a server.
    """
    came = _came(con, sorted(loads))
    unread = sorted(origin for load_id, origin in loads.items() if load_id not in came.loads)
    account = _account(con, source, came, sorted(loads), unread, standing)
    row = asdict(account) | {"source": source, "checked_at": datetime.now(UTC)}
    with transaction(con):
        append(con, "raw.reconcile", pl.DataFrame([row], schema=RECONCILE))
    return account, (_problem(source, account, came, unread),) if account.difference else ()


def _problem(source: str, account: Account, came: _Came, unread: Sequence[str]) -> Problem:
    kept = account.rows_loaded + account.rows_held + account.rows_superseded + account.rows_deleted
    why = ", ".join(f"{n} {reason}" for reason, n in json.loads(account.dropped).items())
    left_out = f"{account.rows_dropped} left out ({why}), " if why else ""
    made = f"{account.rows_split} more made of them, " if account.rows_split else ""
    seen = (
        f"{account.rows_at_source} rows at the source, {left_out}{made}{account.rows_landed} landed and "
        f"{account.rows_duplicate} repeated; {account.rows_loaded} loaded, {account.rows_held} held, "
        f"{account.rows_superseded} superseded, {account.rows_deleted} deleted ({kept} in all)"
    )
    for origin, counted, read in came.otherwise[:_SHOWN]:
        seen += f"; {origin} has {counted} rows, of which {read} were read"
    if unread:
        more = " and others" if len(unread) > _SHOWN else ""
        seen += f"; besides, {len(unread)} payloads with an unknown number of rows were not read: "
        seen += ", ".join(unread[:_SHOWN]) + more
    first = "Put right what could not be read, then run" if unread else "Run"
    return Problem(
        f"sources/{source}.yml",
        "every row at the source is loaded, held, superseded or deleted",
        seen,
        f"{first} `melflow ingest {source} --full`; if the difference stays, report it with this line: no figure of "
        "this source is to be trusted until it is found.",
    )


def _came(con: duckdb.DuckDBPyConnection, loads: list[str]) -> _Came:
    rows = con.execute(
        """
        select
            load_id, origin, rows_read, rows_duplicate, coalesce(rows_split, 0) as n_split, dropped,
            rows_read + coalesce(rows_dropped, 0) - coalesce(rows_split, 0) as n_seen,
            coalesce(rows_at_source, n_seen) as n_counted
        from raw.load
        where state = 'loaded' and list_contains($loads::varchar[], load_id)
        order by origin, load_id
        """,
        {"loads": loads},
    ).fetchall()
    dropped: Counter[str] = Counter()
    for found in {row[5] for row in rows} - {None, "{}"}:
        times = sum(row[5] == found for row in rows)
        dropped.update({why: n * times for why, n in json.loads(found).items()})
    return _Came(
        at_source=sum(row[7] for row in rows),
        read=sum(row[2] for row in rows),
        duplicate=sum(row[3] for row in rows),
        split=sum(row[4] for row in rows),
        dropped=dropped,
        loads=frozenset(row[0] for row in rows),
        otherwise=tuple((row[1], row[7], row[6]) for row in rows if row[7] != row[6]),
    )


def _account(
    con: duckdb.DuckDBPyConnection,
    source: str,
    came: _Came,
    loads: list[str],
    unread: list[str],
    standing: Sequence[tuple[Landing, Inventory]],
) -> Account:
    named: dict[str, Any] = {"source": source, "complete_at": completed(standing)[0]} if standing else {}
    made = con.execute(OF_SERVER if standing else OF_FILES, {"loads": loads, **named}).fetchall()
    fates = {fate: n for fate, n, _ in made}
    duplicate = came.duplicate + fates.pop("duplicate", 0)
    landed, kept = came.read - duplicate, sum(fates.values())
    at_source: int | None = came.at_source
    dropped, missing = came.dropped, 0
    if standing:
        at_source, dropped = _at_server(standing, _left_out(con, source))
        if at_source is not None:
            at_source += sum(n for _, _, n in made)
            missing = abs(at_source - dropped.total() - fates.get("loaded", 0) - fates.get("held", 0))
    return Account(
        rows_at_source=at_source,
        rows_dropped=dropped.total(),
        dropped=json.dumps({why: n for why, n in sorted(dropped.items()) if n}),
        rows_split=came.split,
        rows_landed=landed,
        rows_loaded=fates.get("loaded", 0),
        rows_held=fates.get("held", 0),
        rows_superseded=fates.get("superseded", 0),
        rows_deleted=fates.get("deleted", 0),
        rows_duplicate=duplicate,
        payloads_unread=len(unread),
        unread=json.dumps(unread, ensure_ascii=False),
        difference=max(missing, abs(landed - kept), sum(abs(one - other) for _, one, other in came.otherwise)),
    )


def _at_server(standing: Sequence[tuple[Landing, Inventory]], n_left_out: int) -> tuple[int | None, Counter[str]]:
    """Return how many submissions the server counts, and which of them are not to be found here, by reason."""
    counted = [one for _, one in standing if one.count is not None]
    if not counted:
        return None, Counter()
    last = counted[-1]
    return last.count, Counter(corrections=n_left_out, encrypted=len(last.encrypted), next_run=last.n_later)


def _left_out(con: duckdb.DuckDBPyConnection, source: str) -> int:
    """Return how many submissions that stand at the server a correction leaves out."""
    found = con.execute(
        f"select count(distinct native_id) from raw.correction left join ({LATEST}) using (native_id) "
        "where source = $source and action = 'drop' and state = 'applied' and deleted_at is null",
        {"source": source},
    ).fetchone()
    return int(found[0]) if found else 0
