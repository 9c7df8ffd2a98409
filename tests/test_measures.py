"""The reader's guide keeps up with the marts: every column, every formula."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
EVERYWHERE = "Columns of every mart"


@cache
def columns() -> dict[str, list[str]]:
    """Return the columns of each mart, as dbt's contract has them."""
    models = [
        model
        for path in sorted((ROOT / "models" / "marts").glob("mart_*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    ]
    return {model["name"]: [column["name"] for column in model["columns"]] for model in models}


@cache
def sections() -> dict[str, str]:
    """Return the text of each section by its heading."""
    parts = re.split(r"^## (.+)$", GUIDE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def told(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


@pytest.mark.parametrize("mart", columns())
def test_measures__every_column_is_explained(mart: str) -> None:
    """Should name every column of the mart in a section about it, and no column that it does not have."""
    about = [text for heading, text in sections().items() if f"`{mart}`" in heading]
    assert about, f"docs/measures.md has no section about {mart}"
    known = told(sections()[EVERYWHERE]).union(*map(told, about))
    assert set(columns()[mart]) <= known


@pytest.mark.parametrize("heading", [heading for heading in sections() if "`mart_" in heading])
def test_measures__tables_name_real_columns(heading: str) -> None:
    """Should have no row about a column that is gone."""
    marts = set(re.findall(r"`(mart_\w+)`", heading))
    assert marts <= set(columns())
    rows = re.findall(r"^\| (`.+?) \|", sections()[heading], flags=re.MULTILINE)
    real = {column for mart in marts for column in columns()[mart]}
    assert rows and set().union(*map(told, rows)) <= real


def test_measures__every_formula_is_written_out() -> None:
    """Should set out each formula that a mart stamps on its rows, or name it as part of one that is."""
    stamped = {
        number
        for path in (ROOT / "models").rglob("*.sql")
        for found in re.findall(r"stamp\('([^']+)'\)", path.read_text(encoding="utf-8"))
        for number in found.split(",")
    }
    assert stamped
    explained = set(re.findall(r"\*\*(?:Formulas \()?(F\d+b?)\)?\.?\*\*", GUIDE))
    assert stamped - {"none"} <= explained  # counts are made with no formula


def test_measures__each_mart_says_how_to_read_it_and_what_not_to_conclude() -> None:
    """Should warn as well as explain, in every section about a mart with numbers about partners."""
    for heading, text in sections().items():
        if "`mart_" in heading:
            assert "**Read it" in text, heading
            assert "**Do not conclude**" in text, heading


def test_measures__math_is_balanced() -> None:
    """Should open and close every formula, so that none swallows the text behind it."""
    for heading, text in sections().items():
        blocks = text.split("$$")
        assert len(blocks) % 2 == 1, heading
        outside = "".join(blocks[::2])
        assert all(line.count("$") % 2 == 0 for line in re.split(r"\n\n|\n\|", outside)), heading
        for formula in blocks[1::2]:
            assert not re.search(r"\\[^A-Za-z ]", formula), f"Markdown takes the backslash away: {formula}"
            assert formula.count("{") == formula.count("}"), formula
            assert formula.count(r"\left") - formula.count(r"\leftrightarrow") == formula.count(r"\right"), formula
