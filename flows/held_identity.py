"""The name of a problem: the same whenever the same thing breaks the same rule, in whatever load, row or file."""

from __future__ import annotations

import hashlib

import polars as pl

from melflow.sources.canonical import KEYS

#: What tells answers apart across versions of their submission.
_ANSWER = ("submission_id", "repeat_path", "item_id", "option")


def identified(held: pl.DataFrame) -> pl.DataFrame:
    """Return held rows with ``record_key``, ``held_id`` and ``value_hash``; each row and rule once.

    Args:
        held: Columns of ``expectations.held.HELD``, of one load or of several.

    Rows of a load that are about the same thing (two lines with one id) are told apart by their order.
    """
    once = held.unique(["row_id", "rule_id"], keep="first", maintain_order=True)
    named = once.with_columns(_record_key().alias("record_key"))
    problem = ["source", "table_name", "rule_id", "record_key"]
    nth = pl.int_range(pl.len()).over("load_id", *problem)
    text = pl.concat_str(*problem, nth, separator="\n")
    return named.with_columns(
        text.map_elements(short_hash, pl.String).alias("held_id"),
        pl.col("value").map_elements(short_hash, pl.String).alias("value_hash"),
    )


def short_hash(text: str) -> str:
    """Return the first 16 hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _record_key() -> pl.Expr:
    def said(name: str) -> pl.Expr:
        return pl.col("row_json").str.json_path_match(f"$.{name}")

    key = pl.lit(None, pl.String)
    for table, columns in KEYS.items():
        names = _ANSWER if table == "src_response" else columns
        first, *rest = (said(name) for name in names)
        whole = pl.concat_str(first, *(one.fill_null("") for one in rest), separator="|")
        key = pl.when(pl.col("table_name") == table).then(whole).otherwise(key)
    return key.fill_null(pl.col("place"))
