"""What the models declare: their grain, keys and rules; nothing in vain, and nothing that nobody enforces."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from melflow.core.warehouse import connect

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"


def _declared() -> dict[str, dict[str, Any]]:
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in MODELS.rglob("*.yml")]
    return {model["name"]: model for file in files for model in file.get("models", [])}


def test_models__declared_with_their_grain() -> None:
    """Should describe every model, and end or contain the description with its grain."""
    files = {path.stem for path in MODELS.rglob("*") if path.suffix in (".sql", ".py")}
    declared = _declared()
    assert set(declared) == files
    assert [name for name, model in declared.items() if "One row per" not in str(model["description"])] == []


def test_models__spelling_that_dbt_drops_in_silence() -> None:
    """Should never write data-tests with a hyphen: dbt ignores it without a word."""
    assert [path.name for path in MODELS.rglob("*.yml") if "data-tests" in path.read_text(encoding="utf-8")] == []


def test_declared__used() -> None:
    """Should use every source table and every shared column text."""
    sql = "\n".join(path.read_text(encoding="utf-8") for path in MODELS.rglob("*.sql"))
    texts = "\n".join(path.read_text(encoding="utf-8") for path in MODELS.rglob("*.yml"))
    tables = yaml.safe_load((MODELS / "staging/__sources.yml").read_text(encoding="utf-8"))["sources"][0]["tables"]
    assert [table["name"] for table in tables if f"source('raw', '{table['name']}')" not in sql] == []
    blocks = re.findall(r"\{% docs (\w+) %\}", (MODELS / "columns.md").read_text(encoding="utf-8"))
    assert [block for block in blocks if f"doc('{block}')" not in texts] == []


def _folder(name: str) -> str:
    return next(path.parent.name for path in MODELS.rglob(f"{name}.*") if path.suffix in (".sql", ".py"))


def _rules(model: dict[str, Any]) -> dict[str, Any]:
    """Return the rules of all of a model's tests ``holds`` as one."""
    tests = [test["holds"]["arguments"] for test in model.get("data_tests", [])]
    return {name: value for test in tests for name, value in test.items()}


def test_tables__have_a_key_that_is_tested() -> None:
    """Should test that the rows of every table analysts read differ in the columns of its grain."""
    shown = {name: model for name, model in _declared().items() if _folder(name) in ("marts", "publish")}
    assert len(shown) > 90
    assert [name for name, model in shown.items() if not _rules(model).get("unique")] == []


def test_tables__refer_to_a_period() -> None:
    """Should test in every mart that its periods exist; publish copies what the marts hold."""
    loose = [
        name
        for name, model in _declared().items()
        if name.startswith("mart_")
        and any(column["name"] == "period_id" for column in model["columns"])
        and _rules(model).get("refers", {}).get("period_id", {}).get("to") != "ref('dim_period')"
    ]
    assert loose == []


def test_rules__where_they_are_enforced() -> None:
    """Should give rules as tests of tables, one per table, or as constraints where a contract is enforced."""
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["models"]["melflow"]
    enforced = {folder for folder, told in project.items() if told.get("+contract") == {"enforced": True}}
    for name, model in _declared().items():
        columns = model.get("columns", [])
        assert [column["name"] for column in columns if "data_tests" in column] == [], name
        if _folder(name) not in enforced:
            assert not any("constraints" in told for told in [model, *columns]), f"{name}: nobody would enforce them"
    assert enforced == {"marts", "publish"}


@pytest.mark.slow
def test_constraints__in_the_warehouse(built: Path) -> None:
    """Should find every declared check and fill in the tables themselves, so that no row can break one."""
    with connect(built, read_only=True) as con:
        rows = con.execute(
            """
            select
                table_name,
                count(*) filter (where constraint_type = 'CHECK'),
                count(*) filter (where constraint_type = 'NOT NULL')
            from duckdb_constraints() where schema_name in ('marts', 'publish') group by table_name
            """
        ).fetchall()
    found = {table: (checks, fills) for table, checks, fills in rows}
    for name, model in _declared().items():
        if _folder(name) in ("marts", "publish"):
            all_of_it = [
                *model.get("constraints", []),
                *(one for column in model["columns"] for one in column.get("constraints", [])),
            ]
            kinds = [one["type"] for one in all_of_it]
            assert found[name] == (kinds.count("check"), kinds.count("not_null")), name


@pytest.mark.slow
def test_constraints__refuse_a_row(built: Path) -> None:
    """Should refuse a row that breaks a rule across its columns, and one that breaks a rule of a single one."""
    with connect(built) as con:
        for wrong in ("partner_a = 'zz', partner_b = 'aa'", "publish_level = 'everybody'"):
            con.execute("begin")
            with pytest.raises(duckdb.ConstraintException, match="CHECK constraint failed"):
                con.execute(f"update marts.dim_dyad set {wrong}")
            con.execute("rollback")
