"""A held figure is gone: from every later edition and every format, and nothing that is left tells it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest
from fake_release import HOSTILE, make_release, make_report, make_workspace

from melflow.reports import columns
from melflow.reports.answer import Answer
from melflow.reports.edition import Edition, render
from melflow.reports.edition_data import HELD, EditionData
from melflow.reports.figure_keys import keys_of
from melflow.reports.holds import withheld
from melflow.reports.read import read
from melflow.reports.verify import verify

BEFORE, NOW, NEXT = "2025-H1", "2025-H2", "2026-H1"
PAIR = "alpha--beta"
#: The held number in the first release and in the second.
OLD, NEW = 71.3917, 64.2871
#: Totals and parts beside the pairs of the made-up release: table, then its rows.
ROWS: dict[str, list[dict[str, Any]]] = {
    "pub_power_balance": [
        {"scope": "dyad", "scope_id": PAIR, "period_id": NOW, "resource": resource, "total": 40.0}
        for resource in ("budget", "hosting")
    ] + [{"scope": "alliance", "scope_id": "alliance", "period_id": NOW, "resource": "budget", "total": 90.0}],
    "pub_health_strata": [
        {"attribute": "set_up", "stratum": stratum, "dimension": dimension, "period_id": NOW, "mean_score": 61.5}
        for stratum in ("imposed", "chosen") for dimension in ("trust", "mistrust", "composite")
    ],
    "pub_mutuality_dyad": [
        {"dyad_id": PAIR, "period_id": NOW, "measure": measure, "channel": channel, "flow_total": 11.0}
        for measure, channel in (("events", "visit"), ("events", "call"), ("hours", "visit"), ("hours", "all"))
    ],
    "pub_needs_baseline": [
        {"scope": scope, "scope_id": name, "topic": topic, "period_id": NOW, "gap": 12.0, "n_respondents": 30}
        for scope, name in (("alliance", "alliance"), ("country", "CO"), ("partner", "alpha"), ("partner", "beta"))
        for topic in ("data", "money")
    ],
    "pub_entry_profile": [
        {"scope": scope, "scope_id": name, "item": item, "score": 55.0}
        for scope, name in (("alliance", "alliance"), ("partner", "alpha"), ("partner", "beta"))
        for item in ("all", "one", "two")
    ],
    "pub_indicator_progress": [
        {"scope": "alliance" if partner == "alliance" else "partner", "indicator_id": "I1", "partner_id": partner,
         "period_id": period, "disaggregation": "total", "actual": 5.0, "cumulated_value": 9.0}
        for partner in ("alliance", "alpha", "beta") for period in (BEFORE, NOW, NEXT)
    ],
}  # fmt: skip


def change(folder: Path, statements: str) -> None:
    with duckdb.connect(str(folder / "melflow.duckdb")) as con:
        con.execute(statements)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release with one number that is like no other."""
    folder = make_release(tmp_path_factory.mktemp("releases") / "0001-aaaaaaaa", HOSTILE, n_dyads=4)
    change(folder, f"update release_info set release_id = '{folder.name}'; {number(OLD)}")
    return folder


def number(value: float) -> str:
    at = f"dyad_id = '{PAIR}' and dimension = 'trust' and period_id = '{NOW}'"
    return (
        f"update pub_partnership_health set score = {value} where {at} and rater_side = 'A_of_B';"
        f"update pub_health_dyad set score_a_of_b = {value} where {at}"
    )


@pytest.fixture(scope="module")
def whole(first: Path) -> EditionData:
    """Return its data, with figures that add up."""
    data = read(first, NEXT, "funder", {})
    gap = data.tables["pub_health_dyad"].filter(dyad_id=PAIR, dimension="trust", period_id=NOW)["gap"][0]
    added = {}
    for table, rows in ROWS.items():
        schema = {column.name: column.dtype for column in columns.TABLES[table]}
        full = [{"is_suppressed": False, "publish_level": "funder"} | row for row in rows]
        added[table] = pl.concat([data.tables[table], pl.DataFrame(full, schema=schema)])
    felt = pl.when(scope="dyad").then(gap)
    added["pub_power_balance"] = added["pub_power_balance"].with_columns(perceived_influence_gap=felt)
    return replace(data, tables={**data.tables, **added})


