"""Has an instrument's latest wave drifted from its first: answers, missingness and the mix of partners (Evidently).

The page is for the data officer and is never published. Small waves are compared by tests, large ones by distances,
which do not call every trifle a drift. The rows carry p-values corrected for the number of comparisons
(Benjamini-Hochberg) and an effect; the page marks by the stricter alpha / number of comparisons, and shows what
drifted and what came nearest to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from melflow.reports import drift_evidently
from melflow.reports.drift_evidently import ALPHA, ANSWERED, DISTANCE, DISTANCES

#: Columns of an answer: one row per submission and item; a multiple choice has one row per chosen option.
ANSWERS = ("version_id", "partner_id", "item_id", "value_raw", "value_num", "option", "missing_code")
ROWS: dict[str, Any] = {
    "instrument_id": pl.String,
    "item_id": pl.String,
    "aspect": pl.String,
    "scope_kind": pl.String,
    "scope_id": pl.String,
    "method": pl.String,
    "score": pl.Float64,
    "effect": pl.Float64,
    "threshold": pl.Float64,
    "drifted": pl.Boolean,
    "reference_period": pl.String,
    "current_period": pl.String,
    "n_reference": pl.Int64,
    "n_current": pl.Int64,
    "share_missing_reference": pl.Float64,
    "share_missing_current": pl.Float64,
    "computed_at": pl.Datetime("us", "UTC"),
}
PARTNER_MIX = "partner_id"
SMALLEST, LARGEST, LARGE = 10, 5_000, 1_000  # submissions of a wave: too few, sampled above, compared by distance
MANY_OPTIONS = 30  # a question with more different answers is free text
RARE = 5  # answers that fewer gave are compared together (chi-square)
_NAMES = {
    "ks": "Kolmogorov-Smirnov p",
    "chisquare": "chi-square p",
    "z": "z test of shares p",
    "wasserstein": "normed Wasserstein distance",
    "jensenshannon": "Jensen-Shannon distance",
}
_CHOSEN, _EVERY = "__answered", "other answers"


@dataclass(frozen=True)
class Drift:
    """What changed between two waves.

    Attributes:
        html: A page that loads nothing from elsewhere; None when a wave is too small to compare.
        rows: One row per comparison, columns ``ROWS``.
    """

    html: str | None
    rows: pl.DataFrame


def drift(
    instrument_id: str,
    reference: pl.DataFrame,
    current: pl.DataFrame,
    *,
    reference_period: str,
    current_period: str,
    computed_at: dt.datetime,
    min_effect: float = 0.0,
    seed: int = 20240701,
) -> Drift:
    """Compare the answers of two waves of one instrument.

    Args:
        instrument_id: The instrument.
        reference: Answers of the first wave, columns ``ANSWERS``; no personal items.
        current: Answers of the latest wave.
        reference_period: Period of the first wave.
        current_period: Period of the latest wave.
        computed_at: When (UTC).
        min_effect: Smallest effect called a drift, however sure it is (0-1).
        seed: Of the sample that is drawn from a wave of more than ``LARGEST`` submissions.
    """
    before, after = (_wide(frame, seed) for frame in (reference, current))
    if min(before.height, after.height) < SMALLEST:
        return Drift(None, pl.DataFrame(schema=ROWS))
    before, after, methods = _columns(before, after)
    scores = drift_evidently.scores(before, after, methods)
    shown = {name: methods[name] for name in drift_evidently.charted(scores)}
    page = drift_evidently.page(drift_evidently.report(instrument_id, before, after, shown, len(methods)))
    asked = {name.removesuffix(ANSWERED) for name in methods}
    shares = {name: (_missing(before, name), _missing(after, name)) for name in asked}
    effects = _effects(before, after, methods)
    sure = _corrected([(score, method in DISTANCES) for _, method, score in scores])
    rows = [
        {
            "instrument_id": instrument_id,
            "scope_kind": "instrument",
            "scope_id": "",
            "aspect": "missing" if name.endswith(ANSWERED) else "item",
            "item_id": name.removesuffix(ANSWERED),
            "effect": effect,
            "method": f"answered or not, {_NAMES[method]}" if name.endswith(ANSWERED) else _NAMES[method],
            "score": corrected,
            "threshold": DISTANCE if method in DISTANCES else ALPHA,
            "drifted": (score >= DISTANCE if method in DISTANCES else corrected < ALPHA) and effect >= min_effect,
            "reference_period": reference_period,
            "current_period": current_period,
            "n_reference": before.height,
            "n_current": after.height,
            "share_missing_reference": shares[name.removesuffix(ANSWERED)][0],
            "share_missing_current": shares[name.removesuffix(ANSWERED)][1],
            "computed_at": computed_at,
        }
        for (name, method, score), corrected in zip(scores, sure, strict=True)
        for effect in [effects.get(name, score)]
    ]
    return Drift(page, pl.DataFrame(rows, schema=ROWS).sort("item_id", "method"))


def _corrected(scores: list[tuple[float, bool]]) -> list[float]:
    """Return the p-values corrected for how many there are (Benjamini-Hochberg); distances stay as they are."""
    from melflow.core.statistics.multiple import benjamini_hochberg

    tested = benjamini_hochberg([float("nan") if is_distance else score for score, is_distance in scores])
    return [score if is_distance else float(p) for (score, is_distance), p in zip(scores, tested, strict=True)]


def _effects(before: pl.DataFrame, after: pl.DataFrame, methods: dict[str, str]) -> dict[str, float]:
    """Return how far two waves are apart, 0-1: D of Kolmogorov-Smirnov for numbers, else Cramér's V (phi of shares)."""
    from melflow.core.statistics.drift import distributions

    found: dict[str, float] = {}
    long: list[pl.DataFrame] = []
    for name, method in methods.items():
        if method == "ks":
            from scipy.stats import ks_2samp

            found[name] = float(ks_2samp(*(side[name].drop_nulls().to_numpy() for side in (before, after))).statistic)
        elif method not in DISTANCES:
            long += [
                side.select(item=pl.lit(name), value=pl.col(name).cast(pl.String), is_current=pl.lit(is_current))
                for side, is_current in ((before, False), (after, True))
            ]
    if long:
        found |= dict(distributions(pl.concat(long), ["item"], 0).select("item", "effect").iter_rows())
    return found


