"""The only file that opens DuckDB: the warehouse while it is written, releases and the status copy read-only."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import TransientError

if TYPE_CHECKING:
    import duckdb
    import polars as pl

#: Nothing is fetched at run time; every connection in a process must carry the same settings.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

RELEASE_FILE = "melflow.duckdb"

#: DuckDB refuses a file that one thread opens at the moment another closes it ("unique file handle conflict").
_DOOR = threading.Lock()


@contextmanager
def connect(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file in UTC and close it afterwards.

    Args:
        path: The file; made when absent, unless ``read_only``.
        read_only: Open for reading only. Another process may read at the same time, but not write.

    Raises:
        TransientError: Another process holds the file.
    """
    import duckdb

    try:
        with _DOOR:
            con = duckdb.connect(str(path), read_only=read_only, config=dict(_SETTINGS))
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        raise TransientError.of(
            str(path.name),
            "one process at a time may write the warehouse",
            "a lock held by another process",
            "Wait for the other run to end (`melflow status` says what it does), then run again.",
        ) from error
    try:
        con.execute("set TimeZone = 'UTC'")
        yield con
    finally:
        with _DOOR:
            con.close()


@contextmanager
def open_release(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a published release read-only; a running build never blocks it."""
    with connect(folder / RELEASE_FILE, read_only=True) as con:
        yield con


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit everything done inside, or nothing."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def create_tables(con: duckdb.DuckDBPyConnection, tables: Mapping[str, Mapping[str, Any]], schema: str = "raw") -> None:
    """Make the tables and the columns that are absent, typed as the Polars schemas say.

    A warehouse that an earlier version of melflow made gets the columns that came since, empty.
    """
    import polars as pl

    con.execute(f"create schema if not exists {schema}")
    there: dict[str, set[str]] = {}
    for name, column in con.execute(
        "select table_name, column_name from duckdb_columns() "
        "where schema_name = ? and database_name = current_database()",
        [schema],
    ).fetchall():
        there.setdefault(name, set()).add(column)
    wanted = []
    for name, columns in tables.items():
        if there.get(name, set()).issuperset(columns):
            continue
        blank = con.from_arrow(pl.DataFrame(schema=dict(columns)).to_arrow())
        typed = [f'"{column}" {kind}' for column, kind in zip(blank.columns, blank.types, strict=True)]
        if name not in there:
            wanted.append(f'create table {schema}."{name}" ({", ".join(typed)})')
        else:
            wanted += [f'alter table {schema}."{name}" add column if not exists {column}' for column in typed]
    if wanted:  # all in one go, as plain definitions: to make each out of an empty query takes four times as long
        with transaction(con):
            con.execute("; ".join(wanted))


def append(con: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Insert the frame's rows by column name."""
    if frame.is_empty():
        return
    con.register("incoming", frame.to_arrow())
    con.execute(f"insert into {table} by name select * from incoming")
    con.unregister("incoming")


def replace(con: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Make the table hold exactly the frame's rows."""
    con.execute(f"delete from {table}")
    append(con, table, frame)


def copy_tables(source: Path, target: Path, tables: Mapping[str, str]) -> dict[str, int]:
    """Copy tables into a new DuckDB file, in one go and without leaving a half-written one.

    Args:
        source: The warehouse.
        target: The file to make; replaced atomically when it exists.
        tables: Name in the target -> name (with schema) in the source.

    Returns:
        The number of rows of each copied table.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    with connect(source) as con:
        con.execute(f"attach '{_quoted(partial)}' as copy_to")
        for name, origin in tables.items():
            con.execute(f'create table copy_to."{name}" as from {origin}')
            counts[name] = int((con.execute(f'select count(*) from copy_to."{name}"').fetchone() or (0,))[0])
        con.execute("detach copy_to")
    os.replace(partial, target)
    return counts


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
