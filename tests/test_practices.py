"""docs/practices.md says what serves each practice; what it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

import pytest
import yaml

from melflow.core.workspace.report import Section

ROOT = Path(__file__).resolve().parent.parent
PRACTICES = ROOT / "docs" / "practices.md"
#: Rows of part A of the measures.
N_PRACTICES = 51


class Practice(NamedTuple):
    """A line of the table."""

    number: int
    sources: frozenset[str]
    columns: frozenset[str]
    sections: frozenset[str]
    tests: frozenset[str]


def _named(cell: str) -> frozenset[str]:
    return frozenset(re.findall(r"`([^`]+)`", cell))


@cache
def practices() -> list[Practice]:
    """Return the lines of the table, by their first cell."""
    lines = re.findall(r"^\| (\d+) \|(.+)\|$", PRACTICES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = []
    for number, rest in lines:
        _, source, column, section, test = rest.split(" | ")
        found.append(Practice(int(number), *map(_named, (source, column, section, test))))
    return found


@cache
def mart_columns() -> set[str]:
    """Return ``mart`` and ``mart.column`` of everything dbt's contracts name."""
    models = [
        model
        for path in sorted((ROOT / "models" / "marts").glob("*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    ]
    known = {model["name"] for model in models}
    return known | {f"{model['name']}.{column['name']}" for model in models for column in model["columns"]}


@cache
def named_tests(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_practices__each_once() -> None:
    """Should have one line for every practice."""
    assert [practice.number for practice in practices()] == list(range(1, N_PRACTICES + 1))


@pytest.mark.parametrize("practice", practices(), ids=lambda practice: f"row {practice.number}")
def test_practices__what_is_named_exists(practice: Practice) -> None:
    """Should name a source of the example, columns of marts, sections of reports and tests that there are."""
    example = ROOT / "examples" / "alliance"
    assert practice.sources and practice.columns and practice.sections and practice.tests
    assert not {name for name in practice.sources if not (example / name).exists()}
    assert practice.columns <= mart_columns()
    assert practice.sections <= set(get_args(Section))
    for test in practice.tests:
        path, _, name = test.partition("::")
        assert name in named_tests(path), test
