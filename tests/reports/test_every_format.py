"""Every number of an edition's tables equals its mart, in every format that is read, after one rounding.

The workbook holds the numbers unrounded: ``test_edition`` compares it with the marts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from fake_release import CAPABILITIES, DIMENSIONS, LEVELS, PERIODS
from lxml import html

from melflow.core.warehouse import open_release
from melflow.reports.edition import Edition

Rows = list[list[str]]
DASH = "\N{EN DASH}"
NAMES = CAPABILITIES | LEVELS | DIMENSIONS
NAMES |= {"adapt_renew": "Adaptive <b>capacity</b>", "mistrust": "Mistrust (lower is better)"}
NAMES |= {"events": "exchanges", "all": "all"}


def rounded(value: float | None, digits: int = 0) -> str:
    """Return a number as it is printed, in other words than the reports' own."""
    if value is None:
        return DASH
    exact = Decimal(str(value)).quantize(Decimal(10) ** -digits, rounding=ROUND_HALF_UP)
    return f"{exact:,}".replace("-", "\N{MINUS SIGN}")


def percent(value: float | None, digits: int = 0) -> str:
    return DASH if value is None else rounded(float(Decimal(str(value)) * 100), digits) + "\N{NO-BREAK SPACE}%"


def between(low: float | None, high: float | None, text: Callable[[float | None], str] = rounded) -> str:
    return DASH if low is None or high is None else f"{text(low)} to {text(high)}"


def scores(row: dict[str, Any], names: dict[str, str]) -> list[str]:
    return [names[row["partner_id"]], NAMES[row["capability"]], NAMES[row["level"]], rounded(row["n_respondents"]),
            rounded(row["score"]), between(row["ci_low"], row["ci_high"]), percent(row["pct_positive"])]  # fmt: skip


def pair(row: dict[str, Any], names: dict[str, str]) -> str:
    return f" {DASH} ".join(names[side] for side in row["dyad_id"].split("--"))


def both(row: dict[str, Any]) -> list[str]:
    gap = ("+" if row["gap"] >= 0.5 else "") + rounded(row["gap"])
    return [rounded(row["score_a_of_b"]), rounded(row["n_a_of_b"]), rounded(row["score_b_of_a"]),
            rounded(row["n_b_of_a"]), gap, between(row["gap_ci_low"], row["gap_ci_high"])]  # fmt: skip


def overall(row: dict[str, Any], names: dict[str, str]) -> list[str]:
    return [pair(row, names), *both(row), NAMES[row["weakest_dimension"]]]


def views(row: dict[str, Any], names: dict[str, str]) -> list[str]:
    return [pair(row, names), NAMES[row["dimension"]], *both(row)]


def flow(row: dict[str, Any], names: dict[str, str]) -> list[str]:
    ci = between(row["share_ci_low"], row["share_ci_high"], percent)
    return [pair(row, names), NAMES[row["measure"]], NAMES[row["channel"]], rounded(row["flow_ab"]),
            rounded(row["flow_ba"]), percent(row["share_a"]), ci, rounded(row["n_distinct_days"])]  # fmt: skip


def quality(row: dict[str, Any], names: dict[str, str]) -> list[str]:
    counts = [rounded(row[key]) for key in ("rows_held", "rows_received", "duplicates")]
    shares = [percent(row["item_missing_rate"], 1), percent(row["on_time_share"]), rounded(row["median_lag_days"])]
    return [names[row["partner_id"]], row["source"], *counts, *shares]


#: Table of the annex -> mart, which of its rows, how a row is printed, and how many cells name it.
TABLES: dict[str, tuple[str, str, Callable[[dict[str, Any], dict[str, str]], list[str]], int]] = {
    "Capability scores": ("pub_capability_score", "true", scores, 3),
    "Partnership health: overall": ("pub_health_dyad", "dimension = 'composite'", overall, 1),
    "Partnership health: both": ("pub_health_dyad", "dimension <> 'composite'", views, 2),
    "Two-way flow": ("pub_mutuality_dyad", "true", flow, 3),
    "Data quality": ("pub_data_quality", "true", quality, 5),
}


@pytest.fixture(scope="module")
def page(edition: Edition) -> dict[str, Rows]:
    """Title -> rows of the page's tables; their names begin with the table's number."""
    tables = html.fromstring(edition.files["html"].read_text("utf-8")).iter("table")
    return {
        re.sub(r"^Table \d+", "", table.find("caption").text_content()): [
            [cell.text_content() for cell in row] for row in table.find("tbody").iter("tr")
        ]
        for table in tables
    }


