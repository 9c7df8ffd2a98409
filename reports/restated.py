"""What an earlier edition showed and this one shows otherwise: old and new figure with the reason, row by row.

A figure that was withdrawn is not printed again: the row says why it is gone, and neither whose it was nor how much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from melflow.reports import columns, linked
from melflow.reports.edition_data import HELD, PUBLISH_LEVELS, EditionData
from melflow.reports.figure_keys import key_columns

ROWS: dict[str, Any] = {
    "table": pl.String,
    "keys": pl.String,  # JSON: key column -> value
    "period_id": pl.String,
    "figure": pl.String,
    "old": pl.Float64,
    "new": pl.Float64,
    "n_old": pl.Int64,
    "n_new": pl.Int64,
    "why": pl.String,
    "said": pl.String,  # what the reason is about, in words: rates
    "count": pl.Int64,  # figures the row stands for
}
#: Why a figure is not shown any more; why one is that was not shown.
WITHDRAWN = (
    "lowered", "wider", "left_out", "dropped", "consent", "gone", "held", "few_moved", "few", "withheld", "no_figure",
    "fewer_pairs",
)  # fmt: skip
SHOWN = ("raised", "narrower", "shown", "first", "rate_new")
RATES = ("rate", "rate_and_values", "rate_new")
#: Bounds and spreads move with their figure.
_BESIDE = ("_low", "_high", "sd")
#: What the figures of a table rest on: the first of these groups that it has, added up.
_N = (
    ("n_respondents",),
    ("n_a_of_b", "n_b_of_a"),
    ("n_a", "n_b"),
    ("n_responses",),
    ("n_assessments",),
    ("n_results",),
    ("n_sessions",),
    ("n_dyads",),
    ("n_partners",),
)
#: Tables of texts -> the text; without consent to publish, not even its key is in a release.
_TEXTS = {"pub_story": "story", "pub_quote": "quote"}
#: Reason of a row without numbers -> why.
_HIDDEN = {HELD: "held", linked.REASON: "few_moved"}
#: Says what a figure is called, and not which one it is.
_LABEL = "indicator_name"
_SAME = 1e-9


@dataclass(frozen=True)
class Side:
    """One of the two editions that are compared.

    Attributes:
        publish_level: The widest audience whose rows it shows.
        figures: Published table -> numbers it shows of it.
        agreed: Returns for whom each row of a table of its release was agreed, those it does not show included.
        indicators: Those its audience chose; all when empty.
    """

    data: EditionData
    publish_level: str
    figures: Mapping[str, tuple[str, ...]]
    agreed: Callable[[str], pl.DataFrame]
    indicators: tuple[str, ...] = ()

    @property
    def narrow(self) -> list[str]:
        """Return the levels whose rows it does not show."""
        return list(PUBLISH_LEVELS[: PUBLISH_LEVELS.index(self.publish_level)])


def restated(now: Side, before: Side) -> pl.DataFrame:
    """Compare every figure the earlier edition showed, of its period and those before it, with what it is now.

    Returns:
        One row per figure that differs (schema ``ROWS``), by table, period and keys: scores, shares, amounts and
        counts, without their bounds and spreads. ``why``: answers (it rests on another number of cases), formula,
        configuration or code (which changed since; the data may have, too), values; of ``SHOWN``, what was not shown
        then. Of what is not shown any more (``WITHDRAWN``) there is one row per table, period, figure and reason, with
        how many, without keys and numbers; of a table the report does not have any more one row in all.
    """
    found = [pl.DataFrame(schema=ROWS)]
    otherwise = because(now.data, before.data)
    for table, then in before.figures.items():
        if table not in now.figures:
            found.append(_dropped(before.data, table, then))
            continue
        pair = _pair(now, before, table)
        for figure in (name for name in then if name in now.figures[table]):
            found.append(_compared(pair, now, before, table, figure, otherwise))
    return in_rows(found)


def in_rows(found: list[pl.DataFrame]) -> pl.DataFrame:
    """Return rows together, by table, period, keys and figure."""
    order = ("table", "period_id", "keys", "figure", "why", "said")
    return pl.concat(found).sort(order, nulls_last=True, maintain_order=True)


def because(now: EditionData, before: EditionData) -> str:
    """Return why a figure differs when nothing of it says so itself."""
    if now.info.config_hash != before.info.config_hash:
        return "configuration"
    return "code" if now.info.code_version != before.info.code_version else "values"


def figures_of(tables: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the numbers of tables that are compared; the cases they rest on are told as the reason."""
    return {table: tuple(_figures(table)) for table in tables}


def _figures(table: str) -> Iterator[str]:
    cases = _cases(table)
    if table in _TEXTS:
        yield _TEXTS[table]
    for column in columns.TABLES[table]:
        is_number = column.dtype in (pl.Float64, pl.Int64)
        if is_number and not column.name.endswith(_BESIDE) and column.name not in cases:
            yield column.name


def _cases(table: str) -> tuple[str, ...]:
    there = {column.name for column in columns.TABLES[table]}
    return next((group for group in _N if there.issuperset(group)), ())


def _dropped(before: EditionData, table: str, figures: tuple[str, ...]) -> pl.DataFrame:
    frame = before.table(table, all_periods=True)
    count = sum(frame[name].count() for name in figures if name in frame.columns)
    row = dict.fromkeys(ROWS) | {"table": table, "why": "dropped", "count": count}
    return pl.DataFrame([row] if count else [], schema=ROWS)


