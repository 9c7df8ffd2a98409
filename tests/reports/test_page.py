"""The page in a real browser: it asks for nothing, is accessible, answers to keys, and prints whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from browser import CHROMIUM, MISSING, opened, started
from fake_release import CAPABILITIES, HOSTILE, LEVELS, PERIODS, make_report

from melflow.core.warehouse import open_release
from melflow.reports import rounding
from melflow.reports.document import Document, Section, Table
from melflow.reports.edition import Edition, render
from melflow.reports.html import html

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
A4_TEXT = 658  # CSS pixels between the margins of the printed page
CHARTS = "figure [role=application]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with started() as browser:
        yield browser


@pytest.fixture(scope="module")
def files(
    edition: Edition, whole: Edition, release: Path, workspace: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    settings = {"name": "return", "audience": "partner", "publish_level": "partners", "formats": ["html"], "names": {}}
    folder = tmp_path_factory.mktemp("returned")
    returned = render(release, make_report(**settings), workspace, "2026-H1", folder, "delta")
    crowded = folder / "crowded.html"
    crowded.write_text(html(crowd()), encoding="utf-8")
    made = {"funder": edition, "whole": whole, "return": returned}
    return {name: one.files["html"] for name, one in made.items()} | {"crowded": crowded}


def crowd() -> Document:
    """Return a document whose table has more in it than a page is wide."""
    row = ("Wasserversorgungszweckverbandsvorsteherversammlung", *["68 % (59 % to 76 %)"] * 9)
    head = ("Partner", *["Recommendation"] * 9)
    table = Table("Everything", head, (1.0,) * 10, (False, *[True] * 9), (row,) * 60)
    words = dict.fromkeys(("skip", "contents", "figure", "table", "held_back"), "word")
    return Document("T", "A", "", "P", "F", "en", words, (), "", (Section("all", "All", (table,)),))


@pytest.fixture
def page(browser: Any, files: dict[str, Path]) -> Iterator[Any]:
    with opened(browser, files["funder"]) as page:
        yield page


@pytest.mark.parametrize(("name", "width"), [("whole", 1440), ("return", 390)])
def test_page__is_accessible(browser: Any, files: dict[str, Path], name: str, width: int) -> None:
    """Should load nothing, log nothing, break no rule of axe-core, and scroll no sideways, on a desk and on a phone."""
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, files[name], viewport={"width": width, "height": 844}) as page:
        page.locator(CHARTS).first.focus()
        page.keyboard.press("End")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_page__runs_only_its_own_script(browser: Any, files: dict[str, Path]) -> None:
    """Should refuse a script and an address that somebody got into the page."""
    tries = """() => {
        const own = document.createElement("script"); own.textContent = "window.ran = true"; document.body.append(own);
        const picture = document.createElement("img"); picture.src = "picture.png"; document.body.append(picture);
        return "ran" in window; }"""
    with pytest.raises(AssertionError, match="Content Security Policy"), opened(browser, files["funder"]) as page:
        assert page.evaluate(tries) is False


def test_chart__told_point_by_point(page: Any, release: Path) -> None:
    """Should tell every score of the mart as it is printed, in the order of the rows, and hide what is hidden."""
    labels = {period[0]: period[3] for period in PERIODS}
    query = "from pub_capability_score where period_id = '2026-H1' and publish_level = 'funder'"
    with open_release(release) as con:
        rows = con.execute(query).pl().to_dicts()
    wanted = {}
    for row in rows:
        name = {**CAPABILITIES, "adapt_renew": "Adaptive <b>capacity</b>"}[row["capability"]]
        who = f"{HOSTILE[row['partner_id']]}, {name}, {LEVELS[row['level']]}, {labels[row['period_id']]}"
        score, low, high = (rounding.points(row[key]) for key in ("score", "ci_low", "ci_high"))
        wanted[who] = (
            "suppressed" if row["is_suppressed"] else f"{score}, 95\N{NO-BREAK SPACE}% interval {low} to {high}"
        )
    page.locator(CHARTS).first.focus()
    told, status, tip = {}, page.locator("[role=status]"), page.locator(".tip")
    for at in range(1, len(wanted) + 1):
        page.keyboard.press("ArrowRight" if at % 2 else "ArrowDown")
        said, place = re.fullmatch(r"(.*) \((\d+ of \d+)\)", status.text_content()).groups()
        assert place == f"{at} of {len(wanted)}"
        who, what = said.rsplit(": ", 1)
        assert tip.is_visible() and tip.locator("strong").text_content() == who
        assert tip.locator("span").text_content() == what
        told[who] = what
    assert told == wanted and "suppressed" in told.values()
    order = sorted(HOSTILE.values())
    assert list(dict.fromkeys(next(name for name in order if who.startswith(name)) for who in told)) == order


def test_chart__keys(page: Any) -> None:
    """Should go to both ends, stay there, and let go of the keyboard on Escape; Tab goes on to the next chart."""
    chart, status = page.locator(CHARTS).first, page.locator("[role=status]")
    chart.focus()
    assert chart.get_attribute("aria-roledescription") == "interactive chart"
    for key, place in (("ArrowLeft", 40), ("ArrowRight", 40), ("Home", 1), ("ArrowUp", 1), ("End", 40)):
        page.keyboard.press(key)
        assert status.text_content().endswith(f"({place} of 40)")
    page.keyboard.press("Escape")
    assert page.locator(".tip").is_hidden() and page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "application"


def test_chart__every_one_answers_to_keys(browser: Any, files: dict[str, Path]) -> None:
    """Should tell the first and the last point of each chart of every section, and show them."""
    with opened(browser, files["whole"]) as page:
        status, tip = page.locator("[role=status]"), page.locator(".tip")
        for chart in page.locator(CHARTS).all():
            n = len(set(chart.locator("[data-at]").evaluate_all("(marks) => marks.map((one) => one.dataset.at)")))
            chart.focus()
            for key, place in (("ArrowRight", 1), ("End", n)):
                page.keyboard.press(key)
                assert status.text_content().endswith(f"({place} of {n})") and tip.is_visible()
        assert page.locator(CHARTS).count() == page.locator("figure").count() >= 20


def test_chart__mouse(page: Any) -> None:
    """Should show under the mouse what the keys tell, and nothing beside the points."""
    mark = page.locator(CHARTS).first.locator("path[data-at='12']")
    mark.hover()
    assert page.locator(".tip").inner_text().split("\n", 1) == mark.get_attribute("data-tells").split("\n")
    page.keyboard.press("Escape")
    assert page.locator(".tip").is_hidden()
    mark.click()
    page.keyboard.press("ArrowRight")
    assert page.locator("[role=status]").text_content().endswith("(13 of 40)")
    page.locator("h1").click()
    assert page.locator(".tip").is_hidden()


def column(table: Any, at: int) -> list[str | None]:
    return table.evaluate(
        "(table, at) => [...table.tBodies[0].rows].map((row) => row.cells[at]?.dataset.value ?? null)", at
    )


def test_table__sorts_by_value(page: Any) -> None:
    """Should sort numbers by value both ways with what has none last, then give back the printed order."""
    table = page.locator("table", has=page.get_by_text("Two-way flow,")).first
    at = table.locator("thead th").all_text_contents().index("Share of first")
    head, printed = table.locator("thead th").nth(at), column(table, at)
    assert len(printed) > 2 and None not in printed
    head.get_by_role("button").focus()
    for way, backwards in (("ascending", False), ("descending", True)):
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == way
        assert column(table, at) == sorted(printed, key=float, reverse=backwards)
        assert "Share of first" in page.locator("[role=status]").text_content()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") is None and column(table, at) == printed


def test_table__withheld_rows_come_last(page: Any) -> None:
    """Should keep a row whose numbers are withheld behind the others, whichever way the table is sorted."""
    table = page.locator("table", has=page.locator("td.suppressed")).first
    for _ in range(2):
        table.get_by_role("button", name="Score").click()
        classes = table.evaluate("(table) => [...table.tBodies[0].rows].map((row) => row.lastElementChild.className)")
        assert classes[-1] == "suppressed" and "suppressed" not in classes[: -classes.count("suppressed")]


def test_table__filter(page: Any) -> None:
    """Should show the rows with the words, whatever their accents and case, and say how many there are."""
    table = page.locator("table", has=page.get_by_text("Capability scores,")).first
    n_rows = table.locator("tbody tr").count()
    table.get_by_label("Filter rows").fill("nandu")
    shown = table.locator("tbody tr:visible")
    assert shown.count() == 10 and all(HOSTILE["delta"] in text for text in shown.all_text_contents())
    assert page.locator("[role=status]").text_content() == f"Rows: 10 of {n_rows}"
    table.get_by_label("Filter rows").fill("")
    assert shown.count() == n_rows


def test_page__says_where_the_reader_is(page: Any) -> None:
    """Should mark the section that is read in the contents."""
    page.locator("nav a", has_text="Two-way flow").click()
    page.wait_for_selector("nav a[aria-current]:has-text('Two-way flow')")
    assert page.locator("nav a[aria-current]").count() == 1


@pytest.mark.parametrize("name", ["whole", "return", "crowded"])
def test_print__no_table_is_cut(browser: Any, files: dict[str, Path], tmp_path: Path, name: str) -> None:
    """Should print every row of every table whole on one page, below its header, no table wider than the page."""
    with opened(browser, files[name], viewport={"width": A4_TEXT, "height": 900}) as page:
        page.get_by_label("Filter rows").first.fill("nobody")  # what is filtered on screen is printed all the same
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") == A4_TEXT
        assert (
            page.evaluate("Math.max(...[...document.querySelectorAll('table')].map((one) => one.offsetWidth))")
            <= A4_TEXT
        )
        page.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True)
        rows = "(table) => [table.tHead.rows[0], ...table.tBodies[0].rows].map((row) => row.textContent)"
        tables = [table.evaluate(rows) for table in page.locator("table").all()]
    pages = [flat(one.extract_text()) for one in pypdf.PdfReader(tmp_path / "printed.pdf").pages]
    assert any(len(rows) > 30 for rows in tables) or name == "return"
    for head, *rows in tables:
        for row in map(flat, rows):
            assert any(row in text and flat(head) in text for text in pages), row


def flat(text: str) -> str:
    """Return the letters and digits of a text; what a printer's fonts have no form for may be missing."""
    return "".join(re.findall(r"[\x21-\x7e]", text))


def test_page__without_script(browser: Any, files: dict[str, Path]) -> None:
    """Should show every row and every picture with its text, and no button that does nothing."""
    with opened(browser, files["funder"], java_script_enabled=False) as page:
        assert page.locator("button, input, .tip").count() == 0
        assert page.locator("table").count() >= 7 and page.locator("tbody tr").last.is_visible()
        for figure in page.locator("figure").all():
            assert figure.locator("svg[role=img]").is_visible() and len(figure.locator("desc").text_content()) > 40
        assert page.locator("tbody tr:visible").count() == page.locator("tbody tr").count()
