"""What a held figure takes with it: its row, the totals it is in, and the tables that say the same in other words.

A reader must not work the figure out from what is left (F40 ii). Two rows of a table are linked when each of their keys
is the same, or the total of all in one of them. Figures of a pair's health are linked as ``linked.FAMILIES`` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, Self

import polars as pl

from melflow.reports import columns, linked
from melflow.reports.answer import Answer
from melflow.reports.edition_data import HELD, EditionData
from melflow.reports.figure_keys import keys_of

_COMPOSITE = "composite"
#: Keys of rows that hold several others, or a mean over them.
_TOTALS = ("all", "alliance", _COMPOSITE, "total")
_HEALTH = next(tuple(family.tables) for family in linked.FAMILIES if family.name == "health")
_STRATA = next(tuple(family.tables) for family in linked.FAMILIES if family.name == "strata")
_POWER, _PROGRESS = "pub_power_balance", "pub_indicator_progress"
_SCORE, _CHANGE, _FLOW, _TURNING = (
    "pub_capability_score", "pub_capability_change", "pub_mutuality_dyad", "pub_mutuality_turning",
)  # fmt: skip
_SERIES = ("partner_id", "capability", "level", "rater")
#: Table -> other tables its figures can be read from, and the key both have; without one, all of the period.
_ELSEWHERE: dict[str, dict[str, str | None]] = {
    "pub_dual_tracking": {_PROGRESS: "dyad_id"},
    _PROGRESS: {"pub_dual_tracking": "dyad_id"},
    "pub_demand": {"pub_demand_code": "partner_id", "pub_advice": "partner_id"},
    "pub_demand_code": {"pub_demand": "partner_id"},
    "pub_learning_use": {"pub_learning_types": None},
    _FLOW: {"pub_network_period": None},
}


class _Figure(NamedTuple):
    """A figure that is held."""

    table: str
    keys: dict[str, str | None]
    period_id: str

    @classmethod
    def of(cls, one: Answer, period_id: str) -> Self:
        return cls(one.table, json.loads(one.keys), one.period_id or period_id)


class _Pair(NamedTuple):
    """A dimension of a pair's health that is held; the composite: all of them, for it is their mean."""

    dyad_id: str | None
    dimension: str
    period_id: str


def withheld(data: EditionData, answers: Iterable[Answer]) -> EditionData:
    """Return the data without the numbers of figures that are held, and of those that would tell them.

    Args:
        data: The data of an edition; of one of another period, too.
        answers: What partners said; a figure without a period is of the data's own.

    Returns:
        The data; a row that has no numbers is left out.
    """
    said = [_Figure.of(one, data.period.period_id) for one in answers if one.is_held]
    if not said:
        return data
    held = [*said, *(other for one in said for other in _elsewhere(data, one))]
    pairs = [pair for one in said for pair in _pairs(data, one)]
    tables = {}
    for name, frame in data.tables.items():
        rules = [_is_linked(frame, one) for one in held if one.table == name and name not in _HEALTH]
        rules += [_is_of(frame, pair) for pair in pairs if name in (*_HEALTH, *_STRATA)]
        tables[name] = _emptied(name, frame, pl.any_horizontal(rules)) if rules else frame
    later = [pl.col("period_id").is_in(_later(data, one)) & _has_keys(data.tables[_PROGRESS], one)
             for one in held if one.table == _PROGRESS]  # fmt: skip
    felt = [_is_in(data.tables[_POWER], one.period_id) & (pl.col("scope") == "dyad")
            & (pl.col("scope_id") == one.dyad_id) for one in pairs]  # fmt: skip
    tables[_PROGRESS] = _blank(tables[_PROGRESS], later, ("cumulated_value",))
    tables[_POWER] = _blank(tables[_POWER], felt, linked.FELT)
    return replace(data, tables=tables)


def _elsewhere(data: EditionData, one: _Figure) -> Iterator[_Figure]:
    """Return the figures of other tables from which a figure can be read."""
    for table, key in _ELSEWHERE.get(one.table, {}).items():
        frame = data.tables[table]
        is_same = pl.lit(value=True) if key is None else pl.col(key) == pl.lit(one.keys[key], pl.String)
        rows = frame.filter(_is_in(frame, one.period_id), is_same)
        yield from (_Figure(table, json.loads(keys_of(table, row)), one.period_id) for row in rows.to_dicts())
    yield from _over_time(data, one)


