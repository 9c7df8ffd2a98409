"""One source, the whole way in: fetch, land, parse, check, load. Plain functions; ``ingest.py`` makes them tasks."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import MelflowError, Problem, SourceError, TerminalError, TransientError
from melflow.core.landing import Landing, LandingStore
from melflow.core.names import PartnerNames
from melflow.core.warehouse import connect, transaction
from melflow.core.workspace import Workspace
from melflow.flows import corrections
from melflow.flows.known import conflicting, has_server, reference_of
from melflow.flows.load import Batch, Counts, load, record_failure, remove
from melflow.flows.own_rules import own_rules
from melflow.flows.reconcile import Account, reconcile
from melflow.flows.rules_hash import rules_hash
from melflow.flows.shapes import Watch
from melflow.flows.sightings import settle
from melflow.sources import inventory
from melflow.sources.canonical import FACTS
from melflow.sources.corrections import Corrector, unsure
from melflow.sources.fetch import fetch
from melflow.sources.identity import adopt
from melflow.sources.parse import parse
from melflow.sources.payload import Context, Origin, Standing
from melflow.sources.resolve import resolve

if TYPE_CHECKING:
    from melflow.expectations.check import Checked
    from melflow.sources.payload import Parsed
    from melflow.sources.xlsform import Instruments

#: A dropped file replaces the one of the same name only where rows carry no identity of their own.
_REPLACING = ("spreadsheet", "activity_log", "register")
#: Great Expectations keeps process-wide state and DuckDB takes one writer: checking and loading take turns.
_TURN = threading.Lock()


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

    # Fetch, land
    offered, n_new, stopped = _land(workspace, source, store)

    # Parse, check, load what is due
    landings = [landing for landing in store.of_source(source) if inventory.has_rows(landing.origin)]
    plan = _plan(workspace, source, landings, rules_hash(workspace, source, instruments), full=full)
    outcome = _process(workspace, source, instruments, store, plan)
    if isinstance(stopped, TransientError):  # what landed is loaded, whatever becomes of the rest
        raise stopped

    # Account for every row
    standing = inventory.standing(store.of_source(source), store.read) if has_server(config) else []
    here = landings if standing else offered  # a server hands over once what a folder offers every time
    with _TURN, connect(workspace.warehouse_path) as con:
        settle(con, source, standing)
        account, missing = reconcile(con, source, {one.load_id for one in here}, standing)
        # what cannot be read has a problem of its own; the correction may be for it
        declared = () if account.payloads_unread else workspace.corrections.get(source, ())
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
    offered: list[Landing] = []
    n_new = 0
    try:
        for payload in fetch(workspace.sources[source], workspace.root, store.of_source(source), store.read):
            if isinstance(payload, Standing):
                offered.append(payload.landing)
                continue
            landing, is_new = store.land(source, payload.origin, payload.content, payload.cursor)
            offered.append(landing)
            n_new += is_new
    except (TerminalError, TransientError) as error:
        return offered, n_new, error
    return offered, n_new, None


@dataclass(frozen=True)
class _Plan:
    """What to load now: ``due`` in order, after ``drop`` went out; ``standing``: failures of earlier runs.

    ``is_whole``: nothing of the source stays in the warehouse meanwhile.
    """

    due: list[Landing]
    drop: list[str]
    rules_hash: str
    standing: dict[str, Problem]
    is_whole: bool


def _plan(workspace: Workspace, source: str, landings: list[Landing], rules_hash: str, *, full: bool) -> _Plan:
    """Decide what is due.

    A replaced file, a changed rule or ``full`` builds the source anew: rows that are gone may have hidden the
    same rows of another payload.
    """
    replaces = workspace.sources[source].connector in _REPLACING
    newest = {landing.origin: landing for landing in sorted(landings, key=lambda landing: landing.newest_at)}
    effective = [landing for landing in landings if not replaces or newest[landing.origin] is landing]
    with connect(workspace.warehouse_path) as con:
        known = con.execute("select load_id, state, rules_hash, message from raw.load where source = ?", [source]).pl()
    loaded = known["load_id"].to_list()
    stale = set(loaded) - {landing.load_id for landing in effective}
    if full or stale or any(other != rules_hash for other in known["rules_hash"]):
        return _Plan(effective, loaded, rules_hash, {}, is_whole=True)
    failed = dict(known.filter(pl.col("state") == "failed").select("load_id", "message").iter_rows())
    standing = {
        landing.origin: Problem(**json.loads(failed[landing.load_id]))
        for landing in effective
        if landing.load_id in failed
    }
    due = [landing for landing in effective if landing.load_id not in loaded]
    return _Plan(due, [], rules_hash, standing, is_whole=not loaded)


@dataclass(frozen=True)
class _Outcome:
    n_loaded: int = 0
    counts: Counts = field(default_factory=Counts)
    failures: tuple[Problem, ...] = ()
    gate: tuple[Problem, ...] = ()


def _process(workspace: Workspace, source: str, instruments: Instruments, store: LandingStore, plan: _Plan) -> _Outcome:
    if not plan.due:
        return _Outcome()
    shapes = Watch(workspace, source, anew=plan.is_whole)
    parsed, failures = _parse(workspace, source, instruments, store, plan, shapes)
    with _TURN:
        frames = {
            table: pl.concat(frames)
            for table in FACTS
            if (frames := [item.frames[table] for item in parsed.values() if table in item.frames])
        }
        checked = _check(workspace, source, instruments, frames, parsed, plan)
        if checked.gate:
            return _Outcome(failures=tuple(failures.values()), gate=tuple(checked.gate))
        total = Counts()
        with connect(workspace.warehouse_path) as con:
            with transaction(con):
                for load_id in plan.drop:
                    remove(con, load_id)
            for landing, problem in failures.items():
                record_failure(con, landing, json.dumps(vars(problem), ensure_ascii=False), plan.rules_hash)
            for landing, item in parsed.items():
                passed = {table: _of(frame, landing) for table, frame in checked.passed.items()}
                held, results = _of(checked.held, landing), _of(checked.results, landing)
                met = corrections.rows(landing, item.met, workspace.corrections.get(source, ()))
                batch = Batch(landing, passed, held, results, item.notes, plan.rules_hash, met)
                total = _add(total, load(con, batch))
    shapes.keep()
    return _Outcome(len(parsed), total, tuple(failures.values()))


def _check(
    workspace: Workspace,
    source: str,
    instruments: Instruments,
    frames: dict[str, pl.DataFrame],
    parsed: dict[Landing, Parsed],
    plan: _Plan,
) -> Checked:
    from melflow.expectations.check import check

    conflicts = conflicting(_versions(workspace, source, plan), frames)
    conflicts |= {row_id for item in parsed.values() for row_id in item.conflicts}
    reference = reference_of(workspace, _leaving(plan) if "src_result" in frames else None)
    doubtful = unsure(item.met for item in parsed.values() if item.met is not None)
    return check(frames, instruments.frames, reference, frozenset(conflicts), frozenset(doubtful), own_rules(workspace))


def _parse(
    workspace: Workspace, source: str, instruments: Instruments, store: LandingStore, plan: _Plan, shapes: Watch
) -> tuple[dict[Landing, Parsed], dict[Landing, Problem]]:
    config = workspace.sources[source]
    known = workspace.corrections.get(source, ())
    names = PartnerNames(workspace.partners, workspace.aliases)
    context = Context(names, workspace.periods, workspace.alliance.time_zone)
    versions = _versions(workspace, source, plan)
    parsed: dict[Landing, Parsed] = {}
    failures: dict[Landing, Problem] = {}
    for landing in plan.due:
        corrector = Corrector(landing.origin, known) if known else None
        origin = Origin(source, landing.origin, landing.load_id, landing.landed_at, corrector)
        try:
            raw = parse(origin, store.read(landing), config, instruments, context)
            raw = adopt(raw, versions, by_native_id=has_server(config))
            made = resolve(raw, names, workspace.periods, workspace.hash_key(), instruments)
        except SourceError as error:
            failures[landing] = error.problems[0]
            continue
        waits = shapes.look(landing, made, instruments.frames["src_choice"])
        if waits:
            failures[landing] = waits
            continue
        parsed[landing] = made
        if "src_submission" in raw.frames:
            versions = pl.concat([versions, raw.frames["src_submission"].select(versions.columns)])
    return parsed, failures


def _versions(workspace: Workspace, source: str, plan: _Plan) -> pl.DataFrame:
    """Return the submission versions that stay in the warehouse while the plan is carried out."""
    leaving = _leaving(plan)
    with connect(workspace.warehouse_path) as con:
        return con.execute(
            "select submission_id, version_id, native_id, content_hash from raw.src_submission "
            "where source_system = ? and load_id not in (select unnest(?::varchar[]))",
            [source, leaving],
        ).pl()


def _leaving(plan: _Plan) -> list[str]:
    """Return the payloads that leave the warehouse while the plan is carried out."""
    return [*plan.drop, *(landing.load_id for landing in plan.due)]


def _of(frame: pl.DataFrame, landing: Landing) -> pl.DataFrame:
    return frame.filter(pl.col("load_id") == landing.load_id)


def _add(left: Counts, right: Counts) -> Counts:
    return Counts(**{name: value + getattr(right, name) for name, value in vars(left).items()})
