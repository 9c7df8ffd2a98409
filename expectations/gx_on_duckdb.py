"""Great Expectations' SQL engine on DuckDB: a dialect that buffers rows before the connection is given back.

GX fetches a result after it has returned the connection to the pool. The rollback on return drops DuckDB's
pending result, and GX fails with ``IndexError: list index out of range``. Buffering in the execution context
keeps the rows. It also tells GX the columns of a table with one statement, where reflection asks PostgreSQL's
catalogue for keys and enumerations that our tables never have. It is a dialect of its own (``duckdb+buffered``), so
nothing of a third party is patched; ``tests/expectations/test_gx_on_duckdb.py`` fails once GX works without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import Dialect

DRIVER = "duckdb+buffered"


def buffered_url(path: Path) -> str:
    """Return the address that opens a DuckDB file through the buffering dialect; registers it at the first call."""
    from sqlalchemy import URL
    from sqlalchemy.dialects import registry

    if DRIVER.replace("+", ".") not in registry.impls:
        registry.impls[DRIVER.replace("+", ".")] = _buffered_dialect
    return URL.create(DRIVER, database=str(path)).render_as_string()


def _buffered_dialect() -> type[Dialect]:
    import duckdb_engine
    import sqlalchemy as sa
    from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

    kinds: dict[str, Any] = {
        "BOOLEAN": sa.Boolean,
        "BIGINT": sa.BigInteger,
        "INTEGER": sa.Integer,
        "DOUBLE": sa.Float,
        "DATE": sa.Date,
        "TIMESTAMP": sa.DateTime,
        "VARCHAR": sa.String,
    }
    context: Any = duckdb_engine.Dialect.execution_ctx_cls

    class BufferedContext(context):  # type: ignore[misc]  # the base is only known at run time
        """Reads every row of a query before anything can roll the connection back."""

        def post_exec(self) -> None:
            super().post_exec()
            cursor = self.cursor
            if cursor is not None and cursor.description is not None and not self.is_crud:
                self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                    cursor, cursor.description, cursor.fetchall()
                )

    class BufferedDialect(duckdb_engine.Dialect):
        """DuckDB's dialect with buffered results; GX still sees the name ``duckdb``."""

        execution_ctx_cls = BufferedContext
        supports_statement_cache = False

        def get_columns(self, connection: Any, table_name: str, schema: Any = None, **_: Any) -> Any:
            """Return name and type of each column."""
            described = connection.exec_driver_sql(f'describe "{table_name}"').all()
            return [
                {"name": name, "type": kinds.get(kind, sa.types.NullType)(), "nullable": True, "default": None}
                for name, kind, *_ in described
            ]

        def get_pk_constraint(self, connection: Any, table_name: str, schema: Any = None, **_: Any) -> Any:
            """Return that there is no key: the file is written anew for each check, and its tables have none."""
            return {"constrained_columns": [], "name": None}

    return cast("type[Dialect]", BufferedDialect)
