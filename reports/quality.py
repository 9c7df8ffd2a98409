"""The report on the quality of the data of one period: the alliance, then each partner on a part of its own.

It is for the data officer and reads the marts of a release, not their published copies; it is never sent.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from melflow.core.warehouse import open_release
from melflow.reports import rounding
from melflow.reports.document import Block, Document, Paragraph, Section, Table
from melflow.reports.html import html
from melflow.reports.pdf import pdf
from melflow.reports.phrases import say

DIMENSIONS = ("validity", "integrity", "precision", "reliability", "timeliness", "completeness")
_WORDS = ("contents", "figure", "table", "page", "skip", "held_back", "suppressed", "glyphs")
_LANGUAGE = "en"
_COUNTS = ("rows_received", "rows_held", "cells_held")
_CHECKS = 25  # rules that are named


def render(release_dir: Path, period_id: str, out_dir: Path) -> Path:
    """Write ``<period>/quality.html`` and ``quality.pdf``; the same release gives the same bytes.

    Args:
        release_dir: The folder of the release.
        period_id: The period.
        out_dir: The folder of all quality reports.

    Returns:
        The folder of the two files.
    """
    with open_release(release_dir) as con:
        info = con.execute("from release_info").pl().row(0, named=True)
        names = dict(con.execute("select partner_id, name from dim_partner").fetchall())
        quality = con.execute("from mart_data_quality where period_id = ?", [period_id]).pl()
        dimensions = con.execute("from mart_quality_dimension where period_id = ?", [period_id]).pl()
        checks = con.execute("from check_summary where n_failed > 0 order by n_failed desc, rule_id, source").pl()
    made = document(info, period_id, names, quality, dimensions, checks)
    folder = out_dir / period_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "quality.html").write_text(html(made), encoding="utf-8")
    created: dt.datetime = info["created_at"]
    (folder / "quality.pdf").write_bytes(pdf(made, created))
    return folder


def document(
    info: dict[str, Any],
    period_id: str,
    names: dict[str, str],
    quality: pl.DataFrame,
    dimensions: pl.DataFrame,
    checks: pl.DataFrame,
) -> Document:
    """Return the report as data.

    Args:
        info: The row of release_info.
        period_id: The period.
        names: Partner id -> name.
        quality: The period's rows of mart_data_quality.
        dimensions: The period's rows of mart_quality_dimension.
        checks: Rules that were broken: source, rule_id, severity, n_checked, n_failed.
    """
    partners = sorted(set(quality["partner_id"]), key=lambda one: (one == "unknown", names.get(one, one)))
    whole = dimensions.group_by("dimension").agg(pl.col("n_good", "n").sum())
    whole = whole.with_columns(share=pl.when(pl.col("n") > 0).then(pl.col("n_good") / pl.col("n")), reason=pl.lit(None))
    blocks: list[Block] = [Paragraph(_lead(quality, period_id, names))]
    if not quality.is_empty():
        blocks += [_dimensions(whole), _sources(quality)]
    if not checks.is_empty():
        blocks.append(_checks(checks.head(_CHECKS)))
    parts = [Section("all", _say("all"), tuple(blocks))]
    parts.append(Section("unseen", _say("unseen.title"), (Paragraph(_say("unseen")),)))
    for partner in partners:
        mine = quality.filter(partner_id=partner)
        told: list[Block] = [_dimensions(dimensions.filter(partner_id=partner)), _sources(mine)]
        parts.append(Section(f"partner-{partner}", names.get(partner, partner), tuple(told)))
    return Document(
        title=_say("title"),
        alliance=info["alliance_name"],
        description="",
        period=period_id,
        audience=_say("audience"),
        language=_LANGUAGE,
        words={key: say(_LANGUAGE, key) for key in _WORDS},
        facts=(),
        footer=f"{info['release_id']}  ·  {say(_LANGUAGE, 'as_of', date=rounding.date(info['as_of']))}",
        sections=tuple(parts),
    )


def _lead(quality: pl.DataFrame, period_id: str, names: dict[str, str]) -> str:
    if quality.is_empty():
        return _say("nothing", period=period_id)
    held, received = int(quality["rows_held"].sum()), int(quality["rows_received"].sum())
    n_partners = len(set(quality["partner_id"]) & set(names))
    return _say("lead", held=held, received=received, period=period_id, partners=n_partners)


def _dimensions(rows: pl.DataFrame) -> Table:
    known = {row["dimension"]: row for row in rows.to_dicts()}
    return Table(
        title=_say("dimensions"),
        columns=(_say("col.dimension"), _say("col.share"), _say("col.of")),
        widths=(4, 1, 2),
        numeric=(False, True, True),
        rows=tuple(
            (_say(f"dimension.{name}"), rounding.percent(row["share"]), f"{row['n_good']} / {row['n']}")
            if row["n"]
            else (_say(f"dimension.{name}"), row["reason"] or "-")
            for name in DIMENSIONS
            if (row := known.get(name))
        ),
    )


def _sources(quality: pl.DataFrame) -> Table:
    """Return what came by source; a share is of the partners' rows of it, so it stands for single partners only."""
    summed = quality.group_by("source").agg(
        pl.col(_COUNTS).sum(), pl.col("on_time_share", "item_missing_rate").mean(), n=pl.len()
    ).sort("source")  # fmt: skip
    return Table(
        title=_say("sources"),
        columns=tuple(_say(f"col.{key}") for key in ("source", "received", "held", "answers", "late", "missing")),
        widths=(3, 1, 1, 1, 1, 1),
        numeric=(False, True, True, True, True, True),
        rows=tuple(
            (
                row["source"],
                *(str(row[name]) for name in _COUNTS),
                *(
                    "-" if row["n"] > 1 or row[name] is None else rounding.percent(row[name])
                    for name in ("on_time_share", "item_missing_rate")
                ),
            )
            for row in summed.to_dicts()
        ),
    )


def _checks(checks: pl.DataFrame) -> Table:
    return Table(
        title=_say("checks"),
        columns=tuple(_say(f"col.{key}") for key in ("rule", "source", "severity", "failed", "checked")),
        widths=(3, 2, 1, 1, 1),
        numeric=(False, False, False, True, True),
        rows=tuple(
            (row["rule_id"], row["source"], row["severity"], str(row["n_failed"]), str(row["n_checked"]))
            for row in checks.to_dicts()
        ),
    )


def _say(key: str, **facts: object) -> str:
    return say(_LANGUAGE, f"qreport.{key}", **facts)
