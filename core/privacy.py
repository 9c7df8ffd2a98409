"""Pseudonyms: a keyed hash stands for a person everywhere outside landing."""

from __future__ import annotations

import hmac

import polars as pl

LENGTH = 16  # hexadecimal digits, 64 bits: a clash needs some four thousand million people


def pseudonym(values: pl.Series, key: bytes) -> pl.Series:
    """Return HMAC-SHA256 of each text as 16 hexadecimal digits; null stays null.

    Args:
        values: Personal values; anything but text is cast to text first.
        key: The workspace's secret; without it a pseudonym cannot be traced back by trying names.
    """
    texts = values.cast(pl.String)
    hashed = {text: hmac.digest(key, text.encode(), "sha256").hex()[:LENGTH] for text in texts.drop_nulls().unique()}
    return pl.Series(values.name, [None if text is None else hashed[text] for text in texts], dtype=pl.String)
