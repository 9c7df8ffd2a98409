"""The data officer's report on quality: the alliance, what no check sees, and each partner; as page and as PDF."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import polars as pl
from pypdf import PdfReader

from melflow.reports.html import html
from melflow.reports.pdf import pdf
from melflow.reports.quality import DIMENSIONS, document, partner_page

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
