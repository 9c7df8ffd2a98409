"""What the team writes reaches every format as plain text, and nothing it writes becomes markup."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_release import make_report
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from melflow.core.workspace.narratives import Narrative, chosen
from melflow.reports.document import Passage, Run
from melflow.reports.edition import render
from melflow.reports.edition_folder import is_outdated
from melflow.reports.narrative import prose
from melflow.reports.verify import verify

TEXT = """# What we *make* of it

We **met** twice; see [the minutes](https://example.org/minutes) and <https://example.org>.

- one
- two <script>alert(1)</script>
  - nested #pagebreak()

1. first

![a photo](https://elsewhere.example/x.png) `#image("x")`

<iframe src="https://elsewhere.example"></iframe>
"""


def said(passages: tuple[Passage, ...]) -> list[str]:
    return ["".join(run.text for run in item) for passage in passages for item in passage.items]


def test_prose__blocks() -> None:
    """Should keep headings, lists and emphasis, print addresses, describe pictures, and leave raw HTML as text."""
    found = prose(TEXT, "[picture: {text}]")
    assert [passage.form for passage in found] == [
        "heading", "paragraph", "bullets", "numbers", "paragraph", "paragraph",
    ]  # fmt: skip
    assert found[0].items[0][1] == Run("make", "emphasis") and Run("met", "strong") in found[1].items[0]
    assert said(found)[1:] == [
        "We met twice; see the minutes (https://example.org/minutes) and https://example.org.", "one",
        "two <script>alert(1)</script>", "nested #pagebreak()", "first", '[picture: a photo] #image("x")',
        '<iframe src="https://elsewhere.example"></iframe>',
    ]  # fmt: skip


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
@settings(max_examples=60, deadline=None)
def test_prose__any_text(text: str) -> None:
    """Should read whatever somebody writes, and leave no control character in it."""
    for passage in prose(text):
        assert passage.items and all("".join(run.text for run in item).strip() for item in passage.items)
        assert not any(ord(letter) < 32 and letter not in "\n\t" for line in said((passage,)) for letter in line)


def test_chosen__own_language_first() -> None:
    """Should take the words in the edition's language, else those for any, by section."""
    every = [
        Narrative(report="r", period_id="p", section=section, language=language, text=f"{section}.{language}")
        for section, language in (("", ""), ("", "es"), ("flow", "fr"), ("health", ""))
    ]
    assert chosen(every, "r", "p", "es") == {"": ".es", "health": "health."}
    assert chosen(every, "r", "p", "fr") == {"": ".", "flow": "flow.fr", "health": "health."}
    assert chosen(every, "r", "other", "es") == {}


@pytest.fixture
def written(workspace: Any) -> Any:
    texts = {"": "# Our year\n\nIt was *good*.", "flow": TEXT}
    parts = [
        Narrative(report="funder", period_id="2026-H1", section=section, language="", text=text)
        for section, text in texts.items()
    ]
    return SimpleNamespace(**{**vars(workspace), "narratives": tuple(parts)})


def test_render__narrative_in_every_format(release: Path, written: Any, tmp_path: Path) -> None:
    """Should print it behind the headline, as text, in each format of texts, and make it again without the files."""
    report = make_report(sections=["flow"], formats=["pdf", "html", "docx", "xlsx"])
    edition = render(release, report, written, "2026-H1", tmp_path)
    assert edition.sections == ("narrative", "flow", "annex")
    page = edition.files["html"].read_text("utf-8")
    assert "<em>good</em>" in page and "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page and "<iframe" not in page and "<img" not in page
    assert page.index('class="headline"') < page.index("We <strong>met</strong> twice") < page.index('class="body"')
    text = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(edition.files["pdf"].read_bytes())).pages)
    assert "Our year" in text and "nested #pagebreak()" in text and "not computed from the data" in text
    import docx
    import openpyxl

    paragraphs = {one.text: one.style.name for one in docx.Document(str(edition.files["docx"])).paragraphs}
    assert paragraphs["Our year"] == "Heading 2" and paragraphs["nested #pagebreak()"] == "List Bullet"
    said = [row[1] for row in openpyxl.load_workbook(edition.files["xlsx"])["Words"].iter_rows(values_only=True)]
    assert {"Our year", "nested #pagebreak()"} <= set(said)
    assert verify(edition.folder, release)


def test_render__narrative_required(release: Path, workspace: Any, written: Any, tmp_path: Path) -> None:
    """Should hold the edition while nothing is written, and make it anew once something is."""
    report = make_report(sections=["flow"], formats=["html"], narrative="required")
    held = render(release, report, workspace, "2026-H1", tmp_path)
    assert held.reasons == ("The narrative is missing: this report asks for one for Jan-Jun 2026.",)
    assert not is_outdated(held.folder, report, workspace, "2026-H1")
    assert is_outdated(held.folder, report, written, "2026-H1")
    made = render(release, report, written, "2026-H1", tmp_path)
    assert made.folder == held.folder and not made.reasons and "Our year" in made.files["html"].read_text("utf-8")
    assert not is_outdated(made.folder, report, workspace, "2026-H1")
