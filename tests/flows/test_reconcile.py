from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from melflow.core.landing import Landing
from melflow.core.warehouse import connect
from melflow.flows.load import Batch, load
from melflow.flows.reconcile import Account, reconcile
from melflow.flows.sightings import settle
from melflow.flows.tables import CHECK_RESULT, HELD, prepare
from melflow.sources.canonical import conform
from melflow.sources.inventory import Inventory, Sighting

START = datetime(2026, 1, 1, tzinfo=UTC)
#: Submission, version, content; and whether it is held.
Row = tuple[str, str, str, bool]
#: Columns of held rows that come later.
MADE = ("held_id", "value_hash", "first_seen", "state", "record_key", "partner_id")


def landing(number: int, origin: str = "") -> Landing:
    sha256 = f"{number:012d}".ljust(64, "0")
    return Landing("s", origin or f"inbox/{number}.csv", sha256, 1, START + timedelta(hours=number))


def batch(number: int, *rows: Row, n_read: int | None = None) -> Batch:
    """Make a payload; the server's id is the submission's name."""
    stamp = {"source_system": "s", "load_id": landing(number).load_id, "ingested_at": landing(number).landed_at}
    records = [
        stamp
        | {"row_id": f"{number}#{line}", "source_row": line, "submission_id": key, "native_id": key, "is_current": True}
        | {"version_id": version, "content_hash": content}
        for line, (key, version, content, _) in enumerate(rows)
    ]
    frame = conform("src_submission", pl.DataFrame(records))
    is_held = pl.Series([held for *_, held in rows], dtype=pl.Boolean)
    held = frame.filter(is_held).select(
        pl.lit(value=True).alias(name) if name == "may_accept" else
        pl.lit("").alias(name) if name not in ("row_id", "load_id", "row_json", "table_name") else
        pl.lit("src_submission").alias(name) if name == "table_name" else
        pl.struct(pl.all()).struct.json_encode().alias(name) if name == "row_json" else name
        for name in HELD if name not in MADE
    )  # fmt: skip
    notes = {"rows_read": len(rows) if n_read is None else n_read}
    results = pl.DataFrame(schema=CHECK_RESULT)
    return Batch(landing(number), {"src_submission": frame.filter(~is_held)}, held, results, notes, "rules")


def account(path: Path, *batches: Batch, offered: set[int], inventory: Inventory | None = None) -> Account:
    prepare(path)
    standing = [(landing(99, "https://x#inventory"), inventory)] if inventory else []
    with connect(path) as con:
        for one in batches:
            load(con, one)
        settle(con, "s", standing)
        loads = {landing(number).load_id: landing(number).origin for number in offered}
        found, problems = reconcile(con, "s", loads, standing)
    assert bool(problems) == bool(found.difference)
    return found


def test_reconcile__files(tmp_path: Path) -> None:
    """Should account for rows that are loaded, held, superseded or came twice, in the files there are now."""
    first = batch(1, ("a", "a1", "x", False), ("b", "b1", "x", False), ("c", "c1", "x", True))
    second = batch(2, ("a", "a1", "x", False), ("b", "b2", "y", False), ("d", "d1", "x", False))
    whole = account(tmp_path / "w", first, second, offered={1, 2})
    assert whole == Account(
        rows_at_source=6, rows_dropped=0, dropped="{}", rows_split=0, rows_landed=5, rows_loaded=3, rows_held=1,
        rows_superseded=1, rows_deleted=0, rows_duplicate=1, payloads_unread=0, unread="[]", difference=0,
    )  # fmt: skip
    gone = account(tmp_path / "v", first, second, offered={2})
    assert (gone.rows_at_source, gone.rows_loaded, gone.rows_duplicate, gone.difference) == (3, 2, 1, 0)


def test_reconcile__a_reader_that_drops_rows(tmp_path: Path) -> None:
    """Should find a row the reader counted and handed on to nobody."""
    found = account(tmp_path / "w", batch(1, ("a", "a1", "x", False), n_read=2), offered={1})
    assert (found.rows_at_source, found.rows_loaded, found.difference) == (2, 1, 1)


def test_reconcile__unread(tmp_path: Path) -> None:
    """Should name a payload that was not read, and be silent about no other payload's difference for it."""
    found = account(tmp_path / "w", batch(1, ("a", "a1", "x", False), n_read=2), offered={1, 2})
    assert (found.payloads_unread, found.unread, found.difference) == (1, '["inbox/2.csv"]', 1)
    whole = account(tmp_path / "v", batch(1, ("a", "a1", "x", False)), offered={1, 2})
    assert (whole.payloads_unread, whole.difference) == (1, 0)


@pytest.mark.parametrize(("count", "difference"), [(2, 0), (3, 1), (1, 1)])
def test_reconcile__server(tmp_path: Path, count: int, difference: int) -> None:
    """Should compare the server's own count with the submissions that stand here, held ones too."""
    first = batch(1, ("a", "a1", "x", False), ("b", "b1", "x", False), ("c", "c1", "x", False))
    second = batch(2, ("b", "b2", "y", True), ("a", "a1", "x", False))
    third = batch(3, ("b", "b2", "y", True))
    rows = {
        "a": Sighting("a", "a1"),
        "b": Sighting("b", "b2"),
        "c": Sighting("c", "c1", deleted_at=START.isoformat()),
    }
    seen = Inventory(True, START + timedelta(hours=98), count, rows)
    found = account(tmp_path / "w", first, second, third, offered={1, 2, 3}, inventory=seen)
    assert found == Account(
        rows_at_source=count, rows_dropped=0, dropped="{}", rows_split=0, rows_landed=4, rows_loaded=1, rows_held=1,
        rows_superseded=1, rows_deleted=1, rows_duplicate=2, payloads_unread=0, unread="[]", difference=difference,
    )  # fmt: skip


def test_reconcile__counted_beside_the_reader(tmp_path: Path) -> None:
    """Should name a file of which its reader read fewer rows than are in it, though all it read is loaded."""
    one, two = batch(1, ("a", "a1", "x", False)), batch(2, ("b", "b1", "x", False))
    short = replace(one, notes={"rows_read": 3, "rows_dropped_totals": 2, "rows_at_source": 5})
    more = replace(two, notes={"rows_read": 1, "rows_at_source": 0})  # what two files lack and have does not cancel out
    prepare(tmp_path / "w")
    with connect(tmp_path / "w") as con:
        load(con, short)
        load(con, more)
        found, (problem,) = reconcile(
            con, "s", {one.landing.load_id: "inbox/1.csv", two.landing.load_id: "inbox/2.csv"}
        )
    assert (found.rows_at_source, found.rows_dropped, found.dropped) == (5, 2, '{"totals": 2}')
    assert (found.rows_landed, found.rows_loaded, found.difference) == (2, 2, 3)
    assert "inbox/1.csv has 5 rows, of which 3 were read; inbox/2.csv has 0 rows" in problem.seen
    assert "2 left out (2 totals), " in problem.seen
