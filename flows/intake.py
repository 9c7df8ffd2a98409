"""One source, the whole way in: fetch, land, parse, check, load. Plain functions; ``ingest.py`` makes them tasks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import MelflowError, Problem, TerminalError, TransientError
from melflow.core.landing import Landing, LandingStore
from melflow.core.warehouse import connect, transaction
from melflow.core.workspace import Workspace
from melflow.flows import closed_gates, corrections, data_docs, held_facts, held_history
from melflow.flows.accepting import let_through
from melflow.flows.candidates import Candidates, has_server, judged, read
from melflow.flows.deployed_forms import forms_of_source
from melflow.flows.load import Batch, Counts, load, record_failure, remove
from melflow.flows.reconcile import Account, reconcile
from melflow.flows.rules_hash import rules_hash
from melflow.flows.shapes import Watch
from melflow.flows.sightings import settle
from melflow.sources import inventory
from melflow.sources.fetch import fetch
from melflow.sources.payload import Standing

if TYPE_CHECKING:
    from melflow.core.workspace.corrections import Correction
    from melflow.expectations.check import Checked
    from melflow.sources.xlsform import Instruments

#: Great Expectations keeps process-wide state and DuckDB takes one writer: checking and loading take turns.
_TURN = threading.Lock()
#: What one transaction takes in at most before it ends: pushes are small and many.
_ROWS_TOGETHER, _PAYLOADS_TOGETHER = 50_000, 500
_REPLACED = 3  # payloads before each file that say what it was like: the last may have been a broken one


@dataclass(frozen=True)
class Intake:
    """What one source brought in one run.

    Attributes:
        source: Name of the source.
        title: As people call it.
        n_files: Payloads the source offers now.
        n_new: Payloads that had not landed before.
        n_loaded: Payloads put into the warehouse in this run.
        counts: Rows of those payloads, added up.
        failures: Payloads that cannot be read, each with what to do; named in every run until replaced.
        gate: Why the whole batch was stopped, if it was.
        account: What became of the rows the source has.
    """

    source: str
    title: str
    n_files: int = 0
    n_new: int = 0
    n_loaded: int = 0
    counts: Counts = field(default_factory=Counts)
    failures: tuple[Problem, ...] = ()
    gate: tuple[Problem, ...] = ()
    account: Account | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What needs somebody's hand before it can flow."""
        return (*self.failures, *self.gate)

    @property
    def is_failed(self) -> bool:
        """Whether there are problems."""
        return bool(self.problems)


def take_in(workspace: Workspace, source: str, instruments: Instruments, *, full: bool = False) -> Intake:
    """Bring one source up to date; what landed and was loaded under the same rules is left alone.

    Args:
        workspace: The alliance's workspace.
        source: Name of a source of it.
        instruments: The forms under ``instruments/``.
        full: Load every payload again from landing.

    Raises:
        TransientError: The source or the warehouse is out of reach for now.
    """
    config = workspace.sources[source]
    store = LandingStore(workspace.landing_dir)
    said = held_facts.said(store, source)
    workspace = held_facts.with_returned(workspace, source, said.corrections)

    # Fetch, land
    offered, n_new, stopped = _land(workspace, source, store)
    instruments = forms_of_source(workspace, source, instruments)  # another version may have been deployed

    # Parse, check, load what is due
    landings = [landing for landing in store.of_source(source) if inventory.has_rows(landing.origin)]
    rules = rules_hash(workspace, source, instruments, said.fingerprint)
    plan = _plan(workspace, source, landings, rules, full=full)
    outcome = _process(workspace, source, instruments, store, plan, said)
    if isinstance(stopped, TransientError):  # what landed is loaded, whatever becomes of the rest
        raise stopped

    # Account for every row
    standing = inventory.standing(store.of_source(source), store.read) if has_server(config) else []
    here = landings if standing else offered  # a server hands over once what a folder offers every time
    with _TURN, connect(workspace.warehouse_path) as con:
        settle(con, source, standing)
        held_history.track(con, config, said)
        account, missing = reconcile(con, source, {one.load_id: one.origin for one in here}, standing)
        # what cannot be read has a problem of its own; the correction may be for it
        declared = () if account.payloads_unread else held_facts.declared(workspace, source)
        obsolete = corrections.obsolete(con, source, declared)
    origins = {landing.origin for landing in here}
    unread = tuple(problem for origin, problem in plan.standing.items() if origin in origins)
    return Intake(
        source,
        config.title,
        len(offered),
        n_new,
        outcome.n_loaded,
        outcome.counts,
        (*(stopped.problems if stopped else ()), *outcome.failures, *unread, *missing, *obsolete),
        outcome.gate,
        account,
    )


def _land(workspace: Workspace, source: str, store: LandingStore) -> tuple[list[Landing], int, MelflowError | None]:
    """Land what the source offers, each payload before the next is asked for.

    Returns:
        What is offered, how many payloads are new, and why the source gave no more, if it did not: what landed is
        still loaded.
    """
    config = workspace.sources[source]
    offered: list[Landing] = []
    n_new = 0
    try:
        for payload in fetch(config, workspace.root, store.of_source(source), store.read):
            if isinstance(payload, Standing):
                offered.append(payload.landing)
                continue
            landing, is_new = store.land(
                source, payload.origin, payload.content, payload.cursor, by_origin=config.by_origin
            )
            offered.append(landing)
            n_new += is_new
    except (TerminalError, TransientError) as error:
        return offered, n_new, error
    return offered, n_new, None


