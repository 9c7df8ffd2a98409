"""What an edition says beside its published tables, as sheets: the workbook has all of them, the annex the figures."""

from __future__ import annotations

from collections.abc import Iterator

from melflow.reports import quality, section_changes, xlsx_own
from melflow.reports.context import Context
from melflow.reports.document import Block, Document, KeyFigures, Paragraph, Prose, Sentences, Table
from melflow.reports.group import GRAIN, beside
from melflow.reports.xlsx_own import Cell, OwnSheet

_CHANGES = ("figure", "before", "now", "why")
_GROUP = ("section", "about", "own", "n_own", "low", "median", "high", "n")
_REPLIES = ("partner", "figure", "reply", "reply_words")
_WORDS = ("section", "text")
_RULES = ("rule", "source", "severity", "failed", "checked")


def figures(document: Document, context: Context, wanted: tuple[str, ...]) -> tuple[OwnSheet, ...]:
    """Return own periods and money, the group, what is restated, and what partners say; only what there is."""
    own = (*xlsx_own.sheets(context, wanted), *_group(context, wanted))
    return (*own, *_restatements(context), *_replies(document, context))


def words(document: Document, context: Context) -> OwnSheet:
    """Return what is said in sentences, section by section: headlines, findings, key figures, the team's own words."""
    rows = [(section.title, text) for section in document.sections for block in section.blocks for text in _said(block)]
    titles = (context.say("col.section"), context.say("words.sheet"))
    return _sheet(context, "words", _WORDS, titles, tuple(rows))


def rules(context: Context, wanted: tuple[str, ...]) -> tuple[OwnSheet, ...]:
    """Return the rules that were broken, all of them, for the alliance's own data officer."""
    checks = context.data.failed_checks
    if "held" not in wanted or checks.is_empty():
        return ()
    names = ("rule_id", "source", "severity", "n_failed", "n_checked")
    rows: tuple[tuple[Cell, ...], ...] = tuple(checks.select(names).iter_rows())
    return (_sheet(context, "rules", _RULES, quality.rules(context.language, checks).columns, rows),)


def _sheet(
    context: Context, key: str, names: tuple[str, ...], titles: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...]
) -> OwnSheet:
    meanings = (context.say(f"field.{key}.{name}") for name in names)
    return OwnSheet(context.say(f"{key}.sheet"), tuple(zip(titles, meanings, strict=True)), rows, key, names)


def _group(context: Context, wanted: tuple[str, ...]) -> tuple[OwnSheet, ...]:
    """Return the partner's own figures with those of the group, as numbers."""
    rows: list[tuple[Cell, ...]] = [
        (section, ", ".join(row[key] for key in GRAIN[section]), *(row[name] for name in _GROUP[2:]))
        for section in GRAIN
        if section in wanted
        for row in beside(context.data, section)
    ]
    return (_sheet(context, "group", _GROUP, _GROUP, tuple(rows)),) if rows else ()


def _restatements(context: Context) -> tuple[OwnSheet, ...]:
    """Return every change since the edition before; the numbers as they stand in the two releases."""
    rows: list[tuple[Cell, ...]] = []
    for row in context.restated.to_dicts():
        name, was, _, why = section_changes.cells(context, row)
        rows.append((name, was if row["old"] is None else row["old"], row["new"], why))
    titles = tuple(context.say(f"col.{key}") for key in _CHANGES)
    return (_sheet(context, "restated", _CHANGES, titles, tuple(rows)),) if rows else ()


def _replies(document: Document, context: Context) -> tuple[OwnSheet, ...]:
    """Return what partners said of the figures, section by section, as it is printed beside them."""
    title = context.say("table.replies")
    said = [
        block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table) and block.title == title
    ]
    rows = tuple(row for table in said for row in table.rows)
    return (_sheet(context, "replies", _REPLIES, said[0].columns, rows),) if rows else ()


def _said(block: Block) -> Iterator[str]:
    match block:
        case Paragraph():
            yield block.text
        case Sentences():
            yield from block.items
        case KeyFigures():
            yield from (f"{item.value} {item.of} {item.label}" for item in block.items)
        case Prose():
            for passage in block.passages:
                yield from ("".join(run.text for run in item) for item in passage.items)
