"""The page of what every check found, for the data officer: counts by source and rule, and why each rule exists.

It has no value of any row, and nothing in it is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from melflow.reports import rounding
from melflow.reports.document import Block, Document, Paragraph, Section, Table
from melflow.reports.html import html
from melflow.reports.phrases import say

_LANGUAGE = "en"
#: A form's rule without the form; "own:" is part of the name of a rule of the alliance.
_of_form = pl.col("rule_id").str.replace("^(own:[^:]*|[^:]*).*$", "$1")
_WORDS = ("contents", "figure", "table", "page", "skip", "held_back", "suppressed")


def render(
    alliance: str, checks: pl.DataFrame, reasons: Mapping[str, str], folder: Path, docs: Path | None = None
) -> Path:
    """Write ``index.html``; the same findings give the same bytes.

    Args:
        alliance: Name of the alliance.
        checks: One row per source, table and rule: source, table_name, rule_id, severity, success, n_checked,
            n_failed (counts of rows) and checked_at.
        reasons: Rule, as ``table.rule_id`` without what a form's rule was made from -> why it exists.
        folder: Where the page is written.
        docs: First page of Great Expectations' data docs, below the folder; None without them.

    Returns:
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "index.html"
    href = docs.relative_to(folder).as_posix() if docs else ""
    page.write_text(html(document(alliance, checks, reasons, href)), encoding="utf-8")
    return page


def document(alliance: str, checks: pl.DataFrame, reasons: Mapping[str, str], docs: str = "") -> Document:
    """Return the page as data; see ``render``."""
    checks = checks.sort("source", "table_name", "rule_id").with_columns(
        rule=pl.format("{}.{}", "table_name", "rule_id"),
        base=pl.format("{}.{}", "table_name", _of_form),
    )
    more = (Paragraph(_say("docs"), href=docs),) if docs else ()
    parts = [Section("broken", _say("broken"), (*_lead(checks), *more))]
    for (source,), mine in checks.group_by("source", maintain_order=True):
        day = rounding.date(mine["checked_at"].dt.date().max())  # type: ignore[arg-type]
        told = _table(_say("all", source=source, date=day), mine, False)
        parts.append(Section(f"source-{source}", str(source), (told,)))
    used = [name for name in checks["base"].unique().sort() if name in reasons]
    if used:
        parts.append(Section("why", _say("why"), (_reasons({name: reasons[name] for name in used}),)))
    return Document(
        title=_say("title"),
        alliance=alliance,
        description="",
        period="",
        audience=_say("audience"),
        language=_LANGUAGE,
        words={key: say(_LANGUAGE, key) for key in _WORDS},
        facts=(),
        footer="",
        sections=tuple(parts),
    )


def _lead(checks: pl.DataFrame) -> list[Block]:
    if checks.is_empty():
        return [Paragraph(_say("nothing"))]
    broken = checks.filter(~pl.col("success"))  # rows that break a gate that stays open break nothing
    broken = broken.sort("n_failed", "source", "rule", descending=[True, False, False])
    # every row of a table is judged by several rules of it: the rule with the most says how many rows there are
    n_rows = int(checks.group_by("source", "table_name").agg(pl.col("n_checked").max())["n_checked"].sum())
    facts = {"rules": checks["rule"].n_unique(), "sources": checks["source"].n_unique(),
             "broken": broken["rule"].n_unique(), "rows": n_rows}  # fmt: skip
    lead = Paragraph(_say("lead", **facts))
    return [lead] if broken.is_empty() else [lead, _table(_say("broken"), broken, True)]


def _table(title: str, checks: pl.DataFrame, with_source: bool) -> Table:
    """Return rules and their counts; with the source beside them, unless the table is of one."""
    names = ("rule", *(["source"] if with_source else []), "severity", "failed", "checked")
    columns = ("rule", *(["source"] if with_source else []), "severity", "n_failed", "n_checked")
    return Table(
        title=title,
        columns=tuple(_say(f"col.{name}") for name in names),
        widths=tuple({"rule": 4.0, "source": 2.0}.get(name, 1.0) for name in names),
        numeric=tuple(name in ("failed", "checked") for name in names),
        rows=tuple(tuple(map(str, row)) for row in checks.select(columns).iter_rows()),
    )


def _reasons(reasons: Mapping[str, str]) -> Table:
    return Table(
        title=_say("why"),
        columns=(_say("col.rule"), _say("col.reason")),
        widths=(2, 5),
        numeric=(False, False),
        rows=tuple(reasons.items()),
    )


def _say(key: str, **facts: object) -> str:
    return say(_LANGUAGE, f"checks.{key}", **facts)
