"""Read what an edition may show from a release: published tables and dimensions, nothing else.

Three guards stand here, whatever the release holds: rows agreed for a narrower audience are left out
entirely, a suppressed row carries no number, and no text has signs a format cannot hold.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.calendar import months_label
from melflow.core.errors import TerminalError
from melflow.core.warehouse import open_release
from melflow.reports import columns, rounding
from melflow.reports.clean import cleaned
from melflow.reports.columns_change import PERIODS
from melflow.reports.edition_data import PUBLISH_LEVELS, UNKNOWN, Construct, Dyad, EditionData, Period, ReleaseInfo
from melflow.reports.figure_keys import key_columns
from melflow.reports.phrases import SOURCE
from melflow.reports.silent_sources import silent

if TYPE_CHECKING:
    import duckdb


def read(
    release_dir: Path,
    period_id: str,
    publish_level: str,
    names: Mapping[str, str],
    language: str = "en",
    only: Collection[str] = tuple(columns.TABLES),
) -> EditionData:
    """Read a release for one period and audience.

    Args:
        release_dir: The folder of the release.
        period_id: Period of the calendar.
        publish_level: Audience: internal, partners, funder or public.
        names: Construct id -> the audience's own name for it.
        language: Language of the framework's labels; the first label there is when it has none.
        only: The published tables to read.

    Raises:
        TerminalError: The release has no such period, or lacks a table or a key column.
    """
    with open_release(release_dir) as con:
        info = _info(con)
        periods = _periods(con, period_id, language)
        shown = PUBLISH_LEVELS[PUBLISH_LEVELS.index(publish_level) :]
        known = [*(period.period_id for period in periods), UNKNOWN]
        there = _columns(con)
        tables = {
            name: _published(con, name, there.get(name, set()), shown, known) for name in columns.TABLES if name in only
        }
        found = EditionData(
            info=info,
            period=periods[-1],
            periods=periods,
            partners=dict(con.execute("select partner_id, name from dim_partner order by partner_id").fetchall()),
            dyads=_dyads(con, shown),
            constructs=_constructs(con, names, language),
            tables=tables,
            failed_gates=_failed_gates(con),
            countries=_countries(con, periods[-1]),
            homes=dict(con.execute(_HOMES).fetchall()),
            failed_checks=_failed_checks(con) if publish_level == PUBLISH_LEVELS[0] else pl.DataFrame(),
            # a release from before it said so has none
            owed=_owed(con, period_id) if "expected_delivery" in there else None,
            silent=silent(con, info.as_of, period_id),
        )
    return cleaned(found)


_HOMES = "select partner_id, country from dim_partner where country is not null order by partner_id"


@lru_cache(maxsize=128)
def agreed(release_dir: Path, table: str) -> pl.DataFrame:
    """Return for whom each row of a published table was agreed, whoever may be shown it: its keys, no number.

    Returns:
        The key columns of the table (``keys.key_columns``) and ``publish_level``.
    """
    names = [*key_columns(table), "publish_level"]
    with open_release(release_dir) as con:
        there = _columns(con).get(table, set())
        present = _selected(table, [name for name in names if name in there])
        frame = con.execute(present).pl() if there else pl.DataFrame()
    missing = [pl.lit(None, pl.String).alias(name) for name in names if name not in there]
    return cleaned(frame.with_columns(missing).select(pl.col(names).cast(pl.String)))


def _info(con: duckdb.DuckDBPyConnection) -> ReleaseInfo:
    cursor = con.execute("select * from release_info")
    found = dict(zip([str(column[0]) for column in cursor.description or ()], cursor.fetchone() or (), strict=True))
    created = _moment(found["created_at"])
    return ReleaseInfo(
        created_at=created,
        as_of=dt.date.fromisoformat(str(found["as_of"])[:10]),
        **{key: str(found[key]) for key in ("release_id", "code_version", "config_hash", "load_id", "alliance_name")},
    )


def _moment(value: object) -> dt.datetime:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _periods(con: duckdb.DuckDBPyConnection, period_id: str, language: str) -> tuple[Period, ...]:
    rows = con.execute("select period_id, label, starts_on, ends_on from dim_period order by ordinal").fetchall()
    ids = [row[0] for row in rows]
    if period_id not in ids:
        raise TerminalError.of(
            "report", "the period is one of the alliance's calendar", f"'{period_id}'", f"Choose of: {', '.join(ids)}."
        )
    return tuple(spoken(Period(*row), language) for row in rows[: ids.index(period_id) + 1])


def in_language(release_dir: Path, data: EditionData, names: Mapping[str, str], language: str) -> EditionData:
    """Return the same numbers with periods and constructs in the words of a language; arguments as of ``read``."""
    with open_release(release_dir) as con:
        periods = _periods(con, data.period.period_id, language)
        return replace(data, period=periods[-1], periods=periods, constructs=_constructs(con, names, language))


def spoken(period: Period, language: str) -> Period:
    """Return a period whose label names its months in the language; a year, or a label of another making, stays."""
    first, last = period.starts_on, period.ends_on
    if language == SOURCE or period.label.isdigit() or period.label != months_label(first, last):
        return period
    return replace(period, label=rounding.months(first, last, language))


def _dyads(con: duckdb.DuckDBPyConnection, shown: tuple[str, ...]) -> dict[str, Dyad]:
    rows = con.execute(
        "select dyad_id, partner_a, partner_b from dim_dyad where publish_level in (select unnest(?)) order by dyad_id",
        [list(shown)],
    ).fetchall()
    return {row[0]: Dyad(*row) for row in rows}


def _constructs(con: duckdb.DuckDBPyConnection, names: Mapping[str, str], language: str) -> dict[str, Construct]:
    rows = con.execute(
        "select construct_id, kind, label_json, direction from dim_construct order by kind, ordinal, construct_id"
    ).fetchall()
    found = {}
    for construct_id, kind, label_json, direction in rows:
        labels = json.loads(label_json)
        label = names.get(construct_id) or labels.get(language) or next(iter(labels.values()), construct_id)
        found[construct_id] = Construct(construct_id, kind, label, direction or "positive")
    return found


def _published(
    con: duckdb.DuckDBPyConnection, name: str, there: set[str], shown: tuple[str, ...], periods: list[str]
) -> pl.DataFrame:
    """Return a published table with the columns of ``columns.TABLES``; a number the release lacks is null."""
    wanted = columns.TABLES[name]
    if not there:  # a release from before the table was made
        return pl.DataFrame(schema={column.name: column.dtype for column in wanted})
    absent = [column.name for column in wanted if not column.is_value and column.name not in there]
    if absent:
        raise TerminalError.of(
            f"{name} of the release",
            "a published table has its key columns",
            f"no column {', '.join(absent)}",
            "Build and release again with this version of melflow.",
        )
    frame = con.execute(_selected(name, [column.name for column in wanted if column.name in there])).pl().lazy()
    keys = [column.name for column in wanted if column.dtype == pl.String and not column.is_value]
    if "period_id" in there:  # what is said of all periods together has none
        frame = frame.filter(pl.col("period_id").is_in(periods))
    return (
        frame.filter(pl.col("publish_level").is_in(shown))
        .with_columns(pl.col("is_suppressed").fill_null(True))
        .select(_column(column, there) for column in wanted)
        .sort(keys, nulls_last=True)
        .collect()
    )


def _column(column: columns.Column, there: set[str]) -> pl.Expr:
    if column.name not in there:
        return pl.lit(None, dtype=column.dtype).alias(column.name)
    value = pl.col(column.name).cast(column.dtype)
    if column.is_value:
        value = pl.when(pl.col("is_suppressed").not_()).then(value)
    return value.alias(column.name)


def _countries(con: duckdb.DuckDBPyConnection, period: Period) -> dict[str, str]:
    rows = con.execute(
        "select partner_id, country from dim_partner where country is not null and joined_on <= ? "
        "and (left_on is null or left_on >= ?) order by partner_id",
        [period.ends_on, period.starts_on],
    ).fetchall()
    return dict(rows)


def _failed_checks(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the rules that were broken; nothing of a release from before they were counted."""
    known = "select column_name from duckdb_columns() where table_name = 'check_summary'"
    if ("n_failed",) not in con.execute(known).fetchall():
        return pl.DataFrame()
    return con.execute("from check_summary where n_failed > 0 order by n_failed desc, rule_id, source").pl()


def _failed_gates(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    rows = con.execute(
        "select distinct table_name, rule_id from check_summary where severity = 'gate' and not success order by 1, 2"
    ).fetchall()
    return tuple(f"{table}: {rule}" for table, rule in rows)


def _owed(con: duckdb.DuckDBPyConnection, period_id: str) -> tuple[int, int]:
    query = "select count(*) filter (has_come), count(*) from expected_delivery where period_id = ?"
    came, owed = con.execute(query, [period_id]).fetchall()[0]
    return came, owed


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the columns of every table, all asked at once; its period is ``period_id``, whatever its name there."""
    known = "select table_name, list(column_name) from duckdb_columns() where not internal group by all"
    found = {table: set(names) for table, names in con.execute(known).fetchall()}
    return {table: names | {"period_id"} if PERIODS.get(table) in names else names for table, names in found.items()}


def _selected(table: str, names: list[str]) -> str:
    """Return the query of some columns of a table."""
    own = {"period_id": PERIODS[table]} if table in PERIODS else {}
    listed = ", ".join(f'"{own.get(name, name)}" as "{name}"' for name in names)
    return f"select {listed} from {table}"
