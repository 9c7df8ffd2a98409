"""Rules of a workspace: judged at the door like those that ship, refused before anything moves when they cannot be."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from melflow.core.errors import WorkspaceError
from melflow.core.workspace import Workspace, load_workspace
from melflow.expectations.check import check
from melflow.expectations.reference import Reference
from melflow.flows.own_rules import own_rules
from melflow.sources.canonical import TABLES, conform, empty

WORDS = "reason: r\n    message: 'It says {seen}.'\n    remedy: Look at it.\n"
RULES = f"""rules:
  - id: day_has_24_hours
    severity: error
    holds: quantity <= 24
    among: unit = 'hours'
    seen: quantity
    {WORDS}
  - id: topic_listed
    expect: expect_column_values_to_be_in_set
    kwargs: {{column: topic_id, value_set: [water, "it's"]}}
    seen: topic_id
    {WORDS}"""


def workspace(folder: Path, rules: str, name: str = "src_exchange") -> Workspace:
    (folder / "melflow.toml").write_text(
        '[alliance]\nid = "a"\nname = "A"\n[calendar]\nkind = "half-year"\nfirst = "2024-H2"\nlast = "2024-H2"\n',
        "utf-8",
    )
    (folder / "partners.csv").write_text(
        "partner_id,name,type,country,joined_on,left_on,contact,language\n", encoding="utf-8"
    )
    (folder / "partnerships.yml").write_text("partnerships: []\n", encoding="utf-8")
    (folder / "expectations").mkdir()
    (folder / "expectations" / f"{name}.yml").write_text(rules, encoding="utf-8")
    return load_workspace(folder)


def test_own_rules__judged(tmp_path: Path) -> None:
    """Should hold what breaks an error, count what breaks a warning, and leave alone what it is not about."""
    shared = {"occurred_on": date(2024, 11, 3), "period_id": "2024-H2", "from_partner_id": "a", "to_partner_id": "b",
              "from_partner_raw": "a", "to_partner_raw": "b", "kind": "advice", "channel": "online", "load_id": "l",
              "source_file": "log.csv", "quantity_raw": "1", "occurred_on_raw": "x"}  # fmt: skip
    rows = [("long", 30.0, "hours", "water"), ("fine", 8.0, "hours", "it's"), ("events", 30.0, "events", "roads")]
    frame = pl.DataFrame(
        [shared | {"row_id": name, "exchange_id": name, "quantity": quantity, "unit": unit, "topic_id": topic}
         for name, quantity, unit, topic in rows]
    )  # fmt: skip
    reference = Reference(
        frozenset("ab"), {"2024-H2": (date(2024, 7, 1), date(2024, 12, 31))}, dyads={"a--b": ("a", "b")}
    )
    forms = {name: empty(name) for name in ("src_instrument", "src_item", "src_choice")}
    found = check({"src_exchange": conform("src_exchange", frame)}, forms, reference,
                  own=own_rules(workspace(tmp_path, RULES)))  # fmt: skip
    assert found.held.select("row_id", "rule_id", "message").rows() == [("long", "own:day_has_24_hours", "It says 30.")]
    counts = found.results.filter(pl.col("rule_id").str.starts_with("own:")).select("rule_id", "n_checked", "n_failed")
    assert sorted(counts.rows()) == [("own:day_has_24_hours", 2, 1), ("own:topic_listed", 3, 1)]
    assert set(TABLES) >= set(load_workspace(tmp_path).rules)


@pytest.mark.parametrize(
    ("name", "rules", "seen"),
    [
        ("src_exchange", f"rules:\n  - id: a\n    holds: quantiti <= 24\n    {WORDS}", "quantiti"),
        ("src_exchange", f"rules:\n  - id: a\n    holds: quantity <= 'few'\n    seen: unit\n    {WORDS}", "few"),
        ("exchange", RULES, "no table exchange"),
    ],
)
def test_own_rules__refused_before_anything_moves(tmp_path: Path, name: str, rules: str, seen: str) -> None:
    """Should say which file, which rule, and what exists."""
    made = workspace(tmp_path, rules.replace("quantiti <= 24\n", "quantiti <= 24\n    seen: unit\n"), name)
    with pytest.raises(WorkspaceError, match=seen) as told:
        own_rules(made)
    assert f"expectations/{name}.yml" in str(told.value)


@pytest.mark.parametrize(
    "rule",
    ["holds: quantity <= 24; drop table x", "holds: '1 = 1'\n    expect: expect_column_values_to_be_null",
     "expect: expect_table_row_count_to_equal\n    kwargs: {value: 1}",
     "expect: expect_column_values_to_be_null\n    kwargs: {column: unit, row_condition: x}",
     "severity: gate\n    holds: quantity <= 24"],
)  # fmt: skip
def test_own_rules__refused_by_the_file(tmp_path: Path, rule: str) -> None:
    """Should refuse SQL, two things at once, types that judge no rows, and a gate without a limit; with the line."""
    with pytest.raises(WorkspaceError, match=r"expectations/src_exchange\.yml:"):
        workspace(tmp_path, f"rules:\n  - id: a\n    {rule}\n    seen: unit\n    {WORDS}")
