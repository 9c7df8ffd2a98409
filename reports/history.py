"""What an edition may show after the editions before it: the difference of two editions gives nobody away (F40 ii)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import polars as pl

from melflow.core.errors import TerminalError
from melflow.core.release_ids import age
from melflow.core.statistics.history import Settled
from melflow.reports import columns, linked
from melflow.reports.approval import may_go_out
from melflow.reports.edition_data import EditionData
from melflow.reports.history_forms import blank, counted
from melflow.reports.read import read

_INTERNAL = "internal"
#: Audience of an edition from before editions said so: the narrowest that is sent to anybody.
_UNKNOWN = "partners"
_KEPT = ["family", "unit"]


@dataclass(frozen=True, order=True)
class WentOut:
    """An edition that went out: what it showed can be made again from its release.

    Attributes:
        min_n: Respondents a published cell needed then; 0 where its manifest does not say: as many as today.
        is_lost: Its release was gone when this was looked up: what it showed is not known any more.
    """

    release_id: str
    period_id: str
    publish_level: str
    min_n: int = 0
    is_lost: bool = False


def went_out(editions: Path, release_dir: Path, publish_level: str) -> tuple[WentOut, ...]:
    """Return the editions of all reports that went out before this release, oldest first.

    Who may read an edition for partners may read one for funders too, so that all count, whomever they were made for;
    but not those of the people who hold the answers anyway.

    Args:
        editions: The folder of all editions.
        release_dir: The folder of this edition's release, beside those of the others.
        publish_level: Audience of this edition.
    """
    found = set()
    for path in editions.rglob("edition.json"):
        said = json.loads(path.read_text(encoding="utf-8"))
        frozen = said.get("frozen", {})
        level = frozen.get("publish_level", _UNKNOWN)
        may_be_read = may_go_out(path.parent, said) and (level != _INTERNAL or publish_level == _INTERNAL)
        name = said["release_id"]
        if may_be_read and age(name) < age(release_dir.name):
            is_lost = not (release_dir.parent / name).is_dir()
            found.add(WentOut(name, said["period_id"], level, frozen.get("min_n", 0), is_lost))
    return tuple(sorted(found, key=lambda one: (age(one.release_id), one)))


@lru_cache(maxsize=2)
def shown_by(releases: Path, editions: tuple[WentOut, ...], minimum: int) -> list[EditionData]:
    """Return what editions showed of figures that rest on answers, in their order; only their linked tables are read.

    All of them, whatever the sections and indicators of each: the open tables beside an edition have them as well.

    Args:
        releases: The folder of all releases.
        editions: Oldest first.
        minimum: Fewest respondents of a published cell today, for editions that do not say how many it was then.

    Raises:
        TerminalError: A release is gone.
    """
    found: list[EditionData] = []
    for one in editions:
        folder = release_folder(releases, one.release_id)
        before = [
            data for data, other in zip(found, editions, strict=False) if age(other.release_id) < age(one.release_id)
        ]
        data = read(folder, one.period_id, one.publish_level, {}, only=linked.TABLES)
        found.append(after(data, before, one.min_n or minimum, is_internal=one.publish_level == _INTERNAL))
    return found


def release_folder(releases: Path, release_id: str) -> Path:
    """Return the folder of an earlier release.

    Raises:
        TerminalError: It is gone.
    """
    folder = releases / release_id
    if not folder.is_dir():
        raise TerminalError.of(
            str(folder),
            "an edition that comes after others needs their releases",
            "no such folder",
            "Put the release back.",
        )
    return folder


def after(now: EditionData, shown: Sequence[EditionData], minimum: int, *, is_internal: bool = False) -> EditionData:
    """Return an edition's data as it may be shown after what was shown before.

    Figures that are linked move together, by as many respondents as may be shown, or not at all: those to which fewer
    answers came stand as they were shown last; those from which fewer went, a consent withdrawn, are withheld.

    Args:
        now: The data of the release.
        shown: What was shown before, oldest first, each as this function returned it.
        minimum: Fewest respondents of a published cell.
        is_internal: It is for those who hold the forms: their numbers are those of the release.
    """
    if not shown:
        return now
    from melflow.core.statistics.sequence import settle_safely  # loads scipy's solver

    settled = settle_safely(linked.cells(now), [linked.cells(data) for data in shown], minimum)
    if settled.kept.is_empty():
        return now
    settled = _with_changes(_with_strata(settled), now.tables["pub_capability_change"])
    tables = dict(now.tables)
    for family in linked.FAMILIES:
        kept = settled.kept.filter(family=family.name)
        if kept.is_empty():
            continue
        withheld = settled.withheld.filter(family=family.name)
        for table in family.tables:
            tables[table] = _stand(family, table, [now, *reversed(shown)], kept, withheld)
    tables["pub_power_balance"] = _felt([now, *reversed(shown)], settled)
    if linked.FORMS in tables and not is_internal:
        earlier = [data.tables[linked.FORMS] for data in reversed(shown) if linked.FORMS in data.tables]
        tables[linked.FORMS] = counted(tables[linked.FORMS], earlier, settled, now.dyads.values())
    return replace(now, tables=tables)


def _with_strata(settled: Settled) -> Settled:
    """Return the units with the strata of every period in which a pair stands: its mean is in them."""
    found = []
    for frame in settled:
        pairs = frame.filter(family="health").select(
            family=pl.lit("strata"), unit=pl.col("unit").str.split("|").list.last()
        )
        found.append(pairs.unique().sort("unit"))
    kept = pl.concat([settled.kept, found[0]]).unique().sort(_KEPT)
    withheld = found[1].with_columns(cell=pl.lit(None, pl.String))
    return Settled(kept, pl.concat([settled.withheld, withheld.select(settled.withheld.columns)]))


def _with_changes(settled: Settled, changes: pl.DataFrame) -> Settled:
    """Return the units with the changes of which a wave stands or is withheld: a mean of that wave is in them."""
    unit = linked.unit((*linked.WAVES[0], "period_id"))
    found = []
    for frame in settled:
        waves = frame.filter(family="capability")["unit"].implode()
        is_in = pl.any_horizontal(linked.unit(wave).is_in(waves) for wave in linked.WAVES)
        found.append(changes.filter(is_in).select(family=pl.lit("change"), unit=unit).unique().sort("unit"))
    kept = pl.concat([settled.kept, found[0]]).unique().sort(_KEPT)
    withheld = found[1].with_columns(cell=pl.lit(None, pl.String))
    return Settled(kept, pl.concat([settled.withheld, withheld.select(settled.withheld.columns)]))


def _stand(
    family: linked.Family, table: str, data: Sequence[EditionData], kept: pl.DataFrame, withheld: pl.DataFrame
) -> pl.DataFrame:
    """Return a table in which the units that are kept are as they were shown last, less what is withheld."""
    name = linked.unit(family.tables[table])
    now = data[0].tables[table]
    parts, left = [now.filter(~name.is_in(kept["unit"].implode()))], kept["unit"]
    for earlier in data[1:]:
        rows = earlier.tables[table].filter(name.is_in(left.implode()))
        left = left.filter(~left.is_in(rows.select(name.alias("unit"))["unit"].implode()))
        parts.append(rows)
    never = now.filter(name.is_in(left.implode()))  # in a unit that stands, but not shown before
    rows = pl.concat([*parts[1:], blank(never, table, pl.lit(value=True))])
    is_gone = name.is_in(withheld["unit"].implode())
    counted = [one for one in family.counts if one.table == table]
    if family.total is not None and counted:  # rows of one group: only those that moved
        gone = withheld.select(pl.concat_str("unit", "cell", separator="|"))["unit"]
        is_gone = pl.concat_str(name, linked.cell(counted[0].cell), separator="|").is_in(gone.implode())
    keys = [column.name for column in columns.TABLES[table] if column.dtype == pl.String and not column.is_value]
    return pl.concat([parts[0], blank(rows, table, is_gone)]).sort(keys, nulls_last=True)


def _felt(data: Sequence[EditionData], settled: Settled) -> pl.DataFrame:
    """Return the balance of power; what the sides of a pair feel stands or is withheld with their other answers."""
    name = pl.concat_str("scope_id", "period_id", separator="|")
    kept = settled.kept.filter(family="health")["unit"]
    gone = settled.withheld.filter(family="health")["unit"]
    keys = ["scope", "scope_id", "period_id", "resource"]
    found = data[0].tables["pub_power_balance"]
    is_kept = (pl.col("scope") == "dyad") & name.is_in(kept.implode())
    before = pl.concat([earlier.tables["pub_power_balance"].select(*keys, *linked.FELT) for earlier in data[1:]])
    last = before.unique(keys, keep="first", maintain_order=True)
    joined = found.join(last, on=keys, how="left", nulls_equal=True, suffix="_last", maintain_order="left")
    shown = ~name.is_in(gone.implode())
    return joined.with_columns(
        pl.when(is_kept).then(pl.when(shown).then(f"{column}_last")).otherwise(column).alias(column)
        for column in linked.FELT
    ).select(found.columns)
