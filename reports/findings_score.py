"""Findings about scores: capabilities, their change, and partnership health from both sides."""

from __future__ import annotations

from typing import Any

import polars as pl

from melflow.reports import rounding
from melflow.reports.edition_data import EditionData
from melflow.reports.intervals import Interval, Movement, points_interval
from melflow.reports.phrases import counted, say

Row = dict[str, Any]
#: What a capability score is about; two periods of the same grain can be compared.
GRAIN = ["partner_id", "capability", "level", "rater"]

#: Part of 95 % intervals that leave out the true value.
_MISSED = 0.05


def capability(data: EditionData, language: str) -> str:
    """Return how many capability scores of the period can be published."""
    now = data.table("pub_capability_score")
    published = now.filter(pl.col("score").is_not_null())
    period = data.period.label
    if published.is_empty():
        return say(language, "capability.none", period=period)
    key = "capability.published" if published.height < now.height else "capability.all_published"
    partners, of = published["partner_id"].n_unique(), now["partner_id"].n_unique()
    key += "_own" if of == 1 else ""  # a return report has one partner's, and does not count partners
    return say(language, key, n=published.height, m=now.height, k=partners, of=of, period=period)


def compared(data: EditionData) -> tuple[str, pl.DataFrame] | None:
    """Return the first period that can be compared, and the published changes since then (F10, F13).

    Two waves are compared when both asked the same in the same way, and enough people stand behind each.
    """
    changes = data.table("pub_capability_change").filter(pl.col("comparable"), pl.col("diff_ci_low").is_not_null())
    for period in data.periods[:-1]:
        since = changes.filter(period_from=period.period_id).sort(GRAIN)
        if not since.is_empty():
            return period.label, since
    return None


def movement(row: Row) -> Movement:
    """Return how a score moved, as far as the interval of the change allows a claim."""
    return Interval(row["diff_ci_low"], row["diff_ci_high"]).leans(0)


def change(data: EditionData, language: str) -> list[str]:
    """Return the findings on change since the first comparable period: how many moved clearly, and the largest."""
    found = compared(data)
    if found is None:
        return [say(language, "change.none")]
    first, rows = found
    moved = [(movement(row), row) for row in rows.to_dicts()]
    up = [row for way, row in moved if way == "higher"]
    down = [row for way, row in moved if way == "lower"]
    facts = {"count": len(moved), "n": len(moved), "first": first}
    if not up and not down:
        return [say(language, "change.unclear", **facts)]
    what = say(language, "change.higher" if up else "change.lower")
    rest = len(moved) - len(up) - len(down)
    parts = counted(language, "change.part", {"higher": len(up), "lower": len(down), "rest": rest})
    sentences = [say(language, "change.clear", parts=parts, what=what, **facts), *_by_chance(language, len(moved))]
    for way, rows_of_way in (("higher", up), ("lower", down)):
        if rows_of_way:
            largest = max(rows_of_way, key=lambda row: abs(row["diff"]))
            sentences.append(_largest_change(data, language, way, largest, first))
    return sentences


def _by_chance(language: str, n: int) -> list[str]:
    """Say how many of n changes would look clear if there were none; of a single one there is nothing to say.

    Each 95 % interval (F10, F13) misses a true zero in 5 of 100 cases, and an expectation adds up whether or not the
    comparisons depend on one another.
    """
    if n < 2:
        return []
    expected = rounding.number(n * _MISSED, 0, language)
    return [say(language, "change.chance" if n * _MISSED >= 1 else "change.chance.few", k=expected, n=n)]


def people(language: str, row: Row) -> str:
    """Return who stands behind a change: persons who were followed, or two groups (F13)."""
    facts = {name: rounding.number(row[name], 0, language) for name in ("n_pairs", "n_from", "n_to")}
    return say(language, "change.paired" if row["linkage"] == "paired" else "change.unlinked", **facts)


def _largest_change(data: EditionData, language: str, way: str, row: Row, first: str) -> str:
    return say(
        language,
        f"change.largest.{way}",
        partner=data.partner(row["partner_id"]),
        capability=data.label(row["capability"]),
        level=data.label(row["level"]).lower(),
        diff=rounding.difference(row["diff"], language),
        ci=points_interval(row["diff_ci_low"], row["diff_ci_high"], language),
        people=people(language, row),
        first=first,
        last=data.period.label,
    )


def both_sides(data: EditionData) -> pl.DataFrame:
    """Return the composite rows of the period in which both views are published."""
    rows = data.table("pub_health_dyad").filter(pl.col("dimension") == "composite")
    return rows.filter(pl.col("score_a_of_b").is_not_null(), pl.col("score_b_of_a").is_not_null())


def health(data: EditionData, language: str) -> list[str]:
    """Return the findings on partnership health: both views there, and the dimensions on which they lie apart.

    A gap is named when its interval leaves out zero and it is as wide as the framework's threshold (F15): among many
    gaps compared, some intervals leave out zero by chance.
    """
    table = data.table("pub_health_dyad")
    composite = table.filter(pl.col("dimension") == "composite")
    both = both_sides(data)
    if both.is_empty():
        return [say(language, "health.none", period=data.period.label)]
    sentences = [say(language, "health.both", n=both.height, m=composite.height, period=data.period.label)]
    wide = apart(data)
    facts = {"of": both.height, "compared": _compared(data).height}
    if not wide:
        return [*sentences, say(language, "gap.none", count=both.height, **facts)]
    widest = max(wide, key=lambda row: abs(row["gap"]))
    n_dyads = len({row["dyad_id"] for row in wide})
    return [
        *sentences,
        say(language, "gap.some.single" if both.height == 1 else "gap.some", n=n_dyads, gaps=len(wide), **facts),
        _widest_gap(data, language, widest),
    ]


def _compared(data: EditionData) -> pl.DataFrame:
    """Return the gaps of single dimensions that are published."""
    return data.table("pub_health_dyad").filter(pl.col("dimension") != "composite", pl.col("gap").is_not_null())


def apart(data: EditionData) -> list[Row]:
    """Return the gaps that are named: flagged as an imbalance (F15), with an interval that leaves out zero."""
    return [
        row
        for row in _compared(data).filter(pl.col("imbalance_flag")).to_dicts()
        if Interval(row["gap_ci_low"], row["gap_ci_high"]).leans(0) != "unclear"
    ]


def _widest_gap(data: EditionData, language: str, row: Row) -> str:
    name_a, name_b = data.dyad_names(row["dyad_id"])
    n_a, n_b = row["n_a_of_b"], row["n_b_of_a"]
    a_higher = row["gap"] > 0
    low, high = (row["gap_ci_low"], row["gap_ci_high"]) if a_higher else (-row["gap_ci_high"], -row["gap_ci_low"])
    scores = (row["score_a_of_b"], row["score_b_of_a"]) if a_higher else (row["score_b_of_a"], row["score_a_of_b"])
    return say(
        language,
        "gap.largest",
        dimension=data.label(row["dimension"]),
        higher=name_a if a_higher else name_b,
        lower=name_b if a_higher else name_a,
        high=rounding.points(scores[0], language),
        low=rounding.points(scores[1], language),
        gap=rounding.points(abs(row["gap"]), language),
        ci=points_interval(low, high, language),
        n_high=rounding.number(n_a if a_higher else n_b, 0, language),
        n_low=rounding.number(n_b if a_higher else n_a, 0, language),
    )
