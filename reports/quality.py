"""The report on the quality of the data of one period: the alliance, then each partner; and a page for each partner.

It is for the data officer and reads the marts of a release, not their published copies; it is never sent. A partner's
page has nothing of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from melflow.core.errors import TerminalError
from melflow.core.warehouse import open_release
from melflow.reports import phrases, rounding
from melflow.reports.clean import cleaned
from melflow.reports.document import Block, Document, Paragraph, Section, Table
from melflow.reports.html import html
from melflow.reports.pdf import pdf
from melflow.reports.phrases import say
from melflow.reports.reasons import told
from melflow.reports.typefaces import with_own
from melflow.reports.typeset import typeset

DIMENSIONS = ("validity", "integrity", "precision", "reliability", "timeliness", "completeness")
_WORDS = ("contents", "figure", "table", "page", "skip", "held_back", "suppressed")
_COUNTS = ("rows_received", "rows_held", "cells_held")
_CHECKS = 25  # rules that are named


def render(
    release_dir: Path,
    period_id: str,
    out_dir: Path,
    languages: Sequence[str] = ("en",),
    spoken: Mapping[str, str] | None = None,
    fonts: Path | None = None,
) -> Path:
    """Write ``<period>/quality.html`` and ``.pdf``, and ``partners/<id>.html``; the same release gives the same bytes.

    Args:
        release_dir: The folder of the release.
        period_id: The period.
        out_dir: The folder of all quality reports.
        languages: Those of the alliance; the report is written in each there are words for, the first of these
            without its code in the name, and in English where there are words for none.
        spoken: Partner id -> the language of its page; the first of the alliance for others.
        fonts: The workspace's own fonts, if it has a folder of them.

    Returns:
        The folder of the files.

    Raises:
        TerminalError: Letters no font has; the pages are written, which show them as the reader's machine can.
    """
    with open_release(release_dir) as con:
        info = con.execute("from release_info").pl().row(0, named=True)
        names = dict(con.execute("select partner_id, name from dim_partner").fetchall())
        quality = con.execute("from mart_data_quality where period_id = ?", [period_id]).pl()
        dimensions = con.execute("from mart_quality_dimension where period_id = ?", [period_id]).pl()
        checks = con.execute("from check_summary where n_failed > 0 order by n_failed desc, rule_id, source").pl()
    typefaces = with_own(fonts)
    words = phrases.languages()
    known = [language for language in languages if language in words] or ["en"]
    folder = out_dir / period_id
    (folder / "partners").mkdir(parents=True, exist_ok=True)
    parts: list[tuple[Path, Document]] = []
    for language in known:
        made = document(info, period_id, names, quality, dimensions, checks, language)
        name = "quality" if language == known[0] else f"quality-{language}"
        parts.append((folder / f"{name}.html", made))
    for partner in sorted(set(quality["partner_id"]) & set(names)):
        own = (spoken or {}).get(partner, known[0])
        made = partner_page(info, period_id, partner, names, quality, dimensions, own if own in words else known[0])
        parts.append((folder / "partners" / f"{partner}.html", made))
    lacking: TerminalError | None = None
    for path, made in parts:
        try:
            drawn = typeset(made, typefaces, {})
        except TerminalError as error:
            lacking = lacking or error
            path.write_text(html(cleaned(made)), encoding="utf-8")
            continue
        path.write_text(html(drawn, typefaces), encoding="utf-8")
        if path.parent == folder:
            path.with_suffix(".pdf").write_bytes(pdf(drawn, info["created_at"], typefaces))
    if lacking:
        raise lacking
    return folder


def document(
    info: dict[str, Any],
    period_id: str,
    names: dict[str, str],
    quality: pl.DataFrame,
    dimensions: pl.DataFrame,
    checks: pl.DataFrame,
    language: str = "en",
) -> Document:
    """Return the report as data.

    Args:
        info: The row of release_info.
        period_id: The period.
        names: Partner id -> name.
        quality: The period's rows of mart_data_quality.
        dimensions: The period's rows of mart_quality_dimension.
        checks: Rules that were broken: source, rule_id, severity, n_checked, n_failed.
        language: Of its words.
    """
    partners = sorted(set(quality["partner_id"]), key=lambda one: (one == "unknown", names.get(one, one)))
    whole = dimensions.group_by("dimension").agg(pl.col("n_good", "n").sum())
    whole = whole.with_columns(share=pl.when(pl.col("n") > 0).then(pl.col("n_good") / pl.col("n")), reason=pl.lit(None))
    blocks: list[Block] = [Paragraph(_lead(language, quality, period_id, names))]
    if not quality.is_empty():
        blocks += [_dimensions(language, whole), _sources(language, quality)]
    if not checks.is_empty():
        blocks.append(rules(language, checks))
    parts = [Section("all", _say(language, "all"), tuple(blocks)), _unseen(language)]
    for partner in partners:
        told = _of_partner(language, partner, quality, dimensions)
        parts.append(Section(f"partner-{partner}", names.get(partner, partner), told))
    return _whole(language, info, period_id, _say(language, "title"), _say(language, "audience"), parts)


def partner_page(
    info: dict[str, Any],
    period_id: str,
    partner: str,
    names: dict[str, str],
    quality: pl.DataFrame,
    dimensions: pl.DataFrame,
    language: str = "en",
) -> Document:
    """Return the page of one partner as data; it has nothing of the others. The arguments are those of ``document``."""
    mine = quality.filter(partner_id=partner)
    held, received = (int(mine[name].sum()) for name in ("rows_held", "rows_received"))
    lead = Paragraph(_say(language, "lead.partner", held=held, received=received, period=period_id))
    told = (lead, *_of_partner(language, partner, quality, dimensions))
    parts = [Section("partner", names[partner], told), _unseen(language)]
    title = _say(language, "title.partner", partner=names[partner])
    return _whole(language, info, period_id, title, _say(language, "audience.partner"), parts)


def _of_partner(language: str, partner: str, quality: pl.DataFrame, dimensions: pl.DataFrame) -> tuple[Block, ...]:
    mine = quality.filter(partner_id=partner)
    return _dimensions(language, dimensions.filter(partner_id=partner)), _sources(language, mine)


def _unseen(language: str) -> Section:
    return Section("unseen", _say(language, "unseen.title"), (Paragraph(_say(language, "unseen")),))


def _whole(
    language: str, info: dict[str, Any], period_id: str, title: str, audience: str, parts: list[Section]
) -> Document:
    as_of = say(language, "as_of", date=rounding.date(info["as_of"], language))
    made_from = f"{info['release_id']}  ·  {as_of}"
    return Document(
        title=title,
        alliance=info["alliance_name"],
        description="",
        period=period_id,
        audience=audience,
        language=language,
        words={key: say(language, key) for key in _WORDS},
        facts=((say(language, "fact.release"), made_from),),
        footer=made_from,
        sections=tuple(parts),
    )


def _lead(language: str, quality: pl.DataFrame, period_id: str, names: dict[str, str]) -> str:
    if quality.is_empty():
        return _say(language, "nothing", period=period_id)
    held, received = int(quality["rows_held"].sum()), int(quality["rows_received"].sum())
    n_partners = len(set(quality["partner_id"]) & set(names))
    return _say(language, "lead", held=held, received=received, period=period_id, partners=n_partners)


def _dimensions(language: str, rows: pl.DataFrame) -> Table:
    known = {row["dimension"]: row for row in rows.to_dicts()}
    return Table(
        title=_say(language, "dimensions"),
        columns=(_say(language, "col.dimension"), _say(language, "col.share"), _say(language, "col.of")),
        widths=(4, 1, 2),
        numeric=(False, True, True),
        rows=tuple(
            (
                _say(language, f"dimension.{name}"),
                rounding.percent(row["share"], language),
                f"{_count(row['n_good'], language)} / {_count(row['n'], language)}",
            )
            if row["n"]
            else (_say(language, f"dimension.{name}"), told(language, row["reason"]))
            for name in DIMENSIONS
            if (row := known.get(name))
        ),
    )


def _sources(language: str, quality: pl.DataFrame) -> Table:
    """Return what came by source; a share is of the partners' rows of it, so it stands for single partners only."""
    summed = quality.group_by("source").agg(
        pl.col(_COUNTS).sum(), pl.col("on_time_share", "item_missing_rate").mean(), n=pl.len()
    ).sort("source")  # fmt: skip
    return Table(
        title=_say(language, "sources"),
        columns=tuple(
            _say(language, f"col.{key}") for key in ("source", "received", "held", "answers", "late", "missing")
        ),
        widths=(3, 1, 1, 1, 1, 1),
        numeric=(False, True, True, True, True, True),
        rows=tuple(
            (
                row["source"],
                *(_count(row[name], language) for name in _COUNTS),
                *(
                    "-" if row["n"] > 1 or row[name] is None else rounding.percent(row[name], language)
                    for name in ("on_time_share", "item_missing_rate")
                ),
            )
            for row in summed.to_dicts()
        ),
    )


def rules(language: str, checks: pl.DataFrame) -> Table:
    """Return the rules that were broken most; the arguments are those of ``document``."""
    return Table(
        title=_say(language, "checks"),
        columns=tuple(_say(language, f"col.{key}") for key in ("rule", "source", "severity", "failed", "checked")),
        widths=(3, 2, 1, 1, 1),
        numeric=(False, False, False, True, True),
        rows=tuple(
            (
                row["rule_id"],
                row["source"],
                row["severity"],
                _count(row["n_failed"], language),
                _count(row["n_checked"], language),
            )
            for row in checks.head(_CHECKS).to_dicts()
        ),
    )


def _count(value: float, language: str) -> str:
    return rounding.number(value, 0, language)


def _say(language: str, key: str, **facts: object) -> str:
    return say(language, f"qreport.{key}", **facts)
