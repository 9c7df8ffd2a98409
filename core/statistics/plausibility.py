"""Answers that are valid each by itself and look wrong together: haste, straight lines, copies, outliers, leaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

#: Turns the median absolute deviation into the standard deviation of a normal distribution.
MAD_TO_SD = 0.6744897501960817


def with_haste(durations: pl.DataFrame, min_s: float, min_share: float, min_n: int) -> pl.DataFrame:
    """Say which interviews were too short (F39).

    Args:
        durations: One row per submission: instrument_id, duration_s (seconds; null or negative: unknown).
        min_s: Shorter is too short, whatever the instrument, seconds.
        min_share: So is shorter than this share (0-1) of the instrument's median ...
        min_n: ... when as many durations of the instrument are known.

    Returns:
        The rows with ``shortest_s`` (seconds) and ``is_short`` (null without a duration).
    """
    known = pl.when(pl.col("duration_s") >= 0).then("duration_s")
    relative = pl.when(known.count().over("instrument_id") >= min_n).then(
        known.median().over("instrument_id") * min_share
    )
    return durations.with_columns(shortest_s=pl.max_horizontal(pl.lit(min_s), relative)).with_columns(
        is_short=known < pl.col("shortest_s")
    )


def straight_lines(answers: pl.DataFrame, min_items: int) -> pl.DataFrame:
    """Judge each grid of each submission: the same answer throughout (F39).

    Args:
        answers: One row per answered item: version_id, grid (what the items have in common), value.
        min_items: A grid with fewer answers is not judged.

    Returns:
        One row per submission and grid that can be judged: version_id, grid, n_items, is_straight.
    """
    return (
        answers.filter(pl.col("value").is_not_null())
        .group_by("version_id", "grid")
        .agg(n_items=pl.len(), is_straight=pl.col("value").min() == pl.col("value").max())
        .filter(pl.col("n_items") >= min_items)
        .sort("version_id", "grid")
    )


def same_answers(answers: pl.DataFrame, within: Sequence[str], min_items: int) -> pl.DataFrame:
    """Find submissions that say in every answer what an earlier one says.

    Args:
        answers: One row per answer: version_id, submission_id, item_id, value (text), came (orders submissions)
            and the columns of ``within``.
        within: Only submissions that agree in these columns are compared.
        min_items: A submission with fewer answers is not judged: few questions are answered alike by chance.

    Returns:
        One row per submission that can be judged: version_id, n_items, first_id (the earliest submission with the
        same answers; null when it is this one).
    """
    # Two sums of 64 bits over (item, value): order does not matter, a chance hit among 10^7 forms is below 10^-24.
    pair = pl.struct("item_id", "value")
    prints = (
        answers.filter(pl.col("value").is_not_null())
        .group_by("version_id")
        .agg(
            *(pl.col(name).first() for name in (*within, "submission_id", "came")),
            n_items=pl.len(),
            one=pair.hash(seed=1).sum(),
            other=pair.hash(seed=2).sum(),
        )
        .filter(pl.col("n_items") >= min_items)
        .sort("came", "version_id")
    )
    key = [*within, "n_items", "one", "other"]
    earliest = pl.col("submission_id").first().over(key)
    return prints.select(
        "version_id",
        "n_items",
        first_id=pl.when(earliest != pl.col("submission_id")).then(earliest),
    )


def with_robust_z(answers: pl.DataFrame, by: Sequence[str], min_n: int) -> pl.DataFrame:
    """Put each number beside the others of its group: 0.6745 * (x - median) / MAD (Iglewicz & Hoaglin 1993).

    Args:
        answers: One row per number: value and the columns of ``by``.
        by: What makes a group, such as instrument and item.
        min_n: A group with fewer numbers is not judged.

    Returns:
        The rows with ``n`` (numbers of the group) and ``z``, null where the group is too small or half of it is the
        same number (the MAD is zero).
    """
    n, centre = pl.col("value").count().over(by), pl.col("value").median().over(by)
    away = answers.with_columns(n=n, _centre=centre).with_columns(_away=(pl.col("value") - pl.col("_centre")).abs())
    spread = pl.col("_away").median().over(by)
    z = MAD_TO_SD * (pl.col("value") - pl.col("_centre")) / spread
    return away.with_columns(z=pl.when((spread > 0) & (pl.col("n") >= min_n)).then(z)).drop("_centre", "_away")


def moves(answers: pl.DataFrame, min_items: int = 3) -> pl.DataFrame:
    """Compare each person's mean with the wave before, on the items answered in both.

    Args:
        answers: One row per answered item: person, wave (integer, in order), item_id, score (points, 0-100),
            version_id.
        min_items: Fewer items in common are not compared.

    Returns:
        One row per person and wave that has one before: version_id, n_items, move (points, signed).
    """
    each = answers.group_by("person", "wave", "item_id").agg(pl.col("score").mean(), pl.col("version_id").sort().last())
    waves = each.select("person", "wave").unique().sort("person", "wave")
    waves = waves.with_columns(before=pl.col("wave").shift(1).over("person")).drop_nulls()
    now = each.join(waves, on=["person", "wave"])
    earlier = each.select("person", before="wave", item_id="item_id", score_before="score")
    return (
        now.join(earlier, on=["person", "before", "item_id"])
        .group_by("person", "wave")
        .agg(
            pl.col("version_id").sort().last(),
            n_items=pl.len(),
            move=(pl.col("score") - pl.col("score_before")).mean(),
        )
        .filter(pl.col("n_items") >= min_items)
        .sort("version_id")
        .select("version_id", "n_items", "move")
    )


def group_effects(answers: pl.DataFrame, family: Sequence[str], min_n: int) -> pl.DataFrame:
    """Say what share of the variance lies between groups, such as enumerators: one-way analysis of variance.

    Args:
        answers: One row per number: group, value and the columns of ``family``.
        family: What makes one comparison, such as instrument, partner, period and item.
        min_n: A group with fewer numbers is left out; fewer than two groups are not compared.

    Returns:
        One row per comparison: the family, n_groups, n, eta2 (0-1, share of variance), omega2 (the same without its
        upward bias, at least 0), f, p. Without two groups, or without any spread, the four are null.
    """
    cells = answers.group_by(*family, "group").agg(
        n=pl.len(), mean=pl.col("value").mean(), within=((pl.col("value") - pl.col("value").mean()) ** 2).sum()
    )
    kept = cells.filter(pl.col("n") >= min_n)
    grand = (pl.col("mean") * pl.col("n")).sum() / pl.col("n").sum()
    found = kept.group_by(*family).agg(
        n_groups=pl.len(),
        n=pl.col("n").sum(),
        between=(pl.col("n") * (pl.col("mean") - grand) ** 2).sum(),
        within=pl.col("within").sum(),
    )
    everything = answers.group_by(*family).agg(n_all=pl.len())
    everything = everything.join(found, on=list(family), how="left", nulls_equal=True)
    everything = everything.with_columns(pl.col("n_groups").fill_null(0), pl.coalesce("n", "n_all").alias("n"))
    k, n = (everything[name].cast(pl.Float64).to_numpy() for name in ("n_groups", "n"))
    between, within = (everything[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
                       for name in ("between", "within"))  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        total = between + within
        fine = (k >= 2) & (n > k) & (total > 0)
        error = within / (n - k)
        f = np.where(fine, between / (k - 1) / error, np.nan)
        eta2 = np.where(fine, between / total, np.nan)
        omega2 = np.where(fine, np.maximum((between - (k - 1) * error) / (total + error), 0), np.nan)
    p = np.full(len(f), np.nan)
    if fine.any():
        from scipy import special  # only here: it takes most of a second to import, scipy.stats twice that

        p = special.fdtrc(np.maximum(k - 1, 1), np.maximum(n - k, 1), f)
    figures = {"eta2": eta2, "omega2": omega2, "f": f, "p": p}
    columns = [pl.Series(name, values).fill_nan(None) for name, values in figures.items()]
    return everything.select(*family, "n_groups", "n").with_columns(columns).sort(*family)
