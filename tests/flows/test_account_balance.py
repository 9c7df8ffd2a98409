"""Whatever a source sends, its account closes: what it has is what was read, and each row of it is in one place."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.landing import Landing
from melflow.core.names import PartnerNames
from melflow.core.warehouse import connect
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.flows.load import Batch, load
from melflow.flows.reconcile import Account, reconcile
from melflow.flows.sightings import settle
from melflow.flows.tables import CHECK_RESULT, HELD, prepare
from melflow.sources import activity_log
from melflow.sources.canonical import conform
from melflow.sources.inventory import Inventory, Sighting
from melflow.sources.payload import Context, Notes, Origin

START = datetime(2026, 1, 1, tzinfo=UTC)
CONTEXT = Context(PartnerNames({}, []))
#: A line of a log: what it is, and a number that may say the same as another line's.
LINES = st.lists(
    st.tuples(st.sampled_from(["row", "row", "row", "blank", "total", "remark", "elsewhere"]), st.integers(1, 4)),
    max_size=12,
)
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("balance") / "w.duckdb"
    prepare(path)
    with connect(path) as opened:
        yield opened


def held_rows(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    made = ("held_id", "value_hash", "first_seen", "state", "record_key", "partner_id")
    said = {"table_name": table, "may_accept": True}
    return frame.select(
        pl.struct(pl.all()).struct.json_encode().alias(name) if name == "row_json" else
        pl.lit(said.get(name, "")).alias(name) if name not in ("row_id", "load_id") else name
        for name in HELD if name not in made
    )  # fmt: skip


def put(
    con: duckdb.DuckDBPyConnection, landing: Landing, table: str, frame: pl.DataFrame, notes: Notes, n_held: int
) -> None:
    held, passed = held_rows(table, frame.head(n_held)), frame.slice(n_held)
    load(con, Batch(landing, {table: passed}, held, pl.DataFrame(schema=CHECK_RESULT), notes, "rules"))


def landed(source: str, number: int, origin: str) -> Landing:
    return Landing(source, origin, f"{next(NUMBERS):012d}".ljust(64, "0"), 1, START + timedelta(hours=number))


def closes(account: Account) -> None:
    """Assert both equations, with all their terms."""
    left_out = sum(json.loads(account.dropped).values())
    kept = account.rows_loaded + account.rows_held + account.rows_superseded + account.rows_deleted
    assert account.difference == 0 and account.rows_dropped == left_out
    assert account.rows_landed == kept
    assert account.rows_at_source is not None


def line(what: str, number: int) -> str:
    row = f"{number},2025-03-0{number},North,South,visit,"
    return {"row": row, "blank": ",,,,,", "total": "Total,,,,9,", "remark": "a remark,,,,,", "elsewhere": ",,,,,x"}[
        what
    ]


@given(files=st.lists(st.tuples(LINES, st.integers(0, 3)), min_size=1, max_size=3))
@settings(max_examples=12, deadline=None)
def test_files__the_account_closes(
    con: duckdb.DuckDBPyConnection, files: list[tuple[list[tuple[str, int]], int]]
) -> None:
    """Should count every line of random logs once: loaded, held, superseded, repeated, or left out for a reason."""
    source = f"log{next(NUMBERS)}"
    columns = {"exchange_id": "id", "occurred_on": "on", "from_partner": "from", "to_partner": "to", "kind": "kind"}
    config = ActivityLogSource(
        name=source, title=source, path="inbox/*.csv", connector="activity_log", columns=columns, totals=("Total",),
        date_formats=("%Y-%m-%d",),
    )  # fmt: skip
    loads = {}
    for number, (lines, n_held) in enumerate(files):
        one = landed(source, number, f"inbox/{number}.csv")
        text = "\n".join(["id,on,from,to,kind,other", *(line(*each) for each in lines)])
        origin = Origin(source, one.origin, one.load_id, one.landed_at)
        parsed = activity_log.parse(origin, text.encode(), config, CONTEXT)
        put(con, one, "src_exchange", parsed.frames["src_exchange"], parsed.notes, n_held)
        loads[one.load_id] = one.origin
    account, problems = reconcile(con, source, loads)
    closes(account)
    told = [what for lines, _ in files for what, _ in lines]
    assert not problems
    assert account.rows_at_source == len(told) - told.count("blank")
    assert account.rows_at_source == account.rows_dropped + account.rows_duplicate + account.rows_landed
    reasons = json.loads(account.dropped)
    assert reasons.get("totals", 0) == told.count("total")
    assert reasons.get("blank", 0) == told.count("elsewhere")


#: Submissions with a version each, and how many of them are held.
PAYLOAD = st.tuples(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=5), st.integers(0, 2))


@given(
    payloads=st.lists(PAYLOAD, min_size=1, max_size=4), gone=st.sets(st.integers(0, 4)), n_encrypted=st.integers(0, 2)
)
@settings(max_examples=12, deadline=None)
def test_server__the_account_closes(
    con: duckdb.DuckDBPyConnection, payloads: list[tuple[list[tuple[int, int]], int]], gone: set[int], n_encrypted: int
) -> None:
    """Should count every version of random submissions once, deleted and encrypted ones too."""
    source = f"server{next(NUMBERS)}"
    loads, versions = {}, {}
    for number, (pairs, n_held) in enumerate(payloads):
        once = dict(pairs)
        one = landed(source, number, f"https://x/{number}")
        versions |= once
        rows = [
            {"row_id": f"{one.load_id}#{key}", "source_row": key, "native_id": str(key)}
            | {"submission_id": f"{source}:{key}"}
            | {"version_id": f"{key}v{version}", "content_hash": f"{key}v{version}", "is_current": True}
            | {"source_system": source, "load_id": one.load_id, "ingested_at": one.landed_at}
            for key, version in once.items()
        ]  # fmt: skip
        frame = conform("src_submission", pl.DataFrame(rows)) if rows else conform("src_submission", pl.DataFrame())
        put(con, one, "src_submission", frame, {"rows_read": len(rows), "rows_at_source": len(rows)}, n_held)
        loads[one.load_id] = one.origin
    sightings = {
        str(key): Sighting(str(key), f"{key}v{version}", deleted_at=START.isoformat() if key in gone else None)
        for key, version in versions.items()
    }
    there = sum(row.deleted_at is None for row in sightings.values())
    encrypted = tuple(f"uuid:{number}" for number in range(n_encrypted))
    seen = Inventory(True, START + timedelta(hours=98), there + n_encrypted, sightings, encrypted=encrypted)
    standing = [(landed(source, 99, "https://x#inventory"), seen)]
    settle(con, source, standing)
    account, problems = reconcile(con, source, loads, standing)
    closes(account)
    assert not problems
    assert account.rows_at_source == account.rows_loaded + account.rows_held + account.rows_dropped
    fewer = Inventory(True, seen.fetched_at, there + n_encrypted + 1, sightings, encrypted=encrypted)
    short, (problem,) = reconcile(con, source, loads, [(standing[0][0], fewer)])
    assert short.difference == 1 and f"{there + n_encrypted + 1} rows at the source" in problem.seen