@dataclass(frozen=True)
class _Plan:
    """What to load now: ``due`` in order, after ``drop`` went out; ``standing``: failures of earlier runs.

    ``is_whole``: nothing of the source stays in the warehouse meanwhile; ``replaced``: what was in the place of files.
    """

    due: list[Landing]
    drop: list[str]
    rules_hash: str
    standing: dict[str, Problem]
    is_whole: bool
    replaced: tuple[Landing, ...] = ()


def _plan(workspace: Workspace, source: str, landings: list[Landing], rules_hash: str, *, full: bool) -> _Plan:
    """Decide what is due.

    A replaced file, a changed rule or ``full`` builds the source anew: rows that are gone may have hidden the
    same rows of another payload.
    """
    replaces = workspace.sources[source].by_origin
    newest = {landing.origin: landing for landing in sorted(landings, key=lambda landing: landing.newest_at)}
    effective = [landing for landing in landings if not replaces or newest[landing.origin] is landing]
    with connect(workspace.warehouse_path) as con:
        known = con.execute("select load_id, state, rules_hash, message from raw.load where source = ?", [source]).pl()
    loaded = known["load_id"].to_list()
    stale = set(loaded) - {landing.load_id for landing in effective}
    if full or stale or any(other != rules_hash for other in known["rules_hash"]):
        replaced = _replaced(landings, effective) if replaces else ()
        return _Plan(effective, loaded, rules_hash, {}, is_whole=True, replaced=replaced)
    failed = dict(known.filter(pl.col("state") == "failed").select("load_id", "message").iter_rows())
    standing = {
        landing.origin: Problem(**json.loads(failed[landing.load_id]))
        for landing in effective
        if landing.load_id in failed
    }
    due = [landing for landing in effective if landing.load_id not in loaded]
    return _Plan(due, [], rules_hash, standing, is_whole=not loaded)


def _replaced(landings: Sequence[Landing], effective: Sequence[Landing]) -> tuple[Landing, ...]:
    """Return the last payloads of each file that gave way to the one in its place, in the order they stood there."""
    before: dict[str, list[Landing]] = {}
    standing = set(effective)
    for landing in sorted(landings, key=lambda landing: landing.newest_at):
        if landing not in standing:
            before.setdefault(landing.origin, []).append(landing)
    return tuple(landing for of_file in before.values() for landing in of_file[-_REPLACED:])


@dataclass(frozen=True)
class _Outcome:
    n_loaded: int = 0
    counts: Counts = field(default_factory=Counts)
    failures: tuple[Problem, ...] = ()
    gate: tuple[Problem, ...] = ()


def _process(
    workspace: Workspace,
    source: str,
    instruments: Instruments,
    store: LandingStore,
    plan: _Plan,
    said: held_facts.Said,
) -> _Outcome:
    if not plan.due:
        return _Outcome()
    shapes = Watch(workspace, source, anew=plan.is_whole)
    candidates = read(workspace, source, instruments, store, plan.due, plan.drop, plan.replaced, shapes)
    with _TURN:
        checked = judged(workspace, source, instruments, candidates, [*plan.drop, *(one.load_id for one in plan.due)])
        data_docs.keep(workspace, source, checked.told)
        failures = tuple(candidates.failures.values())
        if checked.gate:
            with connect(workspace.warehouse_path) as con, transaction(con):
                closed_gates.record(con, source, plan.due, checked.results)
            return _Outcome(failures=failures, gate=tuple(checked.gate))
        checked, accepted = let_through(checked, candidates.frames, said)
        total = Counts()
        with connect(workspace.warehouse_path) as con:
            with transaction(con):
                remove(con, *plan.drop)
                closed_gates.record(con, source, plan.due, checked.results)
            for landing, problem in candidates.failures.items():
                record_failure(con, landing, json.dumps(vars(problem), ensure_ascii=False), plan.rules_hash)
            known = workspace.corrections.get(source, ())
            for batches in _together(_batches(candidates, checked, accepted, plan.rules_hash, known)):
                for counts in load(con, *batches):
                    total = _add(total, counts)
    shapes.keep()
    return _Outcome(len(candidates.items), total, failures)


def _batches(
    candidates: Candidates, checked: Checked, accepted: pl.DataFrame, rules_hash: str, known: Sequence[Correction]
) -> Iterator[Batch]:
    """Yield what is to be loaded of each payload."""
    passed = {table: _by_load(frame) for table, frame in checked.passed.items()}
    held, results, through = _by_load(checked.held), _by_load(checked.results), _by_load(accepted)
    for landing, item in candidates.items.items():
        name = landing.load_id
        yield Batch(
            landing,
            {table: parts[name] for table, parts in passed.items() if name in parts},
            held.get(name, checked.held.clear()),
            results.get(name, checked.results.clear()),
            item.notes,
            rules_hash,
            corrections.rows(landing, item.met, known),
            through.get(name),
        )


def _by_load(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key): part for (key,), part in frame.partition_by("load_id", as_dict=True).items()}


def _together(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    """Yield payloads that are loaded in one transaction: many small ones, or a large one by itself."""
    some: list[Batch] = []
    n_rows = 0
    for batch in batches:
        some.append(batch)
        n_rows += sum(frame.height for frame in batch.frames.values())
        if n_rows >= _ROWS_TOGETHER or len(some) == _PAYLOADS_TOGETHER:
            yield some
            some, n_rows = [], 0
    if some:
        yield some


def _add(left: Counts, right: Counts) -> Counts:
    return Counts(**{name: value + getattr(right, name) for name, value in vars(left).items()})
