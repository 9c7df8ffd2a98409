"""What the statistical checks point at, as rows for the data officer; where too few answers came, that is said."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from melflow.core.statistics.multiple import holm
from melflow.core.statistics.plausibility import group_effects
from melflow.core.workspace.checks import Checks
from melflow.flows.tables import FINDING

#: Check -> its column in raw.plausibility.
FLAGS = {
    "short": "is_short",
    "straight": "is_straight",
    "copy": "is_copy",
    "outlying": "is_outlying",
    "leap": "is_leap",
}
_FAMILY = ["instrument_id", "partner_id", "period_id", "item_id"]


def findings(cuts: Checks, submissions: pl.DataFrame, judged: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one row per finding, and per comparison that too few answers forbid (columns of ``FINDING``).

    Args:
        cuts: The alliance's thresholds.
        submissions: Every submission that counts, ``came`` numbering them.
        judged: What each check saw.
    """
    short = judged["short"].filter("is_short").select(
        "came", figure="duration_s", threshold="shortest_s",
        message=pl.format("The interview took {} seconds; shorter than {} is too short to ask everything.",
                          pl.col("duration_s").round(0).cast(pl.Int64), pl.col("shortest_s").round(0).cast(pl.Int64)),
    )  # fmt: skip
    straight = judged["straight"].filter("is_straight").select(
        came=pl.col("version_id").cast(pl.UInt32), n="n_items", figure=pl.lit(0.0),
        message=pl.format("All {} questions of the grid \"{}\" have the same answer.", "n_items",
                          pl.col("grid").str.strip_suffix("/")),
    )  # fmt: skip
    copy = judged["copy"].drop_nulls("first_id").select(
        came=pl.col("version_id").cast(pl.UInt32), n="n_items",
        message=pl.format("All {} answers are those of the submission {}.", "n_items", "first_id"),
    )  # fmt: skip
    outlying = judged["outlying"].filter(pl.col("z").abs() > cuts.outlier_z).select(
        came=pl.col("version_id").cast(pl.UInt32), item_id="item_id", n="n", figure=pl.col("z").round(6),
        threshold=pl.lit(cuts.outlier_z),
        message=pl.format("The number lies {} robust standard deviations from the median of {} answers.",
                          pl.col("z").round(1), "n"),
    )  # fmt: skip
    leap = judged["leap"].filter(pl.col("move").abs() > cuts.max_change_points).select(
        came=pl.col("version_id").cast(pl.UInt32), n="n_items", figure=pl.col("move").round(6),
        threshold=pl.lit(cuts.max_change_points),
        message=pl.format("The person's mean of {} questions moved by {} points since the wave before.", "n_items",
                          pl.col("move").round(0).cast(pl.Int64)),
    )  # fmt: skip
    named = {"short": short, "straight": straight, "copy": copy, "outlying": outlying, "leap": leap}
    about = submissions.select("came", "source", "load_id", "instrument_id", "partner_id", "period_id", "version_id")
    frames = [
        frame.join(about, on="came").with_columns(rule_id=pl.lit(rule), state=pl.lit("found"))
        for rule, frame in named.items()
    ]
    frames.append(_enumerators(cuts, judged["told"]))
    conformed = [
        frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
            for name, kind in FINDING.items()
        )
        for frame in frames
    ]
    return pl.concat(conformed).sort("rule_id", "source", "load_id", "version_id", *_FAMILY, "message")


def _enumerators(cuts: Checks, told: pl.DataFrame) -> pl.DataFrame:
    """Compare the devices of one partner and wave; a device stands for whoever carried it."""
    values = told.filter(pl.col("device_hash").is_not_null() & pl.col("repeat_path").eq("")).select(
        *_FAMILY, group="device_hash", value=pl.coalesce("score", "number")
    )
    effects = group_effects(values.drop_nulls("value"), _FAMILY, cuts.min_n)
    p = holm(effects["p"].cast(pl.Float64).fill_null(float("nan")).to_numpy())
    effects = effects.with_columns(p_corrected=pl.Series(p).fill_nan(None), rule_id=pl.lit("enumerator"))
    found = effects.filter((pl.col("p_corrected") < cuts.alpha) & (pl.col("omega2") >= cuts.min_effect)).with_columns(
        state=pl.lit("found"), figure=pl.col("omega2").round(9), threshold=pl.lit(cuts.min_effect),
        p_corrected=pl.col("p_corrected").round(12),
        message=pl.format("Between {} devices lie {} % of the variance of the answers (Holm-corrected).", "n_groups",
                          (100 * pl.col("omega2")).round(0).cast(pl.Int64)),
    )  # fmt: skip
    several = values.group_by("instrument_id", "partner_id", "period_id").agg(n_devices=pl.col("group").n_unique())
    small = (
        effects.join(several.filter(pl.col("n_devices") > 1), on=["instrument_id", "partner_id", "period_id"])
        .group_by("instrument_id", "partner_id", "period_id", "rule_id")
        .agg(pl.col("n_groups").max(), pl.col("n").max(), pl.col("n_devices").first())
        .filter(pl.col("n_groups") < 2)
        .with_columns(
            state=pl.lit("too_small"),
            message=pl.format(
                "Of {} devices, fewer than two have {} answers: an effect of enumerators cannot be told from chance.",
                "n_devices", pl.lit(cuts.min_n),
            ),
        )
    )  # fmt: skip
    return pl.concat([found, small], how="diagonal")
