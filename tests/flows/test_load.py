from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.landing import Landing
from melflow.core.warehouse import connect
from melflow.flows import load as module
from melflow.flows.load import Batch, load, record_failure
from melflow.flows.tables import CHECK_RESULT, HELD, prepare
from melflow.sources.canonical import conform

START = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = ("src_submission", "src_response", "src_exchange", "src_result", "check_result")


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    prepare(tmp_path / "w.duckdb")
    with connect(tmp_path / "w.duckdb") as opened:
        yield opened


def landing(number: int) -> Landing:
    return Landing("kobo", f"inbox/{number}.csv", f"{number:012d}".ljust(64, "0"), 1, START + timedelta(hours=number))


def submissions(number: int, *versions: tuple[str, str, str]) -> Batch:
    """Make a payload of (submission, version, content) triples with one answer each."""
    stamp = {
        "source_system": "kobo",
        "source_file": f"inbox/{number}.csv",
        "ingested_at": START + timedelta(hours=number),
        "load_id": landing(number).load_id,
    }
    rows = [
        stamp
        | {"row_id": f"{number}#{index}", "source_row": index, "submission_id": key, "version_id": version}
        | {"content_hash": content, "is_current": True}
        for index, (key, version, content) in enumerate(versions)
    ]
    answers = [
        stamp | {"row_id": f"{row['row_id']}r", "version_id": row["version_id"], "value_raw": row["content_hash"]}
        for row in rows
    ]
    frames = {
        "src_submission": conform("src_submission", pl.DataFrame(rows)),
        "src_response": conform("src_response", pl.DataFrame(answers)),
    }
    found = {"load_id": landing(number).load_id, "rule_id": "r", "n_checked": len(rows), "n_failed": 0}
    results = pl.DataFrame([found], schema=CHECK_RESULT)
    return Batch(landing(number), frames, pl.DataFrame(schema=HELD), results, {"rows_read": len(rows)}, "rules")


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    tables = {table: con.execute(f"from raw.{table} order by all").fetchall() for table in FACTS}
    loads = con.execute("select * exclude (loaded_at) from raw.load order by all").fetchall()
    return tables | {"load": loads}


def test_load__same_payload_twice(con: duckdb.DuckDBPyConnection) -> None:
    """Should change nothing when the same payload is loaded again."""
    batch = submissions(1, ("s1", "v1", "a"), ("s2", "v2", "b"))
    (first,) = load(con, batch)
    before = contents(con)
    assert load(con, batch)[0] == first
    assert contents(con) == before
    assert (first.rows_read, first.rows_loaded, first.rows_duplicate) == (2, 2, 0)


def test_load__edit_supersedes(con: duckdb.DuckDBPyConnection) -> None:
    """Should keep both versions of an edited submission and point at the newest."""
    load(con, submissions(1, ("s1", "v1", "a")))
    (counts,) = load(con, submissions(2, ("s1", "v2", "b")))
    rows = con.execute(
        "select version_id, is_current, supersedes_version_id from raw.src_submission order by 1"
    ).fetchall()
    assert rows == [("v1", False, None), ("v2", True, "v1")]
    assert counts.rows_superseded == 1
    assert con.execute("select value_raw from raw.src_response order by 1").fetchall() == [("a",), ("b",)]


def test_load__same_submission_in_two_exports(con: duckdb.DuckDBPyConnection) -> None:
    """Should keep a submission that two exports hold once, with its answers once, and count the other."""
    load(con, submissions(1, ("s1", "v1", "a")))
    (counts,) = load(con, submissions(2, ("s1", "v1", "a"), ("s2", "v2", "b")))
    assert (counts.rows_loaded, counts.rows_duplicate) == (1, 1)
    assert con.execute("select count(*) from raw.src_response").fetchone() == (2,)


def test_load__edited_at_beats_order_of_landing(con: duckdb.DuckDBPyConnection) -> None:
    """Should let the version edited last be current even if an older export lands later."""
    new, old = submissions(1, ("s1", "v2", "b")), submissions(2, ("s1", "v1", "a"))
    edited = new.frames["src_submission"].with_columns(edited_at=pl.lit(START + timedelta(days=9)))
    load(
        con,
        Batch(new.landing, dict(new.frames) | {"src_submission": edited}, new.held, new.results, new.notes, "rules"),
    )
    load(con, old)
    assert con.execute("select version_id from raw.src_submission where is_current").fetchall() == [("v2",)]


