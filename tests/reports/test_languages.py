"""Nothing an edition says by itself is written in the code: under another catalogue every text of it is another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_release import make_report
from lxml import html
from printed import percent, rounded
from published import LAST, context

from melflow.core.warehouse import open_release
from melflow.reports import compose, phrases, reasons
from melflow.reports.document import Block, Figure, KeyFigures, Paragraph, Sentences, Table
from melflow.reports.edition import render
from melflow.reports.frozen import Frozen
from melflow.reports.sections import SECTIONS

MARK = "⟦"
NOW = {"period_id": LAST.period_id}
#: A row or two of every table from which a section makes figures or tables.
ROWS: dict[str, list[dict[str, Any]]] = {
    "pub_capability_score": [
        {"partner_id": "ana", "capability": "trust", "level": "trust", "rater": "self", "instrument_id": "i",
         "n_items": 4, "n_respondents": 20, "score": 50.0, "ci_low": 40.0, "ci_high": 60.0, "period_id": period}
        for period in ("2024-H2", "2025-H1")],
    "pub_health_dyad": [
        {"dyad_id": "ana--bo", "dimension": dimension, "score_a_of_b": 60.0, "score_b_of_a": 30.0, "gap": 30.0,
         "gap_ci_low": 20.0, "gap_ci_high": 40.0, "imbalance_flag": True, "n_a_of_b": 20, "n_b_of_a": 20} | NOW
        for dimension in ("trust", "composite")],
    "pub_mutuality_dyad": [
        {"dyad_id": "ana--bo", "measure": "events", "channel": "all", "flow_ab": 5, "flow_ba": 5, "flow_total": 10,
         "share_a": 0.5, "share_ci_low": 0.4, "share_ci_high": 0.6, "period_id": period}
        for period in ("2024-H2", "2025-H1")],
    "pub_data_quality": [{"partner_id": "ana", "source": "s", "rows_received": 9, "rows_held": 1} | NOW],
    "pub_power_balance": [
        {"scope": "alliance", "resource": "decisions", "unit": "decisions", "total": 9.0, "top_share": 0.5} | NOW],
    "pub_dual_tracking": [
        {"dyad_id": "ana--bo", "quadrant": "neither", "health_composite": 50.0, "result_index": 50.0,
         "health_high_from": 60.0, "result_high_from": 75.0} | NOW],
    "pub_dual_correlation": [
        {"association": "health_result", "dimension": "composite", "lag": 0, "n_dyads": 2,
         "reason": "fewer than 8 dyads"}],
    "pub_indicator_progress": [
        {"scope": "partner", "disaggregation": "total", "indicator_id": "I", "partner_id": "ana", "reason": "no target"}
        | NOW],
    "pub_membership": [
        {"type": kind, "n_partners": 1, "n_types": 1, "n_lead_roles": 1} | NOW for kind in ("all", "ngo")],
    "pub_needs_baseline": [
        {"scope": "alliance", "topic": "trust", "rank": 1, "gap": 9.0, "gap_ci_low": 1.0, "gap_ci_high": 20.0,
         "importance": 80.0, "current": 50.0, "n_partners": 4, "n_respondents": 40} | NOW],
}  # fmt: skip


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Spanish be English behind a mark."""
    said = {key: f"{MARK}{phrase}" for key, phrase in phrases.english().items()}
    real = phrases.phrases
    for module in (phrases, reasons):
        monkeypatch.setattr(module, "phrases", lambda language: said if language == "es" else real(language))


def texts(block: Block) -> Iterator[str]:
    """Yield what a block says by itself; cells are the alliance's own."""
    match block:
        case Paragraph():
            yield block.text
        case Sentences():
            yield from block.items
            yield block.label or MARK
        case KeyFigures():
            yield from (text for item in block.items for text in (item.of, item.label))
        case Figure():
            yield from (block.title, block.alt, block.note)
        case Table():
            yield from (block.title, *block.columns, block.note or MARK)


