"""Repetitions in a Kobo export: on sheets of their own, in numbered columns, or in further rows of the submission."""

from __future__ import annotations

import polars as pl

from melflow.sources import values
from melflow.sources.answers import INDEX, REPEAT, SUB
from melflow.sources.kobo_layout import Layout
from melflow.sources.kobo_sheet import Export
from melflow.sources.labels import Match
from melflow.sources.payload import Origin
from melflow.sources.tables import ROW

_INDEX, _PARENT = ("_index",), ("_parent_index",)
#: How else a repeat's sheet may name the submission, when the index is gone: its column -> the main sheet's.
_SUBMISSION = {"_submission__id": "_id", "_submission__uuid": "_uuid"}
_KEY = ("_uuid", "instanceID", "_id")


def refuse_repeat_alone(origin: Origin, layout: Layout) -> None:
    """Refuse a file that is the table of a repeat: its rows name parents that are not in it.

    Raises:
        SourceError: The file is one.
    """
    repeats = dict(layout.form.items.select("item_path", "repeat_path").iter_rows())
    inside = sorted({repeats[path] for path in layout.match.paths})
    numbered = any(target.place for target in layout.match.columns.values())
    if inside and "" not in inside and layout.main.has(_PARENT) and not numbered:
        raise origin.error(
            "the file holds submissions",
            f"the table of the repeat '{inside[0]}' alone",
            "Export as XLSX, which has repeats as further sheets of the same file.",
        )


def numbered(layout: Layout) -> pl.DataFrame:
    """Return the rows of the main sheet with the number of their submission, ``__repeat`` and ``index``.

    Where a repeat stands in the main sheet without numbers, a submission has one row per repetition: rows that are
    alike in everything else, the submission's identifier included, are one submission.
    """
    main = layout.main
    top = main.body.with_columns(pl.lit("").alias(REPEAT), main.first(_INDEX).alias("index"))
    flat = {f"c{number}" for number in _unnumbered(layout)}
    if not flat:
        return top.with_row_index(SUB)
    alike = [f"c{number}" for number in range(len(main.headers)) if f"c{number}" not in flat]
    key = pl.when(main.first(_KEY).is_not_null()).then(pl.struct(alike).hash()).otherwise(pl.col(ROW).hash())
    top = top.with_columns(key=key)
    first = top.select("key").unique(maintain_order=True).with_row_index(SUB)
    return top.join(first, on="key", maintain_order="left").drop("key")


def each_once(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the first row of each submission: without repeats in the main sheet, all rows as they are."""
    return rows if rows[SUB].is_unique().all() else rows.unique(SUB, keep="first", maintain_order=True)


def main_frames(layout: Layout, rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return repeat path -> answers that stand in the main sheet."""
    groups = layout.main.answers(layout.match)
    repeats = dict(layout.form.items.select("item_path", "repeat_path").iter_rows())
    plain = [one for one in groups.get("", []) if not repeats[one.meta.output_name()]]
    frames = {"": each_once(rows).select(*INDEX, *plain)}
    parts: dict[str, list[pl.DataFrame]] = {}
    for one in groups.get("", []):
        repeat = repeats[one.meta.output_name()]
        if repeat and repeat not in parts:
            number = pl.int_range(1, pl.len() + 1).over(SUB).cast(pl.String)
            place = pl.format("{}[{}]", pl.lit(repeat), number).alias(REPEAT)
            below = [other for other in groups[""] if repeats[other.meta.output_name()] == repeat]
            parts[repeat] = [rows.select(SUB, place, *(name for name in INDEX if name not in (SUB, REPEAT)), *below)]
    for where, said in groups.items():
        if where:
            there = rows.with_columns(pl.lit(where).alias(REPEAT)).select(*INDEX, *said)
            parts.setdefault(repeats[said[0].meta.output_name()], []).append(there)
    for repeat, found in parts.items():
        filled = pl.concat(found, how="diagonal")
        is_there = pl.any_horizontal(values.filled(pl.exclude(INDEX)).is_not_null())
        frames[repeat] = filled.filter(is_there).sort(SUB, maintain_order=True)
    return frames


def linked(origin: Origin, layout: Layout, rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return repeat path -> rows of its sheet, with the submission and the repetition they are of."""
    above = {"": rows}
    for repeat, (export, _) in layout.repeats.items():
        parent = next(reversed(["", *(outer for outer in layout.form.repeats if repeat.startswith(f"{outer}/"))]))
        if parent not in above:
            raise origin.error(
                "a repeat inside another has the sheet of the other beside it",
                f"the sheet of '{repeat}' without one of '{parent}'",
                "Export again with all sheets; none may be deleted.",
                export.name,
            )
        above[repeat] = _placed(origin, export, repeat, parent, above[parent], layout.main)
    return {repeat: frame for repeat, frame in above.items() if repeat}


def answers(export: Export, match: Match, placed: pl.DataFrame) -> pl.DataFrame:
    """Return the answers of a repeat's sheet."""
    return placed.select(*INDEX, *(one for found in export.answers(match).values() for one in found))


def _unnumbered(layout: Layout) -> list[int]:
    repeats = dict(layout.form.items.select("item_path", "repeat_path").iter_rows())
    return [n for n, target in layout.match.columns.items() if repeats[target.path] and not target.place]


def _placed(
    origin: Origin, export: Export, repeat: str, parent: str, above: pl.DataFrame, main: Export
) -> pl.DataFrame:
    """Join the rows of a repeat to their parents, and number them below each; rows without a parent are left out."""
    name = repeat.removeprefix(parent).strip("/")
    own, theirs = export.first(_PARENT), pl.col("index")
    if not parent and not export.has(_PARENT):
        links = (own for own, theirs in _SUBMISSION.items() if export.has((own,)) and main.has((theirs,)))
        there = next(links, "")
        own, theirs = export.first((there,)), main.first((_SUBMISSION.get(there, ""),))
    above = above.select(SUB, pl.col(REPEAT).alias("outer"), theirs.alias("parent")).drop_nulls("parent")
    if above["parent"].is_duplicated().any():
        raise origin.error(
            "every row has an _index of its own",
            f"an _index twice in the rows above the repeat '{repeat}'",
            "Export again; rows of two exports cannot stand in one sheet.",
            main.name if not parent else "",
        )
    body = export.body.with_columns(export.first(_INDEX).alias("index"), own.alias("parent"))
    body = body.join(above, on="parent", maintain_order="left")
    outer = pl.when(pl.col("outer") != "").then(pl.col("outer") + "/").otherwise(pl.lit(""))
    number = pl.int_range(1, pl.len() + 1).over("parent").cast(pl.String)
    return body.with_columns((outer + pl.lit(f"{name}[") + number + pl.lit("]")).alias(REPEAT))
