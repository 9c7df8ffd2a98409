"""Rows with a natural key to a canonical table: repetitions dropped and counted, contradictions marked."""

from __future__ import annotations

import polars as pl

from melflow.sources import canonical, values
from melflow.sources.identity import MADE
from melflow.sources.payload import Notes, Origin, Parsed
from melflow.sources.survey import stamped


def assemble(
    origin: Origin,
    table: str,
    key: str,
    prefix: str,
    rows: pl.DataFrame,
    meaning: pl.Expr,
    notes: Notes,
    *,
    acts: bool = False,
) -> Parsed:
    """Return a payload's rows as one canonical table.

    The key becomes ``<source>:<id>``: two partners may number their rows alike, and each one's report is kept.

    Args:
        origin: The payload.
        table: Canonical table.
        key: Its key column; where null, the row is named by ``meaning``.
        prefix: Letter that marks the table in row_id.
        rows: Canonical columns; ``content_hash`` holds the text to be hashed.
        meaning: Text that says which thing a row is about, for rows without a key.
        notes: What the reader noted; duplicates are added.
        acts: Each row is an act of its own: rows without a key that say the same are as many acts as rows.
    """
    said = rows.select("content_hash")
    said = said.with_columns(about=_about(rows, key, meaning, acts=acts)) if rows[key].null_count() else said
    named = rows.with_columns(about=pl.lit(None, pl.String)).with_columns(values.digests(said))
    named = named.with_columns(
        (pl.lit(f"{origin.source}:") + pl.coalesce(key, pl.lit(MADE) + pl.col("about"))).alias(key)
    )
    repeats = named[key].n_unique() < named.height
    kept = named.unique([key, "content_hash"], keep="first", maintain_order=True) if repeats else named
    kept = stamped(kept.drop("about"), origin).with_row_index("number", offset=1)
    kept = kept.with_columns(row_id=pl.format(f"{{}}#{prefix}{{}}", pl.lit(origin.load_id), "number")).drop("number")
    conflicts = kept.filter(pl.col(key).is_duplicated())["row_id"].to_list() if repeats else []
    notes = notes | {"duplicates": named.height - kept.height}
    return Parsed({table: canonical.conform(table, kept)}, notes, conflicts)


def made_of(n_records: int, n_that_made: int, n_made: int) -> Notes:
    """Return the notes about records that become several rows, or none: events, messages, activities.

    Args:
        n_records: Records that were read.
        n_that_made: Of these: became at least one row.
        n_made: Rows they became.
    """
    return {
        "rows_read": n_records,
        "rows_dropped_made_nothing": n_records - n_that_made,
        "rows_split": n_made - n_that_made,
    }


def _about(rows: pl.DataFrame, key: str, meaning: pl.Expr, *, acts: bool) -> pl.Series:
    """Return what is hashed to name each row without a key.

    Acts that say the same are numbered, the first left as it is: a file that comes again names the same rows.
    """
    texts = rows.select(about=pl.when(pl.col(key).is_null()).then(meaning))
    if acts:
        number = pl.int_range(pl.len()).over("about")
        again = pl.col("about").is_not_null() & (number > 0)
        texts = texts.select(about=pl.when(again).then(pl.format("{}\x1f{}", "about", number)).otherwise("about"))
    return texts["about"]