@pytest.mark.usefixtures("marked")
def test_sections__every_text_from_the_catalogue() -> None:
    """Should take titles, sentences, heads, notes, alternative texts, and reasons from the catalogue."""
    given = context(ROWS, "es")
    parts = compose.sections(given, tuple(SECTIONS))
    blocks = [block for part in parts for block in part.blocks]
    assert sum(isinstance(block, Figure) for block in blocks) >= 7
    said = [part.title for part in parts] + [text for block in blocks for text in texts(block)]
    assert [text for text in said if not text.startswith(MARK)] == []
    cells = [cell for block in blocks if isinstance(block, Table) for row in block.rows for cell in row]
    for known in ("fewer than 8 dyads", "no target", "Decisions", "non-governmental", "neither"):
        assert not [cell for cell in cells if cell == known] and [cell for cell in cells if cell.endswith(known)]


@pytest.mark.parametrize(("language", "own", "expected"), [(None, "fr", "fr"), (None, "xx", "es"), ("en", "fr", "en")])
def test_frozen__language_of_a_return_report(workspace: Any, language: str | None, own: str, expected: str) -> None:
    """Should speak the partner's language where there are words for it, else the alliance's first."""
    alliance = SimpleNamespace(**{**vars(workspace.alliance), "languages": ("xx", "es")})
    partners = {"ana": SimpleNamespace(language=own)}
    here = SimpleNamespace(**{**vars(workspace), "alliance": alliance, "partners": partners})
    assert Frozen.of(make_report(language=language), here, "ana").language == expected


def test_frozen__one_activity(workspace: Any) -> None:
    """Should have the file for the registry in the report's own language alone, which speaks the others too."""
    settings = SimpleNamespace(model_dump=lambda mode: {"sector": "14030"})
    report = make_report(formats=["pdf", "iati"], iati=settings, also_in=("es",))
    own, other = Frozen.of(report, workspace), Frozen.of(report, workspace, language="es")
    assert own.formats == ("pdf", "iati") and own.iati is not None and "es" in own.iati["further"]
    assert other.formats == ("pdf",) and other.iati is None


def numbers(page: str) -> list[list[str]]:
    """Return source, rows held, rows received and answers skipped of the table of the annex, in any order."""
    rows = html.fromstring(page).xpath("//section[@id='annex']//table[last()]/tbody/tr")
    return sorted([row[place].text_content() for place in (1, 2, 3, 5)] for row in rows)


def wanted_numbers(release: Path, language: str) -> list[list[str]]:
    """Return the same from the mart, with the marks of the language in the numbers."""
    marks = str.maketrans({"es": {",": ".", ".": ","}, "fr": {",": "\N{NARROW NO-BREAK SPACE}", ".": ","}}[language])
    with open_release(release) as con:
        rows = con.execute("from pub_data_quality where period_id = '2026-H1' and not is_suppressed").pl().to_dicts()
    assert rows
    return sorted(
        [row["source"], *(said.translate(marks) for said in (
            rounded(row["rows_held"]), rounded(row["rows_received"]), percent(row["item_missing_rate"], 1)))]
        for row in rows
    )  # fmt: skip


@pytest.mark.parametrize(("language", "words"), [
    ("es", ("Preparado para: la entidad financiadora", "enero\N{EN DASH}junio de 2026",
            "Diez organizaciones", "30 de junio de 2026")),
    ("fr", ("Préparé pour\N{NARROW NO-BREAK SPACE}: le bailleur", "30 juin 2026")),
])  # fmt: skip
def test_render__in_a_language(
    release: Path, workspace: Any, tmp_path: Path, language: str, words: tuple[str, ...]
) -> None:
    """Should write a whole edition in it: words, months, days."""
    edition = render(
        release,
        make_report(language=language, formats=["html"], sections=["quality", "method"]),
        workspace,
        "2026-H1",
        tmp_path,
    )
    page = edition.files["html"].read_text("utf-8")
    assert f'<html lang="{language}">' in page
    assert numbers(page) == wanted_numbers(release, language)
    assert [word for word in words if word not in page] == []
    assert not [word for word in ("suppressed", "95\N{NO-BREAK SPACE}% interval", "Contents") if f">{word}<" in page]
