from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from melflow.core.errors import TransientError
from melflow.core.warehouse import append, connect, copy_tables, create_tables, replace, transaction


def test_connect__held_by_another_process(tmp_path: Path) -> None:
    """Should say that another run holds the warehouse, as something that passes."""
    path = tmp_path / "w.duckdb"
    code = f"import duckdb, sys; con = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(TransientError, match="another process"), connect(path):
            pass
        other.communicate()


def test_connect__many_threads(tmp_path: Path) -> None:
    """Should let sources that run side by side open and close the file at the same moment."""

    path = tmp_path / "w.duckdb"
    with connect(path) as con:
        con.execute("create table t as select range as a from range(100000)")

    def visit(_: int) -> None:
        with connect(path) as con:
            con.execute("insert into t select range from range(2000)")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(600)))
    with connect(path) as con:
        assert con.execute("select count(*) from t").fetchone() == (100_000 + 600 * 2000,)


def test_connect__settings(tmp_path: Path) -> None:
    """Should work in UTC and never fetch an extension."""
    with connect(tmp_path / "w.duckdb") as con:
        wanted = ("TimeZone", "autoinstall_known_extensions", "autoload_known_extensions")
        settings = dict(
            con.execute(
                "select name, value from duckdb_settings() where name in (select unnest(?))", [wanted]
            ).fetchall()
        )
    assert settings == {
        "TimeZone": "UTC",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }


def test_transaction__interrupted(tmp_path: Path) -> None:
    """Should leave nothing behind when the work inside stops half way."""
    with connect(tmp_path / "w.duckdb") as con:
        create_tables(con, {"t": {"a": pl.Int64}})
        with pytest.raises(KeyboardInterrupt), transaction(con):  # noqa: PT012 - the block is what is tested
            append(con, "raw.t", pl.DataFrame({"a": [1]}))
            raise KeyboardInterrupt
        assert con.execute("select count(*) from raw.t").fetchone() == (0,)


def test_create_tables__twice(tmp_path: Path) -> None:
    """Should keep the rows of a table that is there already."""
    with connect(tmp_path / "w.duckdb") as con:
        for _ in range(2):
            create_tables(con, {"t": {"a": pl.Int64, "seen_at": pl.Datetime("us", "UTC")}})
            append(con, "raw.t", pl.DataFrame({"a": [1]}))
        assert con.execute("select count(*) from raw.t").fetchone() == (2,)
        replace(con, "raw.t", pl.DataFrame({"a": [7]}))
        assert con.execute("select a, seen_at from raw.t").fetchall() == [(7, None)]


def test_copy_tables__replaces_whole_file(tmp_path: Path) -> None:
    """Should copy into a new file that takes the old one's place, path with a quote included."""
    source, target = tmp_path / "w.duckdb", tmp_path / "it's" / "copy.duckdb"
    with connect(source) as con:
        create_tables(con, {"t": {"a": pl.Int64}})
        append(con, "raw.t", pl.DataFrame({"a": [1, 2]}))
    assert copy_tables(source, target, {"t": "raw.t"}) == {"t": 2}
    assert copy_tables(source, target, {"t": "(select a from raw.t where a > 1)"}) == {"t": 1}
    with connect(target, read_only=True) as con:
        assert con.execute("from t").fetchall() == [(2,)]
    assert [path.name for path in target.parent.iterdir()] == ["copy.duckdb"]


def test_create_tables__of_an_earlier_version(tmp_path: Path) -> None:
    """Should give a table made before the columns that came since, and leave its rows as they are."""
    with connect(tmp_path / "w.duckdb") as con:
        create_tables(con, {"t": {"a": pl.String}})
        append(con, "raw.t", pl.DataFrame({"a": ["x"]}))
        create_tables(con, {"t": {"b": pl.Int64, "a": pl.String}})
        append(con, "raw.t", pl.DataFrame({"b": [1], "a": ["y"]}))
        assert con.execute("select a, b from raw.t order by a").fetchall() == [("x", None), ("y", 1)]