def test_load__interrupted(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should leave the warehouse as it was when the load stops half way."""
    load(con, submissions(1, ("s1", "v1", "a")))
    before = contents(con)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_insert_load", stop)
    with pytest.raises(KeyboardInterrupt):
        load(con, submissions(2, ("s1", "v2", "b")))
    assert contents(con) == before


def test_load__held_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Should keep held rows with value and place, dated by their landing, and count rows apart from answers."""
    batch = submissions(1, ("s1", "v1", "a"))
    held = pl.DataFrame(
        [
            {"row_id": "1#7", "table_name": "src_submission", "rule_id": "partner_known", "value": "Nowhere"},
            {"row_id": "1#8", "table_name": "src_response", "rule_id": "choice", "value": "9"},
            {"row_id": "1#9", "table_name": "src_response", "rule_id": "of_held_submission", "value": None},
        ],
        schema=HELD,
    ).with_columns(load_id=pl.lit(batch.landing.load_id), severity=pl.lit("error"))
    (counts,) = load(con, Batch(batch.landing, batch.frames, held, batch.results, {"rows_read": 2}, "rules"))
    assert (counts.rows_held, counts.cells_held) == (1, 1)
    rows = con.execute("select value, state, first_seen from raw.held order by row_id").fetchall()
    assert rows == [("Nowhere", "held", batch.landing.landed_at), ("9", "held", batch.landing.landed_at),
                    (None, "held", batch.landing.landed_at)]  # fmt: skip


def test_record_failure__then_readable(con: duckdb.DuckDBPyConnection) -> None:
    """Should remember a payload that cannot be read, and forget the failure once it loads."""
    record_failure(con, landing(1), "{}", "rules")
    assert con.execute("select state from raw.load").fetchall() == [("failed",)]
    load(con, submissions(1, ("s1", "v1", "a")))
    assert con.execute("select state from raw.load").fetchall() == [("loaded",)]


VERSIONS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=4, unique=True)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with all tables and nothing in them."""
    prepare(path := tmp_path_factory.mktemp("blank") / "w.duckdb")
    return path


@settings(max_examples=25, deadline=None)
@given(payloads=st.lists(VERSIONS, max_size=4))
def test_load__one_current_version(
    payloads: list[list[tuple[str, str]]], blank: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Should have exactly one current version of each submission, whatever came in whatever order."""
    path = shutil.copy(blank, tmp_path_factory.mktemp("w"))
    with connect(path) as opened:
        for number, versions in enumerate(payloads):
            load(opened, submissions(number, *((key, key + version, version) for key, version in versions)))
        current = opened.execute("select submission_id, count(*) from raw.src_submission where is_current group by 1")
        assert dict(current.fetchall()) == {key: 1 for versions in payloads for key, _ in versions}
        sums = "sum(rows_read), sum(rows_loaded) + sum(rows_duplicate)"
        read, accounted = opened.execute(f"select {sums} from raw.load").fetchone() or (None, None)
        assert read == accounted


@settings(max_examples=15, deadline=None)
@given(payloads=st.lists(VERSIONS, min_size=1, max_size=4), n_before=st.integers(0, 3))
def test_load__together_as_one_by_one(
    payloads: list[list[tuple[str, str]]], n_before: int, blank: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Should end the same, with the same counts of each payload, whether they are loaded singly or in one call."""
    batches = [
        submissions(number, *((key, key + version, version) for key, version in versions))
        for number, versions in enumerate(payloads)
    ]
    ends = []
    for is_together in (False, True):
        path = shutil.copy(blank, tmp_path_factory.mktemp("w"))
        with connect(path) as opened:
            for batch in batches[:n_before]:
                load(opened, batch)
            rest = batches[n_before:]
            for some in [rest] if is_together and rest else [[batch] for batch in rest]:
                load(opened, *some)
            ends.append(contents(opened))
    assert ends[0] == ends[1]
