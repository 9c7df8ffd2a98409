"""Every number of every table of every section equals its mart, in every format, once rounded where printed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import openpyxl
import polars as pl
import pypdf
import pytest
from fake_release import HOSTILE
from lxml import etree, html
from printed import DASH, pair
from printed_charts import CALLED, CHARTS, SENTENCES
from printed_tables import NOW, TABLES

from melflow.core.warehouse import open_release
from melflow.reports import columns
from melflow.reports.columns_change import PERIODS
from melflow.reports.edition import Edition
from melflow.reports.phrases import say
from melflow.reports.sections import SECTIONS

Rows = list[list[str]]
ALPHA, BETA, GAMMA = (HOSTILE[key] for key in ("alpha", "beta", "gamma"))
#: Rows of these tables that are no numbers but why there are none.
REASONS: dict[str, Rows] = {
    "Results of the alliance": [["PT-06 Result 3", "people", "not added up: no target"]],
    "Overall associations": [["health, then results", "Composite", "2", "5", "fewer than 8 dyads"]],
    "Associations of pairs": [["health, then results", "Composite", "2", "5", "fewer than 8 dyads"]],
    "What people say": [["Stories", "suppressed"]],
}
PERCENT, MINUS = "\N{NO-BREAK SPACE}%", "\N{MINUS SIGN}"
#: Tables whose rows are made from several rows of a mart, as the fixture's rows make them.
SEVERAL: dict[str, Rows] = {
    "In their own words": [[f"{ALPHA}, from {BETA}", "Title 0. Words of story 0."],
                           [f"{BETA}, from {HOSTILE['delta']}", "Title 1. Words of story 1."],
                           ["An answer in a survey", "We came to teach."]],
    "Roles in the cycles": [["Water, round 0", "questions", f"{ALPHA}: lead; {BETA}: lead, seen as active"]],
    "What partners asked for": [[ALPHA, "Adaptive <b>capacity</b>: Meters",
                                 "Adaptive <b>capacity</b>: Meters; Adaptive <b>capacity</b>: Tariffs", "1 → 2"]],
    "What participants said": [["Field day", "34 of 43", f"34{PERCENT} (26{PERCENT} to 43{PERCENT})",
                                f"14 ({MINUS}6 to 33)"],
                               ["Small day", "suppressed"],
                               ["All events", "61 of 70", f"61{PERCENT} (47{PERCENT} to 76{PERCENT})",
                                "41 (21 to 60)"]],
    "What changed in version 2": [["Visits → Trust", "assumed", "supported (status changed)", "Tried [claims 7]"],
                                  ["Visits → Repairs", "assumed", "dropped", DASH]],
    "Figures that changed": [["Power, in all, of the alliance, Minutes spoken, Jan-Jun 2026", "1,012.0", "1,045.0",
                              "data behind it came late, were corrected or withdrawn"]],
}  # fmt: skip
#: Words alone, in none of which a number of a mart stands.
WORDS = {"Formulas", "What this report is made from", "Words and what they mean"}


def marts(release: Path, query: str) -> list[dict[str, Any]]:
    with open_release(release) as con:
        return con.execute(query).pl().to_dicts()


@pytest.fixture(scope="module")
def page(whole: Edition) -> Any:
    return html.fromstring(whole.files["html"].read_text("utf-8"))


@pytest.fixture(scope="module")
def tables(page: Any) -> dict[str, Rows]:
    """Title -> rows of the page's tables; their names begin with the table's number."""
    return {
        re.sub(r"^Table \d+", "", table.find("caption").text_content()): [
            [cell.text_content() for cell in row] for row in table.find("tbody").iter("tr")
        ]
        for table in page.iter("table")
    }


def test_edition__has_every_section(whole: Edition, page: Any) -> None:
    """Should have every section a report can name, none of them blank, each table of it held below."""
    assert set(whole.sections) == {*SECTIONS, "glossary", "annex"}
    assert [one.get("class") for one in page.xpath("//section[@id!='annex']/p[1]")] == ["question"] * len(
        [*SECTIONS, "glossary"]
    )
    titles = [re.sub(r"^Table \d+", "", one.text_content()) for one in page.iter("caption")]
    known = (*TABLES, *SEVERAL, *WORDS)
    assert [title for title in titles if not title.startswith(known)] == []
    assert [start for start in known if not any(title.startswith(start) for title in titles)] == []


@pytest.mark.parametrize("title", TABLES)
def test_page__tables_equal_the_marts(tables: dict[str, Rows], whole_release: Path, title: str) -> None:
    """Should have a row for each row of the mart that may be shown, with its numbers rounded once."""
    spec = TABLES[title]
    wanted = []
    for row in marts(whole_release, f"from {spec.mart} where {spec.chosen}"):
        is_hidden = row.get("is_suppressed") and spec.names < len(spec.cells)
        cells = [made(row) for made in (spec.cells[: spec.names] if is_hidden else spec.cells)]
        wanted.append([*cells, "suppressed"] if is_hidden else cells)
    wanted += REASONS.get(title, [])
    (found,) = (rows for name, rows in tables.items() if name.startswith(title))
    assert sorted(found) == sorted(wanted) and found


@pytest.mark.parametrize("title", SEVERAL)
def test_page__tables_of_several_rows(tables: dict[str, Rows], title: str) -> None:
    """Should put what stands in several rows of a mart into one, number by number."""
    (found,) = (rows for name, rows in tables.items() if name.startswith(title))
    assert found == SEVERAL[title]


def test_word__tables_equal_the_page_s(tables: dict[str, Rows], whole: Edition) -> None:
    """Should have the page's tables, cell by cell."""
    found = [
        [[one.text for one, _ in pairwise_cells(row)] for row in table.rows[1:]]
        for table in docx.Document(str(whole.files["docx"])).tables
    ]
    assert found == list(tables.values())


