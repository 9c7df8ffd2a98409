"""An edition shows the release's numbers, hides what is hidden, prints text as text, and is reproducible."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import polars as pl
import pypdf
import pytest

from melflow.core.warehouse import open_release
from melflow.reports import columns, rounding
from melflow.reports.edition import Edition, render

HIDDEN = "73.9137"  # stands in every number of the fixture's suppressed rows
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def page(edition: Edition) -> str:
    return edition.files["html"].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def printed(edition: Edition) -> pypdf.PdfReader:
    return pypdf.PdfReader(edition.files["pdf"])


@pytest.fixture(scope="module")
def text(printed: pypdf.PdfReader) -> str:
    return "\n".join(page.extract_text() for page in printed.pages)


@pytest.fixture(scope="module")
def book(edition: Edition) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(edition.files["xlsx"].read_bytes()))


SHEETS = {
    "Capability": "pub_capability_score",
    "Health by side": "pub_partnership_health",
    "Health both sides": "pub_health_dyad",
    "Two-way flow": "pub_mutuality_dyad",
    "Data quality": "pub_data_quality",
}


@pytest.mark.parametrize("sheet", SHEETS)
def test_xlsx__numbers_equal_the_release(book: openpyxl.Workbook, release: Path, sheet: str) -> None:
    """Should hold the release's numbers for every row of period and audience, and none of a hidden row."""
    name = SHEETS[sheet]
    cells = list(book[sheet].iter_rows(values_only=True))
    found = [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]
    with open_release(release) as con:
        query = f"from {name} where period_id = '2026-H1' and publish_level = 'funder'"
        expected = con.execute(query).pl()
    keys = [column.name for column in columns.TABLES[name] if column.dtype == pl.String and not column.is_value][:5]
    wanted = {tuple(row[key] for key in keys): row for row in expected.to_dicts()}
    assert len(found) == len(wanted) > 0
    for row in found:
        original = wanted[tuple(row[key] for key in keys)]
        hidden = original["is_suppressed"]
        assert row["publication"] == ("suppressed" if hidden else "published")
        for value in columns.values(name):
            wanted_value = None if hidden else original[value]
            assert row[value] == (
                pytest.approx(wanted_value, rel=1e-14) if isinstance(wanted_value, float) else wanted_value
            )


def test_xlsx__every_column_has_a_meaning(book: openpyxl.Workbook) -> None:
    """Should explain in the data dictionary every column that is shown on any sheet, and none that is not."""
    told = [row[:2] for row in book["Data dictionary"].iter_rows(min_row=2, values_only=True)]
    everywhere = {name for sheet, name in told if not sheet}
    assert all(row[3] for row in book["Data dictionary"].iter_rows(min_row=2, values_only=True))
    sheets = [sheet for sheet in book if sheet.title not in ("About", "Data dictionary")]
    shown = {(sheet.title, cell.value) for sheet in sheets for cell in sheet[1]}
    assert {(sheet, name) for sheet, name in shown if name not in everywhere} == {pair for pair in told if pair[0]}
    assert everywhere <= {name for _, name in shown}


def test_edition__suppressed_numbers_are_nowhere(
    text: str, page: str, book: openpyxl.Workbook, edition: Edition
) -> None:
    """Should print the word and never the number of a suppressed row, in no format and under no rounding."""
    assert edition.n_suppressed > 0
    assert HIDDEN not in text and HIDDEN not in page
    assert not any(str(cell).startswith(HIDDEN) for sheet in book for row in sheet.values for cell in row)
    assert "74 to 74" not in re.sub(r"\s+", " ", text)
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    hidden = [row for row in rows if "suppressed" in row]
    assert hidden and not any("74" in row for row in hidden)
    assert text.count("suppressed") > 2


def test_edition__narrower_audience_is_left_out(
    text: str, page: str, book: openpyxl.Workbook, names: dict[str, str]
) -> None:
    """Should leave out a partnership that is agreed for partners only: no row, no name of the pair."""
    dash = " \N{EN DASH} "
    assert f"{names['alpha']}{dash}{names['delta']}" in unescape(page)
    assert f"{names['beta']}{dash}{names['delta']}" not in unescape(page) + text
    ids = {row[0] for name in ("Two-way flow", "Health both sides") for row in book[name].values}
    assert "alpha--beta" in ids and "beta--delta" not in ids