@pytest.mark.parametrize("title", TABLES)
def test_page__tables_equal_the_marts(page: dict[str, Rows], release: Path, names: dict[str, str], title: str) -> None:
    """Should have a row for each row of the mart that may be shown, with its numbers rounded once."""
    mart, chosen, printed, n_names = TABLES[title]
    query = f"from {mart} where period_id = '2026-H1' and publish_level = 'funder' and {chosen}"
    with open_release(release) as con:
        marts = con.execute(query).pl().to_dicts()
    wanted = [
        [*printed(row, names)[:n_names], "suppressed"] if row["is_suppressed"] else printed(row, names) for row in marts
    ]
    (found,) = (rows for name, rows in page.items() if name.startswith(title))
    assert sorted(found) == sorted(wanted) and len(found) > 1


def told_views(row: dict[str, Any], names: dict[str, str]) -> str:
    first, _, second, _, gap, ci = both(row)
    return "suppressed" if row["is_suppressed"] else f"{first} and {second}, gap {gap}  ({ci})"


def told_flow(row: dict[str, Any], names: dict[str, str]) -> str:
    _, _, _, ab, ba, _, _, _ = flow(row, names)
    return f"first gave {ab}, second gave {ba}; share of first {told_share(row, names)}"


def told_share(row: dict[str, Any], names: dict[str, str]) -> str:
    return f"{percent(row['share_a'])}, 95 % interval {between(row['share_ci_low'], row['share_ci_high'], percent)}"


def told_score(row: dict[str, Any], names: dict[str, str]) -> str:
    ci = between(row["ci_low"], row["ci_high"])
    return "suppressed" if row["is_suppressed"] else f"{rounded(row['score'])}, 95 % interval {ci}"


def told_held(row: dict[str, Any], names: dict[str, str]) -> str:
    return f"{rounded(row['rows_held'])} of {rounded(row['rows_received'])} held"


NOW = "period_id = '2026-H1'"
OF_SCORES, OF_PAIRS = ("partner_id", "capability", "level"), ("dyad_id",)
#: Figure -> mart, which of its rows, what each point tells of its row, and the columns that name the point.
CHARTS: dict[str, tuple[str, str, Callable[[dict[str, Any], dict[str, str]], str], tuple[str, ...]]] = {
    "capability-self-1": ("pub_capability_score", NOW, told_score, (*OF_SCORES, "period_id")),
    "change-self-1": ("pub_capability_score", "true", told_score, (*OF_SCORES, "period_id")),
    "views-1": ("pub_health_dyad", f"{NOW} and dimension = 'composite'", told_views, OF_PAIRS),
    "dimensions-1": ("pub_health_dyad", f"{NOW} and dimension <> 'composite'", told_views, (*OF_PAIRS, "dimension")),
    "flow-1": ("pub_mutuality_dyad", NOW, told_flow, OF_PAIRS),
    "trajectory-1": ("pub_mutuality_dyad", "true", told_share, (*OF_PAIRS, "period_id")),
    "quality-1": ("pub_data_quality", NOW, told_held, ("partner_id",)),
}


@pytest.mark.parametrize("key", CHARTS)
def test_chart__points_equal_the_marts(edition: Edition, release: Path, names: dict[str, str], key: str) -> None:
    """Should tell at each point the mart's values of its row, rounded once, and have a point for every row."""
    mart, chosen, told, naming = CHARTS[key]
    words = NAMES | names | {period[0]: period[3] for period in PERIODS}
    with open_release(release) as con:
        rows = con.execute(f"from {mart} where publish_level = 'funder' and {chosen}").pl().to_dicts()
    wanted = {
        ", ".join(pair(row, names) if name == "dyad_id" else words[row[name]] for name in naming): told(row, names)
        for row in rows
    }
    page = html.fromstring(edition.files["html"].read_text("utf-8"))
    marks = page.xpath(f"//figure[.//*[@id='{key}-title']]//*[@data-at]")
    points = {int(mark.get("data-at")): mark.get("data-tells").split("\n") for mark in marks}
    assert dict(points.values()) == wanted and sorted(points) == list(range(1, len(rows) + 1))


def test_word__tables_equal_the_page_s(page: dict[str, Rows], edition: Edition) -> None:
    """Should have the page's tables, cell by cell."""
    tables = [
        [[one.text for one, before in pairwise_cells(row)] for row in table.rows[1:]]
        for table in docx.Document(str(edition.files["docx"])).tables
    ]
    assert tables == list(page.values()) and len(tables) >= 7


def pairwise_cells(row: Any) -> list[tuple[Any, Any]]:
    """Return a row's cells, one that spans others once."""
    cells = [None, *row.cells]
    return [(one, before) for before, one in pairwise(cells) if before is None or one._tc is not before._tc]


def test_print__tables_equal_the_page_s(page: dict[str, Rows], edition: Edition) -> None:
    """Should print every row of the page, its cells one after the other."""
    printed = re.sub(r"\s", "", "".join(one.extract_text() for one in pypdf.PdfReader(edition.files["pdf"]).pages))
    for rows in page.values():
        for row in rows:
            blank = re.sub(r"\s", "", "".join(row)).replace("日本", "□□")
            assert blank in printed, row
