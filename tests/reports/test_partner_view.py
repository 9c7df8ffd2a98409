"""A return report holds what concerns its partner, and nothing of anybody else."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from fake_release import HOSTILE, make_release, make_report, make_workspace
from pypdf import PdfReader

from melflow.reports import columns, findings_score
from melflow.reports.edition import render
from melflow.reports.edition_data import EditionData
from melflow.reports.partner_view import own
from melflow.reports.read import read
from melflow.reports.replies import about
from melflow.reports.verify import verify


@pytest.fixture(scope="module")
def data(release: Path) -> EditionData:
    return read(release, "2026-H1", "partners", {})


@pytest.mark.parametrize("partner", sorted(HOSTILE))
def test_own__nobody_else(data: EditionData, partner: str) -> None:
    """Should keep every row of the partner and of its pairs, and none of another partner or of a pair without it."""
    mine = own(data, partner)
    for name, frame in mine.tables.items():
        if "partner_id" in frame.columns:
            assert set(frame["partner_id"]) <= {partner, None}
            assert frame.filter(partner_id=partner).height == data.tables[name].filter(partner_id=partner).height
        if "dyad_id" in frame.columns:
            assert all(partner in dyad.split("--") for dyad in frame["dyad_id"].drop_nulls())
    assert mine.tables["pub_capability_score"].height and mine.tables["pub_health_dyad"].height
    assert set(mine.dyads) == {key for key in data.dyads if partner in key.split("--")}


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_own__one_partner_is_not_counted(data: EditionData, language: str) -> None:
    """Should say how many scores can be published, without "of 1 partners"."""
    mine, whole = (findings_score.capability(one, language) for one in (own(data, "alpha"), data))
    assert re.findall(r"\d+", whole.replace("2026", ""))[-2:] == ["4", "4"]
    assert not re.search(r"partner|socio|partenaire", mine) and len(re.findall(r"\d+", mine.replace("2026", ""))) == 2


def test_own__scopes_and_several_names(data: EditionData) -> None:
    """Should keep what is said of the alliance, and a row that names the partner beside another."""
    scoped = pl.DataFrame(
        {
            "scope": ["alliance", "partner", "partner", "dyad", "dyad", "partnership"],
            "scope_id": ["alliance", "alpha", "beta", "alpha--beta", "beta--gamma", "water"],
        }
    )
    stories = pl.DataFrame(
        {"learner_partner_id": ["beta", "beta", None], "source_partner_id": ["alpha", "gamma", None]}
    )
    totals = pl.DataFrame(
        {"scope": ["alliance", "partner", "partner"], "partner_id": ["alliance", "alpha", "beta"], "actual": [9, 4, 5]}
    )
    of_all = pl.DataFrame({"period_id": ["2026-H1"]})
    tables = {"scoped": scoped, "stories": stories, "totals": totals, "of all": of_all}
    changed = SimpleNamespace(**vars(data))
    mine = own(EditionData(**{**vars(changed), "tables": tables}), "alpha").tables
    assert mine["scoped"]["scope_id"].to_list() == ["alliance", "alpha", "alpha--beta", "water"]
    assert mine["stories"]["source_partner_id"].to_list() == ["alpha", None]
    assert mine["totals"]["actual"].to_list() == [9, 4]
    assert mine["of all"].height == 1


def test_about__one_of_several(data: EditionData) -> None:
    """Should ask a partner about a figure that names it among others, and not about one of a partner named alike."""
    given = pl.DataFrame(
        {"given_by": ["beta, alpha", "alphabet, beta", "alpha", None], "partner_id": ["gamma"] * 4,
         "advice_id": ["1", "2", "3", "4"]}
    )  # fmt: skip
    asked = pl.DataFrame({"question_id": ["q", "r"], "linked_partners": ["gamma, alpha", ""]})
    tables = {}
    for name, rows in (("pub_advice", given), ("pub_question", asked)):
        whole = pl.DataFrame(schema={column.name: column.dtype for column in columns.TABLES[name]})
        shown = rows.with_columns(is_suppressed=False, period_id=pl.lit("2026-H1"))
        tables[name] = pl.concat([whole, shown], how="diagonal_relaxed")
    whole = EditionData(**{**vars(data), "tables": tables})
    found = about(whole, "alpha", ["pub_advice", "pub_question"])
    assert [one.row.get("advice_id") or one.row["question_id"] for one in found] == ["1", "3", "q"]
    assert own(whole, "alpha").tables["pub_advice"]["advice_id"].to_list() == ["1", "3"]


def test_render__return_report(release: Path, workspace: Any, tmp_path: Path) -> None:
    """Should be addressed to the partner, lie in its own folder, name nobody beyond its pairs, and be made again."""
    own_sections = ["capability", "quality", "method"]
    report = make_report(name="return", audience="partner", publish_level="partners", sections=own_sections,
                         formats=["pdf", "html", "xlsx"], names={})  # fmt: skip
    edition = render(release, report, workspace, "2026-H1", tmp_path, "delta")
    assert edition.folder == tmp_path / "return" / "delta" / "2026-H1" / edition.release_id
    text = "\n".join(page.extract_text() for page in PdfReader(edition.files["pdf"]).pages)
    page = edition.files["html"].read_text("utf-8")
    assert f"Prepared for {HOSTILE['delta']}" in page and "Prepared for" in text
    assert not any(name in page for key, name in HOSTILE.items() if key not in ("delta", "alpha"))
    assert set(verify(edition.folder, release)) == {path.name for path in edition.files.values()}


def test_render__nothing_to_show_is_said_not_held(tmp_path: Path) -> None:
    """Should tell a partner that nothing can be shown, where a funder's edition would be held for it."""
    folder = make_release(tmp_path / "r2", {"alpha": "A", "beta": "B"}, n_dyads=1)
    settings = {"sections": ["flow", "method"], "formats": ["html"], "publish_level": "public", "names": {}}
    funder = render(folder, make_report(**settings), make_workspace(), "2026-H1", tmp_path / "e")
    settings |= {"name": "return", "audience": "partner"}
    returned = render(folder, make_report(**settings), make_workspace(), "2026-H1", tmp_path / "e", "alpha")
    title = "Two-way flow"
    assert any(title in reason for reason in funder.reasons)
    assert not any(title in reason for reason in returned.reasons)
    assert "No exchange between partners can be published" in returned.files["html"].read_text("utf-8")
