from __future__ import annotations

from pathlib import Path

import pytest

from melflow.core.warehouse import connect
from melflow.expectations.gx_on_duckdb import buffered_url


def _numbers(path: Path, url: str) -> object:
    """Return GX's result of one expectation on a table of three numbers, read through the address."""
    import great_expectations as gx

    with connect(path) as con:
        con.execute("create or replace table number as select unnest([1, 2, null]) as n")
    source = gx.get_context(mode="ephemeral").data_sources.add_sql("numbers", connection_string=url)
    batch = source.add_table_asset("number", table_name="number").add_batch_definition_whole_table("all").get_batch()
    try:
        return batch.validate(gx.expectations.ExpectColumnValuesToNotBeNull(column="n")).result
    finally:
        source.get_execution_engine().close()


@pytest.mark.slow
def test_buffered_url__rows_reach_gx(tmp_path: Path) -> None:
    """Should let GX read the counts it asked for."""
    path = tmp_path / "numbers.duckdb"
    assert _numbers(path, buffered_url(path))["unexpected_count"] == 1


@pytest.mark.slow
def test_buffered_url__still_needed(tmp_path: Path) -> None:
    """Should fail once GX reads DuckDB without the remedy: then gx_on_duckdb.py can go."""
    path = tmp_path / "numbers.duckdb"
    assert "unexpected_count" not in _numbers(path, f"duckdb:///{path}")


def test_buffered_url__any_path(tmp_path: Path) -> None:
    """Should open a file whose name has blanks, signs and letters of any language, and be safe to ask for twice."""
    import sqlalchemy as sa

    path = tmp_path / "año 50% #1.duckdb"
    for _ in range(2):
        engine = sa.create_engine(buffered_url(path))
        with engine.connect() as con:
            assert con.execute(sa.text("select 1")).scalar() == 1
        engine.dispose()
    assert path.exists()
