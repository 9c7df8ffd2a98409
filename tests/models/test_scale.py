"""No model compares everything with everything: what is harmless in a small alliance stops a large one."""

from __future__ import annotations

from pathlib import Path

import duckdb


def test_plans__no_join_of_every_pair(built: Path) -> None:
    """Should have a key in every join: without one DuckDB compares each row of one side with each of the other."""
    folder = built.parent / "dbt" / "target" / "compiled" / "melflow" / "models"
    # beside the models lie their tests, in folders called like the .yml files
    compiled = [path for path in folder.rglob("*.sql") if ".yml" not in str(path.relative_to(folder))]
    assert len(compiled) > 50
    with duckdb.connect(str(built), read_only=True) as con:
        plans = {path.stem: con.execute("explain " + path.read_text()).fetchall()[0][1] for path in compiled}
    assert not [name for name, plan in plans.items() if "BLOCKWISE_NL_JOIN" in plan]
