"""What a submission says, as one hash: the same whoever exported it, in whatever order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import polars_hash as plh

from melflow.sources import values
from melflow.sources.answers import NUMBERS, REPEAT, SUB, Said, chosen, stacked
from melflow.sources.formrows import SELECT_MULTIPLE

_EXACT = 1e15  # numbers with more digits are not told apart any more


def content(read: list[Said]) -> pl.DataFrame:
    """Return ``__sub`` and ``content_hash``: a hash over the answers of each submission, not over ids and times.

    The same answers give the same hash whether the file has codes or labels, in whatever order options, questions and
    repetitions stand, and whether a number is written 4 or 4.0. Each answer is hashed (XXH3, 64 bits), multiplied by
    an odd number that its item gives, and added; a repetition's sum is hashed once more with its place. So nothing is
    put together that has to be taken in order, and a question without an answer adds nothing.
    """
    sums = [_sums(one, repeat) for one in read for repeat in one.answers]
    if not sums:
        return pl.DataFrame(schema={SUB: pl.UInt32, "content_hash": pl.String})
    total = pl.concat(sums).group_by(SUB).agg(pl.col("sum").sum())
    return total.select(SUB, content_hash=values.digest(total["sum"].cast(pl.String)))


def _sums(read: Said, repeat: str) -> pl.DataFrame:
    """Return ``__sub`` and ``sum`` for each row of the form or of a repeat, modulo 2**64."""
    table = read.answers[repeat]
    total = np.zeros(table.height, dtype=np.uint64)
    for texts, items in _by_kind(read, repeat):
        hashes = texts.to_frame("said").select(plh.col("said").nchash.xxh3_64().fill_null(0)).to_series().to_numpy()
        odd = np.array([_odd(item) for item in items], dtype=np.uint64)
        total += (hashes.reshape(len(items), table.height) * odd[:, None]).sum(axis=0, dtype=np.uint64)
    rows = table.select(SUB, REPEAT).with_columns(pl.Series("sum", total))
    if not repeat:
        return rows.select(SUB, "sum")
    placed = rows.filter(pl.col("sum") != 0).select(SUB, place=pl.format("{}\x1f{}", "sum", REPEAT))
    return placed.select(SUB, sum=plh.col("place").nchash.xxh3_64())


def _by_kind(read: Said, repeat: str) -> Iterator[tuple[pl.Series, list[str]]]:
    """Yield the answers to questions of one kind below each other, the same for the same meaning, and the item ids."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for item in read.items[repeat]:
        number = item["type"] in (*NUMBERS, "calculate")
        kind = "number" if number else SELECT_MULTIPLE if item["type"] == SELECT_MULTIPLE else "text"
        kinds.setdefault(kind, []).append(item)
    for kind, items in kinds.items():
        texts = stacked([read.answers[repeat][item["item_path"]] for item in items])
        yield _canonical(texts, kind), [item["item_id"] for item in items]


def _canonical(answers: pl.Series, kind: str) -> pl.Series:
    """Return answers as texts that are the same for the same meaning."""
    if kind == SELECT_MULTIPLE:
        options = chosen(answers)
        together = options["option"].list.join(" ").str.strip_chars().replace("", None)
        return answers.replace_strict(options["answer"], together, default=None, return_dtype=pl.String)
    if kind == "number":
        frame = pl.DataFrame({"answer": answers, "number": values.numbers(answers, thousands=False)})
        exact = pl.col("number").abs() < _EXACT
        return frame.select(pl.when(exact).then(pl.col("number").cast(pl.String)).otherwise("answer")).to_series()
    return answers


def _odd(item_id: str) -> int:
    return int.from_bytes(hashlib.sha256(item_id.encode()).digest()[:8], "big") | 1
