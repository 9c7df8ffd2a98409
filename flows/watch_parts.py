"""Drift inside an instrument: of each partner and each device, in answers, missing answers, languages and volume."""

from __future__ import annotations

import polars as pl

from melflow.core.statistics.drift import distributions, volumes
from melflow.core.workspace.checks import Checks

MANY = 30  # a question with more different texts is free text
_ASPECTS = {
    "item": "answers",
    "missing": "answered or not",
    "language": "mix of languages",
    "volume": "share of submissions",
}
_PARTS = {"partner": "partner_id", "enumerator": "device_hash"}


def parts(answers: pl.DataFrame, submissions: pl.DataFrame, cuts: Checks) -> pl.DataFrame:
    """Compare two waves of one instrument, whole and part by part.

    Args:
        answers: One row per answer: version_id, item_id, value (text), number, is_missing, partner_id, device_hash,
            is_current (False: of the reference wave).
        submissions: One row per submission: version_id, partner_id, device_hash, language, is_current.
        cuts: ``min_n``, ``alpha`` and ``min_effect``.

    Returns:
        One row per scope_kind (instrument, partner, enumerator), scope_id, aspect (item, missing, language, volume)
        and item: method, score (the corrected p), effect, threshold, drifted, n_reference, n_current, reason. What is
        too small to compare has a reason and no verdict. P-values are corrected over all comparisons of a kind of part
        and an aspect.
    """
    answers, found = _coarse(answers), []
    submissions = submissions.with_columns(value=pl.col("language").fill_null("unknown"))
    missing = answers.with_columns(value=pl.when("is_missing").then(pl.lit("missing")).otherwise(pl.lit("answered")))
    for kind, column in {"instrument": None, **_PARTS}.items():
        key = [] if column is None else [column]
        told = {"item": (answers, [*key, "item_id"]), "missing": (missing, [*key, "item_id"])}
        told["language"] = (submissions.with_columns(item_id=pl.lit(None, pl.String)), [*key, "item_id"])
        for aspect, (rows, by) in told.items():
            mine = rows if column is None else rows.drop_nulls(column)
            if kind == "instrument" and aspect in ("item", "missing"):
                continue  # Evidently's comparison has these
            found.append(_rows(distributions(mine, by, cuts.min_n), kind, column, aspect, cuts))
        if column is not None:
            counts = submissions.drop_nulls(column).group_by(column).agg(
                n_reference=(~pl.col("is_current")).sum().cast(pl.Int64),
                n_current=pl.col("is_current").sum().cast(pl.Int64),
            ).sort(column)  # fmt: skip
            found.append(_rows(volumes(counts, cuts.min_n), kind, column, "volume", cuts))
    return pl.concat(found)


def _coarse(answers: pl.DataFrame) -> pl.DataFrame:
    """Put numbers of many values into the quarters of the reference wave, and leave free text out."""
    quarters = answers.filter(~pl.col("is_current")).group_by("item_id").agg(
        *(pl.col("number").quantile(share).alias(f"_q{n}") for n, share in enumerate((0.25, 0.5, 0.75)))
    )  # fmt: skip
    n_values = pl.col("value").n_unique().over("item_id")
    quarter = sum(((pl.col("number") > pl.col(f"_q{n}")).cast(pl.Int8) for n in range(3)), pl.lit(0, pl.Int8))
    return (
        answers.join(quarters, on="item_id", how="left")
        .with_columns(
            value=pl.when(pl.col("number").is_not_null() & (n_values > 10))
            .then(pl.format("quarter {}", quarter + 1))
            .otherwise("value")
        )
        .filter(pl.col("value").n_unique().over("item_id") <= MANY)
        .drop("_q0", "_q1", "_q2")
    )


def _rows(found: pl.DataFrame, kind: str, column: str | None, aspect: str, cuts: Checks) -> pl.DataFrame:
    is_found = (pl.col("p_corrected") < cuts.alpha) & (pl.col("effect") >= cuts.min_effect)
    return found.select(
        scope_kind=pl.lit(kind),
        scope_id=pl.lit("") if column is None else pl.col(column),
        aspect=pl.lit(aspect),
        item_id=pl.col("item_id") if "item_id" in found.columns else pl.lit(None, pl.String),
        method=pl.lit(f"{_ASPECTS[aspect]}, chi-square p (Benjamini-Hochberg)"),
        score=pl.col("p_corrected").round(12),
        effect=pl.col("effect").round(9),
        threshold=pl.lit(cuts.alpha),
        drifted=pl.when(~pl.col("is_too_small")).then(is_found),
        n_reference="n_reference",
        n_current="n_current",
        reason=pl.when("is_too_small").then(pl.lit(f"too small to tell: fewer than {cuts.min_n} in one of the waves")),
    )