def _pair(now: Side, before: Side, table: str) -> pl.DataFrame:
    """Return the earlier rows beside today's; a row whose keys are not its own is left out."""
    keys = [name for name in key_columns(table) if name != _LABEL]
    periods = [period.period_id for period in before.data.periods]
    sides = []
    for side in (before, now):
        frame = side.data.table(table, all_periods=True)
        if "period_id" in frame.columns:
            frame = frame.filter(pl.col("period_id").is_in(periods) | pl.col("period_id").is_null())
        sides.append(frame.unique(keys, keep="none", maintain_order=True).with_columns(is_there=pl.lit(True)))
    together = sides[0].join(sides[1], on=keys, how="full", nulls_equal=True, suffix="_now", coalesce=True)
    alone = together.filter(pl.col("is_there").is_null() | pl.col("is_there_now").is_null())
    for name, side in (("level_then", before), ("level_now", now)):
        levels = pl.DataFrame(schema=dict.fromkeys((*keys, name), pl.String))
        if not alone.is_empty():
            levels = side.agreed(table).select(*keys, pl.col("publish_level").alias(name)).unique(keys, keep="none")
        together = together.join(levels, on=keys, how="left", nulls_equal=True, maintain_order="left")
    named = [pl.col(name) for name in keys if name != "period_id"]
    if _LABEL in together.columns:
        named.append(pl.coalesce(f"{_LABEL}_now", _LABEL))
    words = pl.struct(named).struct.json_encode() if named else pl.lit("{}")
    period = pl.col("period_id") if "period_id" in keys else pl.lit(None, pl.String)
    return together.with_columns(__period=period, __keys=words)


def _compared(pair: pl.DataFrame, now: Side, before: Side, table: str, figure: str, otherwise: str) -> pl.DataFrame:
    is_text = figure == _TEXTS.get(table)
    old, new = (pl.col(name).is_not_null().replace(False, None) if is_text else pl.col(name)
                for name in (figure, f"{figure}_now"))  # fmt: skip
    old, new = old.cast(pl.Float64), new.cast(pl.Float64)
    n = _cases(table)
    counts = {
        side: pl.sum_horizontal(f"{name}{suffix}" for name in n).cast(pl.Int64) if n else pl.lit(None, pl.Int64)
        for side, suffix in (("n_old", ""), ("n_new", "_now"))
    }
    was_narrow = pl.col("is_there").is_null() & pl.col("level_then").is_in(before.narrow).fill_null(value=False)
    moved = pair.filter(
        pl.when(old.is_null() | new.is_null())
        .then((old.is_null() != new.is_null()) & (pl.col("is_there").is_not_null() | was_narrow))
        .otherwise((old - new).abs() > _SAME * pl.max_horizontal(old.abs(), new.abs(), pl.lit(1.0)))
    ).with_columns(**counts)
    is_gone = pl.col("is_there_now").is_null()
    same_level = pl.col("level_then").eq_missing(pl.col("level_now"))
    rows = moved.select(
        table=pl.lit(table),
        keys="__keys",
        period_id="__period",
        figure=pl.lit(figure),
        old=old,
        new=new,
        n_old="n_old",
        n_new="n_new",
        why=pl.when(is_gone)
        .then(_gone(now, table, same_level))
        .when(pl.col("is_suppressed_now"))
        .then(_hidden())
        .when(pl.col("is_there").is_null())
        .then(pl.when(same_level).then(pl.lit("narrower")).otherwise(pl.lit("raised")))
        .when(pl.col("is_suppressed"))
        .then(pl.lit("shown"))
        .when(pl.col("n_old").ne_missing(pl.col("n_new")))
        .then(pl.lit("answers"))
        .when(pl.col("formula_id") != pl.col("formula_id_now"))
        .then(pl.lit("formula"))
        .otherwise(pl.lit(otherwise)),
        said=pl.lit(None, pl.String),
        count=pl.lit(1, pl.Int64),
    )
    if table in _TEXTS:  # of a text that is gone one row, whatever numbers it had; a new one restates nothing
        rows = rows.filter(pl.col("why").is_in(WITHDRAWN) == is_text)
    return without_numbers(rows)


def _gone(now: Side, table: str, same_level: pl.Expr) -> pl.Expr:
    """Return why a row is not in this edition: for whom it is agreed, what the report picks, or no longer there."""
    is_narrow = pl.col("level_now").is_in(now.narrow).fill_null(value=False)
    is_left_out = pl.lit(value=False)
    if now.indicators and "indicator_id" in key_columns(table):
        is_left_out = ~pl.col("indicator_id").is_in(now.indicators)
    return (
        pl.when(is_left_out)
        .then(pl.lit("left_out"))
        .when(is_narrow)
        .then(pl.when(same_level).then(pl.lit("wider")).otherwise(pl.lit("lowered")))
        .otherwise(pl.lit("consent" if table in _TEXTS else "gone"))
    )


def _hidden() -> pl.Expr:
    """Return why a row has no numbers in this edition."""
    reason = pl.col("n_suppressed_reason_now")
    return (
        pl.when(reason.str.starts_with("fewer than"))
        .then(pl.lit("few"))
        .otherwise(reason.replace_strict(_HIDDEN, default="withheld", return_dtype=pl.String))
    )


def without_numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of which those of what is not shown any more are counted, without keys and numbers."""
    is_withdrawn = pl.col("why").is_in(WITHDRAWN)
    of = ["table", "period_id", "figure", "why", "said"]
    withdrawn = rows.filter(is_withdrawn).group_by(of).agg(pl.col("count").sum())
    blank = [pl.lit(None, kind).alias(name) for name, kind in ROWS.items() if name not in withdrawn.columns]
    return pl.concat([rows.filter(~is_withdrawn), withdrawn.with_columns(blank).select(*ROWS)])
