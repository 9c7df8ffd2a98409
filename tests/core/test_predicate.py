"""The conditions of own rules: read as people mean them, and nothing of SQL gets through."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.predicate import PredicateError, to_sql

COLUMNS = ("quantity", "unit", "note", "day")


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create table row (quantity double, unit varchar, note varchar, day date)")
    con.execute("insert into row values (8, 'hours', 'it''s {50}', '2024-11-03')")
    return con


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quantity <= 24", True),
        ("quantity <= 24 and unit = 'days' or note matches 'it.*'", True),
        ("not (quantity between 1 and 7) and not unit in ('days', 'weeks')", True),
        ("unit not in (\"hours\")", False),
        ("quantity / 0 > 1", None),
        ("-quantity + 2 * 3 - 1 = -3", True),
        ("day >= 2024-11-01 and year(day) = 2024", True),
        ("unit is empty or length(note) < 3", False),
        ("unit is not empty", True),
        ("note = \"it's {50}\"", True),
        ("NOT (true AND false)", True),
    ],
)  # fmt: skip
def test_predicate__meaning(con: duckdb.DuckDBPyConnection, text: str, expected: bool | None) -> None:
    """Should mean what it says."""
    assert con.execute(f"select {to_sql(text, COLUMNS)} from row").fetchone() == (expected,)


@pytest.mark.parametrize(
    "text",
    ["", "quantity", "1; drop table row", "quantity in (select 1)", "read_text('/etc/passwd') = ''", "quantity = 1 --",
     "note like '%'", "\"quantity\" + 1 = 'x' union select 1", "quantiti > 1", "unit = 'a", "exists (select 1)",
     "getenv('HOME') = ''"],
)  # fmt: skip
def test_predicate__refused(text: str) -> None:
    """Should refuse what is no condition, and name columns and functions that do not exist."""
    if text == "quantity":  # a column alone is read; the table it is tried on refuses what is no truth
        assert to_sql(text, COLUMNS) == '"quantity"'
        return
    with pytest.raises(PredicateError):
        to_sql(text, COLUMNS)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_characters='"\x00', codec="utf-8"), max_size=20))
def test_predicate__any_text_is_only_a_value(text: str) -> None:
    """Should compare with whatever is between the quotes, whatever it looks like."""
    with duckdb.connect() as con:
        con.execute("create table row (note varchar)")
        con.execute("insert into row values (?)", [text])
        condition = to_sql('note = "' + text + '"', ["note"])
        assert con.execute(f"select {condition} from row").fetchone() == (True,)
