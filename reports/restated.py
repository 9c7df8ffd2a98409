"""What an earlier edition showed and this one shows otherwise: old and new figure with the reason, row by row.

A figure that was withdrawn is not printed again: the row says that it is gone, and neither whose it was nor how much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl

from melflow.reports import columns
from melflow.reports.answer import Answer
from melflow.reports.column import COMMON
from melflow.reports.edition_data import EditionData

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
    "count": pl.Int64,  # figures the row stands for
}
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
_SAME = 1e-9
_COMMON = {column.name for column in COMMON}


@dataclass(frozen=True)
class Earlier:
    """The edition this one is compared with: its release, its period, and what partners had said of its figures."""

    release_id: str
    period_id: str
    replies: tuple[Answer, ...] = ()

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Return what a manifest keeps."""
        return cls(kept["release_id"], kept["period_id"], Answer.read(kept.get("replies", ())))


def predecessor(before: Sequence[Mapping[str, Any]], releases: Path) -> Earlier | None:
    """Return the newest edition that readers had before, of those whose release is still there.

    Args:
        before: Manifests of these editions, oldest first.
        releases: The folder of all releases.
    """
    said = next((said for said in reversed(before) if (releases / said["release_id"]).is_dir()), None)
    if said is None:
        return None
    return Earlier(said["release_id"], said["period_id"], Answer.read(said.get("frozen", {}).get("replies", [])))


def restated(now: EditionData, before: EditionData, tables: Iterable[str]) -> pl.DataFrame:
    """Compare every figure the earlier edition showed, of its period and those before it, with what it is now.

    Args:
        now: This edition's data.
        before: The earlier edition's data, read as it was read then.
        tables: Published tables of the report.

    Returns:
        One row per figure that differs (schema ``ROWS``), by table, period and keys: scores, shares, amounts and
        counts, without their bounds and spreads. ``why``: answers (it rests on another number of cases), formula,
        configuration or code (which changed since; the data may have, too), values; shown (withheld then). Of what is
        gone or withheld now there is one row per table, period and figure, with how many, without keys and numbers.
    """
    found = [pl.DataFrame(schema=ROWS)]
    otherwise = (
        "configuration"
        if now.info.config_hash != before.info.config_hash
        else "code"
        if now.info.code_version != before.info.code_version
        else "values"
    )
    for table in tables:
        pair = _pair(now, before, table)
        for figure in _figures(table):
            found.append(_compared(pair, table, figure, otherwise))
    return pl.concat(found).sort("table", "period_id", "keys", "figure", nulls_last=True, maintain_order=True)


def _figures(table: str) -> list[str]:
    """Return the numbers of a table; the cases they rest on are told as the reason."""
    return [
        column.name
        for column in columns.TABLES[table]
        if column.dtype in (pl.Float64, pl.Int64)
        and not column.name.endswith(_BESIDE)
        and column.name not in _cases(table)
    ]


def _cases(table: str) -> tuple[str, ...]:
    there = {column.name for column in columns.TABLES[table]}
    return next((group for group in _N if there.issuperset(group)), ())


def _pair(now: EditionData, before: EditionData, table: str) -> pl.DataFrame:
    """Return the earlier rows beside today's; a row whose keys are not its own is left out."""
    keys = [
        column.name
        for column in columns.TABLES[table]
        if not column.is_value and column.dtype == pl.String and column.name not in _COMMON
    ]
    periods = [period.period_id for period in before.periods]
    sides = []
    for data in (before, now):
        frame = data.table(table, all_periods=True)
        if "period_id" in frame.columns:
            frame = frame.filter(pl.col("period_id").is_in(periods) | pl.col("period_id").is_null())
        sides.append(frame.unique(keys, keep="none", maintain_order=True).with_columns(is_there=pl.lit(True)))
    together = sides[0].join(sides[1], on=keys, how="full", nulls_equal=True, suffix="_now", coalesce=True)
    period = pl.col("period_id") if "period_id" in keys else pl.lit(None, pl.String)
    return together.with_columns(
        __period=period, __keys=pl.struct(name for name in keys if name != "period_id").struct.json_encode()
    )


def _compared(pair: pl.DataFrame, table: str, figure: str, otherwise: str) -> pl.DataFrame:
    old, new = pl.col(figure).cast(pl.Float64), pl.col(f"{figure}_now").cast(pl.Float64)
    n = _cases(table)
    counts = {
        side: pl.sum_horizontal(f"{name}{suffix}" for name in n).cast(pl.Int64) if n else pl.lit(None, pl.Int64)
        for side, suffix in (("n_old", ""), ("n_new", "_now"))
    }
    is_gone = pl.col("is_there_now").is_null()
    is_hidden = ~is_gone & pl.col("is_suppressed_now")
    moved = pair.filter(
        pl.when(old.is_null() | new.is_null())
        .then((old.is_null() != new.is_null()) & pl.col("is_there").is_not_null())
        .otherwise((old - new).abs() > _SAME * pl.max_horizontal(old.abs(), new.abs(), pl.lit(1.0)))
    ).with_columns(**counts)
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
        .then(pl.lit("gone"))
        .when(is_hidden)
        .then(pl.lit("withheld"))
        .when(pl.col("is_suppressed"))
        .then(pl.lit("shown"))
        .when(pl.col("n_old").ne_missing(pl.col("n_new")))
        .then(pl.lit("answers"))
        .when(pl.col("formula_id") != pl.col("formula_id_now"))
        .then(pl.lit("formula"))
        .otherwise(pl.lit(otherwise)),
        count=pl.lit(1, pl.Int64),
    )
    is_withdrawn = pl.col("why").is_in(["gone", "withheld"])
    withdrawn = rows.filter(is_withdrawn).group_by("table", "period_id", "figure", "why").agg(pl.col("count").sum())
    blank = [pl.lit(None, kind).alias(name) for name, kind in ROWS.items() if name not in withdrawn.columns]
    return pl.concat([rows.filter(~is_withdrawn), withdrawn.with_columns(blank).select(*ROWS)])