def pairwise_cells(row: Any) -> list[tuple[Any, Any]]:
    """Return a row's cells, one that spans others once."""
    cells = [None, *row.cells]
    return [(one, before) for before, one in pairwise(cells) if before is None or one._tc is not before._tc]


def test_print__tables_equal_the_page_s(tables: dict[str, Rows], whole: Edition) -> None:
    """Should print every row of the page, its cells one after the other."""
    printed = re.sub(r"\s", "", "".join(one.extract_text() for one in pypdf.PdfReader(whole.files["pdf"]).pages))
    for rows in tables.values():
        for row in rows:
            assert re.sub(r"\s", "", "".join(row)) in printed, row


@pytest.fixture(scope="module")
def book(whole: Edition) -> dict[str, list[tuple[Any, ...]]]:
    read = openpyxl.load_workbook(io.BytesIO(whole.files["xlsx"].read_bytes()), read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in read}


def published(release: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows an edition shows of a mart: the period's where it has one, without what is withheld."""
    period = PERIODS.get(table, "period_id")
    at = f"where {period} = '2026-H1'" if any(column.name == "period_id" for column in columns.TABLES[table]) else ""
    rows = marts(
        release, f"select *, {period} as period_id from {table} {at}" if table in PERIODS else f"from {table} {at}"
    )
    hidden = columns.values(table)
    return [row | dict.fromkeys(hidden) if row["is_suppressed"] else row for row in rows]


@pytest.mark.parametrize("table", columns.TABLES)
def test_data__equal_the_marts(
    book: dict[str, list[tuple[Any, ...]]], whole: Edition, whole_release: Path, table: str
) -> None:
    """Should hold every row of every mart unrounded: in the workbook, in CSV and in Parquet."""
    names = [column.name for column in columns.TABLES[table] if column.name != "is_suppressed"]
    wanted = sorted(str([plain(row[name]) for name in names]) for row in published(whole_release, table))
    head, *rows = book[say("en", f"figure_of.{table.removeprefix('pub_')}")]
    sheet = [dict(zip(head, row, strict=True)) for row in rows]
    assert sorted(str([plain(row[name]) for name in names]) for row in sheet) == wanted and wanted
    with zipfile.ZipFile(whole.files["annex"]) as archive:
        parquet = pl.read_parquet(archive.read(f"data/{table}.parquet"))
        csv = pl.read_csv(archive.read(f"data/{table}.csv"), schema=parquet.schema)
    for frame in (parquet, csv):
        assert sorted(str([plain(row[name]) for name in names]) for row in frame.to_dicts()) == wanted


def plain(value: Any) -> Any:
    """Return a value as all of these formats can hold it: a workbook knows no whole numbers, and days are texts."""
    if isinstance(value, bool) or value is None:
        return value
    return float(f"{value:.13g}") if isinstance(value, int | float) else str(value)


def test_iati__figures_equal_the_mart(whole: Edition, whole_release: Path) -> None:
    """Should have each target and actual of the alliance's totals, and no value where it is withheld or missing."""
    rows = marts(whole_release, f"from pub_indicator_progress where {NOW} and scope = 'alliance' order by indicator_id")
    wanted = {
        (row["indicator_id"], kind): None if row["is_suppressed"] else row[name]
        for row in rows
        for kind, name in (("target", "target_in_force"), ("actual", "actual"))
    }
    found = {}
    for one in etree.parse(whole.files["iati"]).iter("indicator"):
        last = one.findall("period")[-1]
        for kind in ("target", "actual"):
            value = last.find(kind).get("value")
            found[one.find("reference").get("code"), kind] = None if value is None else float(value)
    assert found == wanted and len([value for value in found.values() if value is not None]) > 4
    spoken = etree.parse(whole.files["iati"]).xpath("//description/narrative[@xml:lang='es']/text()")
    assert spoken[0].startswith("Diez organizaciones, una agenda.")


@pytest.mark.parametrize("key", CHARTS)
def test_chart__points_equal_the_marts(page: Any, whole_release: Path, key: str) -> None:
    """Should tell at each point the mart's values of its row, rounded once, and have a point for every row."""
    mart, chosen, told, naming = CHARTS[key]
    rows = marts(whole_release, f"from {mart} where {chosen}")
    wanted = {
        ", ".join(pair(row, name) if "--" in row[name] else CALLED.get(row[name], row[name]) for name in naming): (
            "suppressed" if row["is_suppressed"] else told(row)
        )
        for row in rows
    }
    marks = page.xpath(f"//figure[.//*[@id='{key}-title']]//*[@data-at]")
    points = {int(mark.get("data-at")): mark.get("data-tells").split("\n") for mark in marks}
    assert dict(points.values()) == wanted and sorted(points) == list(range(1, len(rows) + 1))


def told_at(page: Any, key: str) -> dict[int, str]:
    """Return what each point of a figure tells, by its number."""
    marks = page.xpath(f"//figure[.//*[@id='{key}-title']]//*[@data-at]")
    return {int(mark.get("data-at")): mark.get("data-tells") for mark in marks}


@pytest.mark.parametrize("key", SENTENCES)
def test_chart__sentences_equal_the_marts(page: Any, whole_release: Path, key: str) -> None:
    """Should tell what a point is made from where that is several points of a row, or several rows of a point."""
    query, told = SENTENCES[key]
    wanted = [said for row in marts(whole_release, query) for said in told(row)]
    points = told_at(page, key)
    assert sorted(points.values()) == sorted(wanted) and wanted
    assert sorted(points) == list(range(1, len(wanted) + 1))


def test_chart__marks_stand_at_their_values(page: Any, whole_release: Path) -> None:
    """Should draw each pair where the printed axes have its health and its result index."""
    (figure,) = page.xpath("//figure[.//*[@id='quadrants-title']]")
    across, up = (
        ruler(axis, way) for way, axis in enumerate(figure.xpath(".//*[contains(@class, 'role-axis-label')]"))
    )
    placed = "from pub_dual_tracking where period_id = '2026-H1' and quadrant is not null and not is_suppressed"
    rows = marts(whole_release, f"{placed} order by dyad_id")
    for number, row in enumerate(rows, start=1):
        (mark,) = figure.xpath(f".//*[local-name() = 'path'][@data-at='{number}']")
        x, y = moved_by(mark)
        assert across(x) == pytest.approx(row["health_composite"], abs=0.01)
        assert up(y) == pytest.approx(row["result_index"], abs=0.01)
    assert rows


def test_chart__zero_has_no_sign(page: Any) -> None:
    """Should print both ends of the changes with their signs, and between them a zero without one."""
    (figure,) = page.xpath("//figure[.//*[@id='moved-self-1-title']]")
    ticks = {
        one.text_content()
        for one in figure.xpath(".//*[contains(@class, 'role-axis-label')]//*[local-name() = 'text']")
        if one.get("opacity") != "0"
    }
    (end,) = (tick for tick in ticks if re.fullmatch(r"\+\d+0", tick))
    assert {end.replace("+", MINUS), "0"} <= ticks and "+0" not in ticks


def moved_by(mark: Any) -> tuple[float, float]:
    """Return where a mark stands."""
    x, y = re.findall(r"-?[\d.]+(?:e-?\d+)?", mark.get("transform"))
    return float(x), float(y)


def ruler(labels: Any, way: int) -> Callable[[float], float]:
    """Return what reads a place on an axis, from its first and last label; texts across stand 3 below their line."""
    texts = list(labels)
    (begin, low), (end, high) = (
        (moved_by(one)[way] - 3 * way, float(one.text_content())) for one in (texts[0], texts[-1])
    )
    return lambda place: low + (place - begin) * (high - low) / (end - begin)