def _wide(answers: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return one row per submission with the partner and a text column per item, or per option of a multiple choice."""
    several = pl.col("option").is_not_null()
    chosen = several & (pl.col("option") != _CHOSEN)
    name = pl.when(chosen).then(pl.format("{}/{}", "item_id", "option")).otherwise("item_id")
    value = pl.coalesce(pl.when(chosen).then(pl.lit("1")), pl.col("value_num").cast(pl.String), "value_raw")
    given = answers.with_columns(
        name=_plain(name), value=pl.when(pl.col("missing_code").is_null()).then(_plain(value)), several=several
    )
    submissions = given.group_by("version_id").agg(pl.col("partner_id").first()).sort("version_id")
    if submissions.height > LARGEST:
        submissions = submissions.sample(LARGEST, seed=seed).sort("version_id")
    wide = given.filter(~pl.col("several") | chosen).pivot(
        "name", index="version_id", values="value", aggregate_function="first", sort_columns=True
    )
    return submissions.join(wide, on="version_id", how="left").drop("version_id")


def _plain(text: pl.Expr) -> pl.Expr:
    """Return text that cannot end the script it is written into: Evidently's page does not escape it."""
    return text.str.replace_all("<", "‹", literal=True).str.replace_all(">", "›", literal=True)  # noqa: RUF001


def _columns(before: pl.DataFrame, after: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, str]]:
    """Type the columns both waves have and return the method each is compared by; free text is left out."""
    large = min(before.height, after.height) > LARGE
    methods: dict[str, str] = {}
    kept: dict[str, tuple[pl.Series, pl.Series]] = {}
    for name in [name for name in before.columns if name in after.columns]:
        pair = (before[name], after[name])
        numbers = [series.cast(pl.Float64, strict=False) for series in pair]
        if "/" in name:
            kept[name], methods[name] = _pair(series.fill_null("0") for series in pair), "z"
        elif all(number.null_count() == series.null_count() for number, series in zip(numbers, pair, strict=True)):
            kept[name], methods[name] = _pair(numbers), "wasserstein" if large else "ks"
        elif len(set(pair[0]) | set(pair[1])) <= MANY_OPTIONS or name == PARTNER_MIX:
            kept[name] = pair if large else _without_rare(*pair)
            methods[name] = "jensenshannon" if large else "chisquare"
        else:
            continue
        if any(series.null_count() for series in pair) and "/" not in name and name != PARTNER_MIX:
            answered = f"{name}{ANSWERED}"
            kept[answered] = _pair(series.is_not_null().cast(pl.Int8).cast(pl.String) for series in pair)
            methods[answered] = "z"
    usable = {name: pair for name, pair in kept.items() if all(series.drop_nulls().len() for series in pair)}
    frames = [pl.DataFrame({name: pair[side] for name, pair in usable.items()}) for side in (0, 1)]
    return frames[0], frames[1], {name: methods[name] for name in usable}


def _pair(series: Iterable[pl.Series]) -> tuple[pl.Series, pl.Series]:
    first, second = series
    return first, second


def _without_rare(before: pl.Series, after: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Put answers few gave in the first wave together; one new answer alone is no drift.

    They are joined by the next rarest until they are enough for the chi-square test.
    """
    counts = dict(before.drop_nulls().value_counts().iter_rows())
    options = sorted((set(before) | set(after)) - {None}, key=lambda option: (counts.get(option, 0), option))
    together: list[str] = []
    for option in options:
        gathered = sum(counts.get(other, 0) for other in together)
        if counts.get(option, 0) >= RARE and (not together or gathered >= RARE):
            break
        together.append(option)
    if len(together) < 2:
        return before, after
    return _pair(series.replace(together, [_EVERY] * len(together)) for series in (before, after))


def _missing(frame: pl.DataFrame, name: str) -> float:
    if name not in frame.columns:  # nobody answered it in one of the waves: only whether it was answered is compared
        return int((frame[f"{name}{ANSWERED}"] == "0").sum()) / frame.height
    return frame[name].null_count() / frame.height