def test_edition__hostile_names_are_text(page: str, text: str, book: openpyxl.Workbook, names: dict[str, str]) -> None:
    """Should print a partner's name letter by letter whatever it looks like, and never run it."""
    flat = re.sub(r"\s+", "", text)
    for partner_id in ("alpha", "beta", "gamma"):
        assert re.sub(r"\s+", "", names[partner_id]) in flat
        assert names[partner_id] in unescape(re.sub(r"<[^>]+>", "", page))
    assert page.count("<script") == 1 and "<script>alert" not in page and "<b>capacity" not in page
    cells = [cell for row in book["Capability"].iter_rows() for cell in row if cell.value == names["beta"]]
    assert cells and all(cell.data_type == "s" and cell.quotePrefix for cell in cells)
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_html__charts_have_text_alternatives(page: str) -> None:
    """Should give every chart a role, a title and a description of its own, and repeat no id."""
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) >= 7
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert root.get("role") == "img" and title is not None and description is not None
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text and description.text and len(description.text) > 40
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_html__is_self_contained(page: str) -> None:
    """Should load nothing and run its own script only; its structure carries headings, landmarks and header cells."""
    assert not re.search(r"<(?:link|img|iframe|object|embed)\b", page)
    assert not re.search(r"(?:src|href)\s*=\s*\"(?!#)", page) and not re.search(
        r'url\((?!#|"data:font/woff;base64,)', page
    )
    (script,) = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{digest}';" in page
    namespaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= namespaces
    for landmark in ('<main id="content"', "<nav aria-label=", "<header", "<footer>", 'class="skip" href="#content"'):
        assert landmark in page
    assert '<html lang="en">' in page and page.count("<h1>") == 1
    assert page.count('scope="col"') > 20 and page.count('scope="row"') > 20


def test_html__script_has_its_words(page: str) -> None:
    """Should give the script every word it says, and no other; no word of it is English by itself."""
    given = json.loads(unescape(re.search(r"<body data-words='([^']*)'", page)[1]))  # type: ignore[index]
    script = page.split("<script>")[1]
    said = set(re.findall(r"words\.(\w+)", script)) | set(re.findall(r"words\[\"([\w.]+)\"\]", script))
    assert said | {"ascending", "descending", "restored"} == set(given)


def test_pdf__is_tagged(printed: pypdf.PdfReader, edition: Edition) -> None:
    """Should be a tagged PDF/UA-1 with title and language, an alternative on every figure, headers in every table."""
    root: Any = printed.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("en")
    told = ElementTree.fromstring(root["/Metadata"].get_data())
    assert [one.text for one in told.iter("{http://www.aiim.org/pdfua/ns/id/}part")] == ["1"]
    title = "Learning together: results of the alliance \N{EN DASH} Jan-Jun 2026"
    assert [one[0][0].text for one in told.iter("{http://purl.org/dc/elements/1.1/}title")] == [title]
    assert printed.metadata is not None and printed.metadata.title == title
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert all(page["/Tabs"] == "/S" and "/StructParents" in page for page in printed.pages)
    kinds: list[tuple[str, Any]] = []
    waiting = [root["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            kinds += [(str(node["/S"]), node)] if "/S" in node else []
            waiting += [node["/K"]] if "/K" in node else []
    figures = [node for kind, node in kinds if kind == "/Figure"]
    assert len(figures) >= 7 and all(len(str(node.get("/Alt", ""))) > 40 for node in figures)
    assert sum(kind == "/TH" for kind, _ in kinds) > 20 and sum(kind == "/H1" for kind, _ in kinds) == 7
    assert edition.release_id in printed.pages[2].extract_text()
    assert {font for page in printed.pages for font in fonts_of(page)} <= {
        "SourceSans3",
        "LibertinusSerif",
        "NotoSansCJKsc",
    }


def fonts_of(page: Any) -> set[str]:
    names = [font.get_object()["/BaseFont"] for font in page["/Resources"].get("/Font", {}).values()]
    return {re.sub(r"^/?(?:[A-Z]{6}\+)?([A-Za-z0-9]+).*$", r"\1", str(name)) for name in names}


def test_pdf__numbers_are_the_release_s(text: str, release: Path) -> None:
    """Should print the release's scores, rounded last."""
    with open_release(release) as con:
        scores = con.execute(
            "select score, ci_low, ci_high from pub_capability_score where period_id = '2026-H1' and not is_suppressed"
        ).fetchall()
    flat = re.sub(r"\s+", " ", text)
    for score, low, high in scores:
        assert re.search(rf"{rounding.points(score)} {rounding.points(low)} to {rounding.points(high)}", flat)


def test_render__is_reproducible(release: Path, report: Any, workspace: Any, edition: Edition, tmp_path: Path) -> None:
    """Should write the same bytes again, over the former edition, and a manifest that fits them."""
    again = render(release, report, workspace, "2026-H1", tmp_path)
    again = render(release, report, workspace, "2026-H1", tmp_path)
    for name in ("edition.pdf", "edition.html", "tables.xlsx", "edition.json"):
        assert (again.folder / name).read_bytes() == (edition.folder / name).read_bytes()
    manifest = json.loads((again.folder / "edition.json").read_text())
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((again.folder / name).read_bytes()).hexdigest() == digest
    assert again.folder == tmp_path / "funder" / "2026-H1" / edition.release_id
    assert [path.name for path in again.folder.parent.iterdir()] == [edition.release_id]
