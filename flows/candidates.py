"""The rows of payloads that are due: read, named as the warehouse names them, resolved, checked all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import Problem, SourceError
from melflow.core.landing import Landing, LandingStore
from melflow.core.names import PartnerNames
from melflow.core.warehouse import connect
from melflow.flows import held_facts
from melflow.flows.known import reference_of
from melflow.flows.own_rules import own_rules
from melflow.sources.canonical import FACTS
from melflow.sources.corrections import Corrector, unsure
from melflow.sources.identity import KNOWN, adopt, naming
from melflow.sources.parse import parse_each
from melflow.sources.payload import COLUMNS, Context, Origin, Parsed
from melflow.sources.resolve import resolve

if TYPE_CHECKING:
    from melflow.core.workspace import SourceConfig, Workspace
    from melflow.core.workspace.corrections import Correction
    from melflow.expectations.check import Checked
    from melflow.flows.shapes import Watch
    from melflow.sources.xlsform import Instruments

_SHOWN = 10  # further problems of a payload that are named with the first


@dataclass(frozen=True)
class Candidates:
    """What the payloads of a source bring.

    Attributes:
        frames: Rows of all payloads by table, resolved.
        items: What the parser made of each payload.
        failures: Payloads that cannot be read.
        known: Versions of submissions that stay in the warehouse.
    """

    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    items: dict[Landing, Parsed] = field(default_factory=dict)
    failures: dict[Landing, Problem] = field(default_factory=dict)
    known: pl.DataFrame = field(default_factory=pl.DataFrame)


def read(
    workspace: Workspace,
    source: str,
    instruments: Instruments,
    store: LandingStore,
    due: Sequence[Landing],
    drop: Sequence[str],
    replaced: Sequence[Landing],
    shapes: Watch,
) -> Candidates:
    """Read payloads; one that cannot be read stops no other.

    Args:
        workspace: The alliance's workspace.
        source: Name of a source of it.
        instruments: The forms.
        store: Where the payloads are.
        due: The payloads, in order.
        drop: load_id of what leaves the warehouse before they come in.
        replaced: Payloads before, in whose place some of these are: looked at for what the source was like.
        shapes: What payloads of the source looked like so far; one that looks otherwise may have to wait.
    """
    config = workspace.sources[source]
    corrections = workspace.corrections.get(source, ())
    names = PartnerNames(workspace.partners, workspace.aliases)
    context = Context(names, workspace.periods, workspace.alliance.time_zone)
    items: dict[Landing, Parsed] = {}
    failures: dict[Landing, Problem] = {}
    looked_at = [*replaced, *due]
    payloads = ((_origin(source, landing, corrections), store.read(landing)) for landing in looked_at)
    for landing, made in zip(looked_at, parse_each(payloads, config, instruments, context), strict=True):
        is_replaced = landing in replaced
        if isinstance(made, SourceError):
            failures |= {} if is_replaced else {landing: _as_one(made)}
            continue
        waits = shapes.look(landing, made, instruments.frames["src_choice"], is_replaced=is_replaced)
        if is_replaced:
            continue
        if waits:
            failures[landing] = waits
        else:
            items[landing] = made
    known = _versions(workspace, source, [*drop, *(landing.load_id for landing in due)])
    items = _adopted(items, known, one_server=has_server(config))
    whole = Parsed({table: frame for table in FACTS if (frame := _of_all(items, table)) is not None})
    resolved = resolve(whole, names, workspace.periods, workspace.hash_key(), instruments) if items else whole
    return Candidates(resolved.frames, items, failures, known)


def _as_one(error: SourceError) -> Problem:
    """Return the first problem of a payload with what else was seen: several columns may lack at once."""
    first, *others = error.problems
    seen = [one.seen if one.where == first.where else f"{one.where}: {one.seen}" for one in others]
    more = [f"{len(seen) - _SHOWN} more"] if len(seen) > _SHOWN else []
    return replace(first, seen="; ".join([first.seen, *seen[:_SHOWN], *more]))


def _origin(source: str, landing: Landing, corrections: Sequence[Correction]) -> Origin:
    corrector = Corrector(landing.origin, corrections) if corrections else None
    return Origin(source, landing.origin, landing.load_id, landing.landed_at, corrector)


def judged(
    workspace: Workspace, source: str, instruments: Instruments, candidates: Candidates, leaving: Sequence[str]
) -> Checked:
    """Return what the checks say about the rows of all payloads of a source together.

    Args:
        workspace: The alliance's workspace.
        source: Name of the source.
        instruments: The forms.
        candidates: The rows.
        leaving: load_id of what leaves the warehouse when they come in.
    """
    from melflow.expectations.check import check

    items = candidates.items.values()
    conflicts = _conflicts(candidates.known, candidates.frames)
    conflicts |= {row_id for item in items for row_id in item.conflicts}
    reference = reference_of(workspace, leaving if "src_result" in candidates.frames else None)
    # a fix that came back in a workbook and finds another value is closed, not asked about
    n_declared = len(held_facts.declared(workspace, source))
    doubtful = unsure(item.met.filter(pl.col("number") <= n_declared) for item in items if item.met is not None)
    columns = {
        landing.load_id: {place: str(letters) for place, letters in found.items()}
        for landing, item in candidates.items.items()
        if isinstance(found := item.notes.get(COLUMNS), dict)
    }
    return check(
        candidates.frames,
        instruments.frames,
        reference,
        frozenset(conflicts),
        frozenset(doubtful),
        columns,
        own_rules(workspace),
    )


def has_server(config: SourceConfig) -> bool:
    """Return whether the source asks a server: then its inventories rule, which of a former server they do not."""
    return getattr(config, "server", None) is not None


def _of_all(items: dict[Landing, Parsed], table: str) -> pl.DataFrame | None:
    frames = [item.frames[table] for item in items.values() if table in item.frames]
    return pl.concat(frames, rechunk=True) if frames else None


def _adopted(items: dict[Landing, Parsed], known: pl.DataFrame, *, one_server: bool) -> dict[Landing, Parsed]:
    """Give submissions the names they have in the warehouse, or in a payload before."""
    surveys = [item.frames["src_submission"] for item in items.values() if "src_submission" in item.frames]
    if not surveys:
        return items
    versions = naming(pl.concat(surveys), known)
    adopted = {}
    for landing, item in items.items():
        adopted[landing] = adopt(item, versions, one_server=one_server)
        if len(items) > 1 and "src_submission" in item.frames:
            mine = adopted[landing].frames["src_submission"].select(versions.columns)
            versions = pl.concat([versions, mine], rechunk=True)
    return adopted


def _versions(workspace: Workspace, source: str, leaving: list[str]) -> pl.DataFrame:
    """Return the submission versions that stay in the warehouse when some payloads have left it."""
    with connect(workspace.warehouse_path) as con:
        return con.execute(
            f"select {', '.join(KNOWN)}, content_hash from raw.src_submission "
            "where source_system = ? and load_id not in (select unnest(?::varchar[]))",
            [source, leaving],
        ).pl()


def _conflicts(known: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> set[str]:
    """Find submission versions that came before with another content and no sign of an edit."""
    if "src_submission" not in frames:
        return set()
    columns = ["version_id", "content_hash"]
    incoming = frames["src_submission"].select("row_id", *columns)
    both = pl.concat([known.select(columns), incoming.select(columns)])
    first = both.unique("version_id", keep="first", maintain_order=True)
    clash = incoming.join(first, on="version_id", suffix="_first").filter(
        pl.col("content_hash") != pl.col("content_hash_first")
    )
    return set(clash["row_id"])
