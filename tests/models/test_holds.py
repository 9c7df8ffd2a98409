"""The test of a table's rules: what it finds, and what it lets pass."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import jinja2
import pytest

ROOT = Path(__file__).parents[2]


def _holds(values: str, **rules: object) -> list[tuple[str, str]]:
    """Return what the test ``holds`` finds in a table of the columns k and v."""
    text = (ROOT / "core/macros/test_holds.sql").read_text(encoding="utf-8")
    body = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(re.sub(r"\{% (end)?test[^%]*%\}", "", text))
    given = {"unique": [], "filled": [], "always": [], "refers": {}} | rules
    return duckdb.sql(body.render(model=f"(values {values}) as t (k, v)", **given)).fetchall()


@pytest.mark.parametrize("values", ["(1, 'a'), (1, 'b'), (2, 'a'), (null, 'a'), (2, null)", "(1, 'a')"])
def test_holds__unique(values: str) -> None:
    """Should pass keys that differ in one column."""
    assert _holds(values, unique=["k", "v"]) == []


def test_holds__repeated() -> None:
    """Should name every key that is there twice, also where a part of it is null."""
    found = _holds("(1, 'a'), (1, 'a'), (null, 'b'), (null, 'b'), (2, 'c')", unique=["k", "v"])
    rule = "no two rows have the same k, v"
    assert sorted(found) == [(rule, "k 1, v a"), (rule, "k null, v b")]


@pytest.mark.parametrize(("value", "found"), [("1", []), ("-1", [("k > 0", "rows that break it: 1")]), ("null", [])])
def test_holds__null_is_not_estimable(value: str, found: list[tuple[str, str]]) -> None:
    """Should fail a false row and pass a null one."""
    assert _holds(f"({value}::int, 'a'), (2, 'b')", always=["k > 0", "v in ('a', 'b')"]) == found


def test_holds__filled() -> None:
    """Should name the column with nulls, and only it."""
    found = _holds("(1, null), (2, null)", filled=["k", "v"])
    assert found == [("v is not null", "rows that break it: 2")]


@pytest.mark.parametrize("but", [None, "none"])
def test_holds__refers(but: str | None) -> None:
    """Should name each value that is in no row of the other table; null refers to nothing, nor does a stated value."""

    class Relation(str):
        identifier = "dim"

    other = Relation("(values ('a'), (null)) as dim (code)")
    found = _holds(
        "(1, 'a'), (2, 'x'), (3, 'x'), (4, null), (5, 'none')", refers={"v": {"to": other, "field": "code", "but": but}}
    )
    rule = "v is a code of dim"
    assert sorted(found) == [(rule, value) for value in (["x"] if but else ["none", "x"])]
