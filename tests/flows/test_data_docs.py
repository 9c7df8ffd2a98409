"""Great Expectations' data docs of what it judged: its own pages, without values and without requests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from melflow.core.workspace import load_workspace
from melflow.flows import data_docs
from melflow.flows.checks_page import write_checks
from tests.flows.held_workspace import LOG, make, run

pytestmark = pytest.mark.slow

OWN_RULE = """\
rules:
  - id: short
    holds: quantity <= 24
    seen: quantity
    reason: A day has <b>24</b> hours, for $5.
    message: It took {seen} hours.
    remedy: Log each day by itself.
"""
#: What makes a browser ask for something.
REQUEST = re.compile(r"<script|<link|<img|<iframe|@import|url\(|\ssrc=", re.IGNORECASE)


def test_publish__counts_without_values(tmp_path: Path) -> None:
    """Should write GX's page of each suite and result, with counts, no value of a row, and nothing that is loaded."""
    folder = make(tmp_path)
    (folder / "expectations").mkdir()
    (folder / "expectations/src_exchange.yml").write_text(OWN_RULE)
    (folder / "inbox/visits/a.csv").write_text(LOG.replace("advise", "a-word-somebody-wrote").replace("30", "31.4159"))
    assert data_docs.publish(load_workspace(folder)) is None
    run(folder)
    workspace = load_workspace(folder)
    page = data_docs.publish(workspace)
    assert page is not None and page.read_text(encoding="utf-8").count("visits.src_exchange") >= 2

    texts = {path: path.read_text(encoding="utf-8") for path in (folder / "var/quality").rglob("*") if path.is_file()}
    assert not [path for path, text in texts.items() if "a-word-somebody" in text or "31.4159" in text]
    assert {path.suffix for path in texts} == {".html", ".json"}
    pages = [text for path, text in texts.items() if path.suffix == ".html"]
    assert not any(REQUEST.search(text) for text in pages)
    assert all("default-src 'none'" in text for text in pages)

    [found] = [text for path, text in texts.items() if "gx/validations/visits" in path.as_posix()]
    assert "Great Expectations" in texts[page] and "Evaluated Expectations" in found
    assert "own:short: A day has &lt;b&gt;24&lt;/b&gt; hours, for $5." in found
    links = re.findall(r'href="([^"#]+)"', texts[page])
    assert all((page.parent / link).exists() for link in links if not link.startswith("https://greatexpectations.io"))

    leading = write_checks(workspace, page).read_text(encoding="utf-8")
    assert '<a href="gx/index.html">' in leading
    written = page.stat().st_mtime_ns
    assert data_docs.publish(workspace) == page and page.stat().st_mtime_ns == written  # nothing was judged since
