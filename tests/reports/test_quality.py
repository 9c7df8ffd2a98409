"""The data officer's report on quality: the alliance, what no check sees, and each partner; as page and as PDF."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from pypdf import PdfReader

from melflow.core.errors import TerminalError
from melflow.reports.html import html
from melflow.reports.pdf import pdf
from melflow.reports.quality import DIMENSIONS, document, partner_page, render
from melflow.reports.typeset import isolate

INFO: dict[str, Any] = {"alliance_name": "River", "release_id": "0001-a", "as_of": dt.date(2026, 7, 1)}
NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


def quality(*rows: tuple[str, str, int, int, float | None]) -> pl.DataFrame:
    names = ["partner_id", "source", "rows_received", "rows_held", "on_time_share"]
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return frame.with_columns(cells_held=pl.lit(0), item_missing_rate=pl.lit(0.25))


def test_quality__each_partner_has_its_part() -> None:
    """Should add counts up, print shares with what they are of, give reasons, and name no hostile text as markup."""
    good = {"n_good": 3, "n": 4, "share": 0.75, "reason": None}
    none = {"n_good": 0, "n": 0, "share": None, "reason": "no exchanges logged"}
    dimensions = pl.DataFrame(
        [
            {"partner_id": partner, "dimension": name} | (none if name == "precision" else good)
            for partner in ("ana", "bo")
            for name in DIMENSIONS
        ]
    )
    checks = pl.DataFrame([{"rule_id": "statistics:short", "source": "survey", "severity": "warn", "n_failed": 2,
                            "n_checked": 9}])  # fmt: skip
    rows = quality(("ana", "survey", 10, 1, 0.5), ("bo", "survey", 5, 2, None), ("unknown", "log", 1, 1, None))
    made = document(INFO, "2026-H1", {"ana": "<b>Ana</b>", "bo": "Bo"}, rows, dimensions, checks)
    assert [part.title for part in made.sections] == [
        "The alliance",
        "What no check can see",
        "<b>Ana</b>",
        "Bo",
        "unknown",
    ]
    page = html(made)
    for words in ("4 of 16 rows of 2026-H1 are held, from 2 partners", "6 / 8", "75", "no exchanges logged",
                  "statistics:short", "&lt;b&gt;Ana"):  # fmt: skip
        assert words in page
    assert "<b>Ana" not in page
    text = "\n".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf(made, NOW))).pages)
    assert "Validity" in text and "What no check can see" in text


def test_quality__in_the_languages_of_the_alliance() -> None:
    """Should say reasons in the language, and give a partner a page without the others."""
    none = {"n_good": 0, "n": 0, "share": None, "reason": "no exchanges logged"}
    dimensions = pl.DataFrame([{"partner_id": "ana", "dimension": "precision"} | none])
    rows = quality(("ana", "survey", 10, 1, 0.5), ("bo", "other_survey", 5, 2, None))
    names = {"ana": "Ana", "bo": "Bob"}
    page = html(partner_page(INFO, "2026-H1", "ana", names, rows, dimensions, "es"))
    for words in ('lang="es"', "1 de 10 filas", "no hay intercambios anotados", "Lo que ningún control puede ver",
                  "Datos al 1 de julio de 2026"):  # fmt: skip
        assert words in page
    assert "other_survey" not in page and "Bob" not in page
    whole = html(document(INFO, "2026-H1", names, rows, dimensions, pl.DataFrame(), "fr"))
    assert "3 lignes sur 15 de 2026-H1 sont retenues, de 2 partenaires." in whole and "aucun échange noté" in whole


def test_quality__nothing_came() -> None:
    """Should say so."""
    made = document(INFO, "2026-H1", {}, quality().clear(), pl.DataFrame(
        schema={"partner_id": pl.String, "dimension": pl.String, "n_good": pl.Int64, "n": pl.Int64, "share": pl.Float64}
    ), pl.DataFrame())  # fmt: skip
    assert "Nothing came for 2026-H1" in html(made)


def test_render__pages_bring_their_fonts(release: Path, tmp_path: Path) -> None:
    """Should set the pages as an edition is set, with its fonts inside; a letter no font has leaves pages to read."""
    fine, odd = (_with_marts(release, tmp_path / key, name) for key, name in (("a", "مركز\x01"), ("b", "Bo\ue000")))
    folder = render(fine, "2026-H1", tmp_path / "quality")
    page = (folder / "quality.html").read_text("utf-8")
    assert '@font-face { font-family: "Edition"' in page and "\x01" not in page and isolate("مركز") in page
    assert (folder / "quality.pdf").exists() and (folder / "partners" / "beta.html").exists()
    with pytest.raises(TerminalError, match=r"U\+E000"):
        render(odd, "2026-H1", tmp_path / "odd")
    assert "Bo\ue000" in (tmp_path / "odd" / "2026-H1" / "quality.html").read_text("utf-8")


def _with_marts(release: Path, folder: Path, name: str) -> Path:
    """Return a copy of a release that has the marts of quality, with a partner of that name."""
    shutil.copytree(release, folder)
    with duckdb.connect(str(folder / "melflow.duckdb")) as con:
        con.execute("update dim_partner set name = ? where partner_id = 'beta'", [name])
        con.execute("create table mart_data_quality as select *, 0 as cells_held from pub_data_quality")
        con.execute(
            "create table mart_quality_dimension as select partner_id, period_id, 'validity' as dimension, "
            "3 as n_good, 4 as n, 0.75 as share, null::varchar as reason from pub_data_quality"
        )
        con.execute("alter table check_summary add column n_failed int default 0")
        con.execute("alter table check_summary add column source varchar default ''")
    return folder