def held(data: EditionData, table: str, period_id: str | None = NOW, **keys: str) -> EditionData:
    """Return what is left when the one row with some keys is held."""
    frame = data.tables[table]
    [row] = frame.filter(**keys, **({"period_id": period_id} if period_id else {})).to_dicts()
    said = Answer("alpha", table, keys_of(table, row), "objection", "No.", "2026-01-02", True, period_id or NOW)
    return withheld(data, [said])


def shown(data: EditionData, table: str, *names: str, **where: str) -> list[Any]:
    """Return the keys of the rows that still have their numbers."""
    frame = data.tables[table].filter(~pl.col("is_suppressed"), **where)
    return sorted(frame.select(*names).rows() if len(names) > 1 else frame[names[0]].to_list())


def test_withheld__a_view_of_a_pair(whole: EditionData) -> None:
    """Should leave no gap in felt influence, no stratum and no mean with it; the pair's other figures stay."""
    left = held(whole, "pub_partnership_health", dyad_id=PAIR, dimension="trust", rater_side="A_of_B")
    at = {"dyad_id": PAIR, "period_id": NOW}
    assert set(shown(left, "pub_health_dyad", "dimension", **at)) == {"mistrust", "mutual_benefit"}
    assert set(shown(left, "pub_partnership_health", "dimension", **at)) == {"mistrust", "mutual_benefit"}
    assert shown(left, "pub_health_strata", "stratum", "dimension") == [("chosen", "mistrust"), ("imposed", "mistrust")]
    power = left.tables["pub_power_balance"]
    assert power["perceived_influence_gap"].null_count() == 3 and power["total"].null_count() == 0
    for table in ("pub_health_dyad", "pub_partnership_health"):
        others = pl.col("period_id") != NOW
        assert left.tables[table].filter(others).equals(whole.tables[table].filter(others))


def test_withheld__a_mean(whole: EditionData) -> None:
    """Should leave none of the dimensions a composite is the mean of, and none of the strata of the period."""
    left = held(whole, "pub_health_dyad", dyad_id=PAIR, dimension="composite")
    for table in ("pub_health_dyad", "pub_partnership_health"):
        assert shown(left, table, "dimension", dyad_id=PAIR, period_id=NOW) == []
    assert shown(left, "pub_health_strata", "stratum") == []


def test_withheld__felt_influence(whole: EditionData) -> None:
    """Should leave the dimension of health whose gap it is in no table."""
    left = held(whole, "pub_power_balance", scope_id=PAIR, resource="budget")
    assert left.tables["pub_power_balance"]["perceived_influence_gap"].null_count() == 3
    assert shown(left, "pub_power_balance", "scope", "resource") == [("dyad", "hosting")]
    assert "trust" not in shown(left, "pub_health_dyad", "dimension", dyad_id=PAIR, period_id=NOW)
    assert "mistrust" in shown(left, "pub_health_dyad", "dimension", dyad_id=PAIR, period_id=NOW)


@pytest.mark.parametrize(("channel", "left"), [("visit", {"call"}), ("all", set())])
def test_withheld__channels(whole: EditionData, channel: str, left: set[str]) -> None:
    """Should take the sum with a part, and all parts with their sum; not what is counted otherwise."""
    data = held(whole, "pub_mutuality_dyad", dyad_id=PAIR, measure="events", channel=channel)
    at = {"dyad_id": PAIR, "period_id": NOW}
    assert set(shown(data, "pub_mutuality_dyad", "channel", measure="events", **at)) == left
    assert len(shown(data, "pub_mutuality_dyad", "channel", measure="hours", **at)) == 2


