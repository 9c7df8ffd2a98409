"""Flow ``ingest``: every source that is asked for, side by side; one source's failure leaves the others alone."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task, unmapped
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import wait
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner

from melflow.core.errors import MelflowError, Problem, TerminalError, TransientError
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.core.workspace.place import scheme
from melflow.flows import data_docs
from melflow.flows.candidates import has_server
from melflow.flows.checks_page import write_checks
from melflow.flows.clock import refresh
from melflow.flows.form_judgements import judgements
from melflow.flows.intake import Intake, take_in
from melflow.flows.own_rules import own_rules
from melflow.flows.plausibility import inspect
from melflow.flows.progress import step
from melflow.flows.reminders import remind
from melflow.flows.runtime import exclusive, run_name
from melflow.flows.status import write_status
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments

#: Sources that are read from disk at the same time.
_AT_ONCE = 4


def is_transient(task: Any, run: Any, state: State[Any]) -> bool:
    """Retry only what may succeed later; a bad file stays bad."""
    try:
        state.result()
    except TransientError:
        return True
    except Exception:
        return False
    return False


@task(
    task_run_name="take in {source}",
    retries=3,
    retry_delay_seconds=[10, 60, 300],
    retry_condition_fn=is_transient,
    cache_policy=NO_CACHE,
)
def take_in_source(folder: str, source: str, full: bool) -> State[Intake] | Intake:
    """Fetch, land, parse, check and load one source."""
    workspace = load_workspace(Path(folder))
    try:
        intake = take_in(
            workspace, source, read_instruments(workspace.root / "instruments", workspace.framework), full=full
        )
    except MelflowError:
        raise
    except Exception as error:
        # The frames show where; the message is left out, for it may quote a value somebody entered.
        get_run_logger().error("%s at\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
        intake = Intake(source, workspace.sources[source].title, failures=(_unforeseen(source, error),))
    step(f"Taken in {source}: {intake.n_new} new files, {intake.counts.rows_loaded} rows loaded")
    if intake.is_failed:
        return Completed(name="Needs a hand", message=f"{len(intake.problems)} problems, see the table", data=intake)
    return intake


@flow(name="ingest", flow_run_name=run_name("ingest"), validate_parameters=False)
def ingest(folder: str, sources: list[str] | None = None, full: bool = False) -> list[Intake]:
    """Land, check and load sources.

    Args:
        folder: The workspace.
        sources: Names of sources; all when absent.
        full: Load every payload again from landing.

    Returns:
        What each source brought, in the order of their names.
    """
    workspace = load_workspace(Path(folder))
    names = sorted(sources or workspace.sources)
    # held open: the file would be opened and closed several times for every source, which costs more than most loads
    with exclusive(workspace), connect(workspace.warehouse_path):
        prepare(workspace.warehouse_path)
        own_rules(workspace)  # a rule that cannot be judged is said before anything moves
        _judge_new_forms(workspace)
        step(f"Taking in {len(names)} sources")
        futures = _all_taken_in(workspace, names, full=full)
        intakes = [
            _outcome(workspace.sources[name].title, name, future) for name, future in zip(names, futures, strict=True)
        ]
        inspect(workspace, read_instruments(workspace.root / "instruments", workspace.framework))
        write_checks(workspace, _data_docs(workspace))
        _remind(workspace)
        write_status(workspace)
    create_table_artifact(key="ingest", description="What each source brought", table=[_row(item) for item in intakes])
    return intakes


def _all_taken_in(workspace: Workspace, names: list[str], *, full: bool) -> list[Any]:
    """Take sources in side by side, and wait for all.

    Only some at a time: threads that wait for each other cost more than they bring. A source that asks a server gets a
    thread besides, so that one that does not answer, and is asked again after minutes, holds up no other.
    """
    configs = [workspace.sources[name] for name in names]
    n_asking = sum(has_server(config) or bool(scheme(config.path or "")) for config in configs)
    pool: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=_AT_ONCE + n_asking)
    with pool:
        given = {"folder": unmapped(str(workspace.root)), "source": names, "full": unmapped(full)}
        futures = pool.map(take_in_source, given)
        wait(futures)
    return list(futures)


def _judge_new_forms(workspace: Workspace) -> None:
    """Log what is wrong with forms that are new or changed; their answers are taken in all the same."""
    instruments = read_instruments(workspace.root / "instruments", workspace.framework)
    for _, problems, is_new in judgements(workspace, instruments):
        for problem in problems if is_new else ():
            get_run_logger().warning("%s", problem)


def _data_docs(workspace: Workspace) -> Path | None:
    """Publish Great Expectations' data docs; a page it cannot write stops nothing."""
    try:
        return data_docs.publish(workspace)
    except TerminalError as error:
        get_run_logger().warning("%s", error)
        return None


def _remind(workspace: Workspace) -> None:
    """Make the reminders that are due; a message that cannot be sent stops nothing."""
    today = datetime.now(UTC).date()
    refresh(workspace, today)
    made, problems = remind(workspace, today)
    if made:
        step(f"Reminders: {len(made)} made")
    for problem in problems:
        get_run_logger().warning("%s", problem)


def _outcome(title: str, source: str, future: Any) -> Intake:
    result = future.result(raise_on_failure=False)
    if isinstance(result, Intake):
        return result
    if isinstance(result, MelflowError):
        return Intake(source, title, failures=result.problems)
    return Intake(source, title, failures=(_unforeseen(source, result),))


def _unforeseen(source: str, error: BaseException) -> Problem:
    return Problem(
        where=f"sources/{source}.yml",
        rule="a source is read without an unforeseen error",
        seen=type(error).__name__,
        fix="Nothing of it was loaded; what landed is kept. Report this with the run's log in the Prefect UI.",
    )


def _row(intake: Intake) -> dict[str, Any]:
    return {
        "source": intake.source,
        "files": intake.n_files,
        "new": intake.n_new,
        "rows loaded": intake.counts.rows_loaded,
        "rows held": intake.counts.rows_held,
        "answers held": intake.counts.cells_held,
        "problems": "; ".join(map(str, intake.problems)),
    }