def _over_time(data: EditionData, one: _Figure) -> Iterator[_Figure]:
    """Return what is said over several periods of which a figure's is one: changes of its wave, and its turning."""
    if one.table in (_SCORE, _CHANGE):
        same = [pl.col(name) == pl.lit(one.keys.get(name), pl.String) for name in _SERIES]
        is_wave = (pl.col("period_id") == one.period_id) | (pl.col("period_from") == one.period_id)
        yield from _figures(_CHANGE, data.tables[_CHANGE].filter(*same, is_wave))
        if one.table == _CHANGE:
            yield from _figures(_SCORE, data.tables[_SCORE].filter(*same, period_id=one.period_id))
    if one.table == _FLOW:
        later = [one.period_id, *_later(data, one)]
        rows = data.tables[_TURNING].filter(pl.col("period_id").is_in(later), dyad_id=one.keys.get("dyad_id"))
        yield from _figures(_TURNING, rows)


def _figures(table: str, rows: pl.DataFrame) -> Iterator[_Figure]:
    yield from (_Figure(table, json.loads(keys_of(table, row)), row["period_id"]) for row in rows.to_dicts())


def _pairs(data: EditionData, one: _Figure) -> Iterator[_Pair]:
    """Return what of a pair's health is held with a figure; the gap in felt influence is that of one dimension."""
    if one.table in _HEALTH:
        yield _Pair(one.keys["dyad_id"], one.keys.get("dimension") or _COMPOSITE, one.period_id)
    if one.table == _POWER and one.keys["scope"] == "dyad":
        power, health = data.tables[_POWER], data.tables["pub_health_dyad"]
        pair = one.keys["scope_id"]
        felt = power.filter(_is_in(power, one.period_id), scope="dyad", scope_id=pair)[linked.FELT[0]].drop_nulls()
        same = health.filter(_is_in(health, one.period_id), pl.col("gap").is_in(felt.implode()), dyad_id=pair)
        yield from (_Pair(pair, dimension, one.period_id) for dimension in same["dimension"].unique().sort())


def _is_in(frame: pl.DataFrame, period_id: str) -> pl.Expr:
    """Say whether a row is of a period, or of all together."""
    if "period_id" not in frame.columns:
        return pl.lit(value=True)
    return (pl.col("period_id") == period_id) | pl.col("period_id").is_null()


def _is_linked(frame: pl.DataFrame, one: _Figure) -> pl.Expr:
    return _is_in(frame, one.period_id) & _has_keys(frame, one)


def _has_keys(frame: pl.DataFrame, one: _Figure) -> pl.Expr:
    """Say whether a row has a figure's keys, or totals in their place; another scope holds it or is its part."""
    rules = [pl.lit(value=True)]
    for name, value in one.keys.items():
        if value in _TOTALS or (name == "dyad_id" and value is None):
            continue
        is_same = pl.col(name).eq_missing(pl.lit(value, pl.String)) | pl.col(name).is_in(_TOTALS).fill_null(value=False)
        if name == "dyad_id":
            is_same |= pl.col(name).is_null()
        if name in ("scope", "scope_id") and "scope_id" in frame.columns:
            is_same |= pl.col("scope") != one.keys["scope"]
        rules.append(is_same)
    return pl.all_horizontal(rules)


def _is_of(frame: pl.DataFrame, pair: _Pair) -> pl.Expr:
    """Say whether a row is of a dimension of a pair, or a mean over it: of dimensions, or of a stratum it may be in."""
    rules = [_is_in(frame, pair.period_id)]
    if "dyad_id" in frame.columns:
        rules.append(pl.col("dyad_id") == pair.dyad_id)
    if "dimension" in frame.columns and pair.dimension != _COMPOSITE:
        rules.append(pl.col("dimension").is_in([pair.dimension, _COMPOSITE]))
    return pl.all_horizontal(rules)


def _later(data: EditionData, one: _Figure) -> list[str]:
    """Return the periods after a figure's: what they add up to date less what they add tells it."""
    periods = [period.period_id for period in data.periods]
    return periods[periods.index(one.period_id) + 1 :] if one.period_id in periods else []


def _blank(frame: pl.DataFrame, rules: list[pl.Expr], names: Iterable[str]) -> pl.DataFrame:
    """Return a table without some of its numbers; the other numbers of the row stay."""
    if not rules:
        return frame
    where = pl.any_horizontal(rules)
    return frame.with_columns(pl.when(~where).then(name).alias(name) for name in names)


def _emptied(table: str, frame: pl.DataFrame, where: pl.Expr) -> pl.DataFrame:
    numbers = columns.values(table)
    if not numbers:
        return frame.filter(~where)
    here = where & ~pl.col("is_suppressed")
    return frame.with_columns(
        *(pl.when(~where).then(name).alias(name) for name in numbers),
        is_suppressed=pl.col("is_suppressed") | where,
        n_suppressed_reason=pl.when(here).then(pl.lit(HELD)).otherwise("n_suppressed_reason"),
    )