def test_withheld__totals_of_partners(whole: EditionData) -> None:
    """Should take the totals of a topic with a partner's, and of an item with the scale it is in; others stay."""
    left = held(whole, "pub_needs_baseline", scope_id="alpha", topic="data")
    assert shown(left, "pub_needs_baseline", "scope_id", topic="data") == ["beta"]
    assert shown(left, "pub_needs_baseline", "scope_id", topic="money") == ["CO", "alliance", "alpha", "beta"]
    left = held(whole, "pub_entry_profile", None, scope_id="alpha", item="one")
    two = [("alliance", "two"), ("alpha", "two")]
    assert shown(left, "pub_entry_profile", "scope_id", "item") == [
        *two, ("beta", "all"), ("beta", "one"), ("beta", "two")
    ]  # fmt: skip


def test_withheld__what_adds_up_over_periods(whole: EditionData) -> None:
    """Should leave nothing to date in later periods, from which the held part could be taken."""
    left = held(whole, "pub_indicator_progress", partner_id="alpha").tables["pub_indicator_progress"]
    of = {(row["partner_id"], row["period_id"]): (row["actual"], row["cumulated_value"]) for row in left.to_dicts()}
    for partner in ("alpha", "alliance"):
        assert [of[partner, period] for period in (BEFORE, NOW, NEXT)] == [(5.0, 9.0), (None, None), (5.0, None)]
    assert {of["beta", period] for period in (BEFORE, NOW, NEXT)} == {(5.0, 9.0)}


@pytest.mark.parametrize("table", list(ROWS))
def test_withheld__says_so_once(whole: EditionData, table: str) -> None:
    """Should give the partner's request as the reason where a number was, and change no other table's rows."""
    left = held(whole, "pub_health_dyad", dyad_id=PAIR, dimension="trust").tables[table]
    now_gone = left["is_suppressed"] & ~whole.tables[table]["is_suppressed"]
    assert set(left.filter(now_gone)["n_suppressed_reason"]) <= {HELD}
    assert now_gone.any() == (table == "pub_health_strata")


def texts(edition: Edition) -> str:
    """Return everything a reader of an edition may read, numbers as they are."""
    found = [edition.files["html"].read_text("utf-8")]
    book = openpyxl.load_workbook(edition.files["xlsx"])
    found += [str(row) for sheet in book for row in sheet.iter_rows(values_only=True)]
    with zipfile.ZipFile(edition.files["annex"]) as package:
        found += [package.read(name).decode("utf-8") for name in package.namelist() if name.endswith(".csv")]
    return "\n".join(found)


@pytest.mark.parametrize("is_held", [True, False])
def test_editions__of_the_next_period(first: Path, tmp_path: Path, is_held: bool) -> None:
    """Should print a number held in one period neither in the next period's trend nor as a restatement."""
    second = first.parent / "0002-bbbbbbbb"
    if not second.exists():
        second.mkdir()
        (second / "melflow.duckdb").write_bytes((first / "melflow.duckdb").read_bytes())
        change(second, f"update release_info set release_id = '{second.name}'; {number(NEW)}")
    keys = json.dumps({"dyad_id": PAIR, "rater_side": "A_of_B", "dimension": "trust"})
    said = Answer("alpha", "pub_partnership_health", keys, "objection", "Not so.", "2026-01-02", is_held, NOW)
    made: Callable[[Path, str], Edition] = lambda release, period: render(  # noqa: E731
        release, make_report(sections=["health", "changes"], formats=["html", "xlsx", "annex"]), make_workspace(),
        period, tmp_path, replies=(said,),
    )  # fmt: skip
    before = texts(made(first, NOW))
    edition = made(second, NEXT)
    text = texts(edition)
    assert ("Not so." in before, "Not so." in text) == (True, False)
    assert (str(OLD) in before, str(NEW) in text) == (not is_held, not is_held)
    assert (str(OLD) in text) != is_held
    assert set(verify(edition.folder, second)) == {path.name for path in edition.files.values()}
