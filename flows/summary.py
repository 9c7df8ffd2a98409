"""The run in plain words, at the end of the run."""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.errors import Problem, WorkspaceError
from melflow.core.names import choose
from melflow.core.workspace import Workspace
from melflow.flows import cli
from melflow.flows.console import complain, out, say, table

if TYPE_CHECKING:
    from datetime import datetime

    from melflow.flows.edition_job import Published
    from melflow.flows.intake import Intake
    from melflow.flows.release import Release
    from melflow.flows.reply_rounds import Wait

_CHANGES = 10  # newest changes of sources that are named


def known_sources(workspace: Workspace, names: Sequence[str]) -> list[str] | None:
    """Return the names, checked; None stands for all.

    Raises:
        WorkspaceError: A name is not a source of the workspace.
    """
    problems = [
        Problem("command line", "a source has a file in sources/", f"'{name}'", choose(name, workspace.sources))
        for name in names
        if name not in workspace.sources
    ]
    if problems:
        raise WorkspaceError.all(problems)
    return list(names) or None


def print_offer(workspace: Workspace, names: list[str] | None) -> int:
    """Say which files a run would read, new or changed ones marked; read nothing into the warehouse."""
    import hashlib

    from melflow.core.landing import LandingStore
    from melflow.sources.fetch import PUSHED, fetch
    from melflow.sources.payload import Payload

    store = LandingStore(workspace.landing_dir)
    for name in names or sorted(workspace.sources):
        past = store.of_source(name)
        known = {landing.sha256 for landing in past}
        for payload in fetch(workspace.sources[name], workspace.root, past):
            if payload.origin.startswith(PUSHED):  # nobody can offer it again
                continue
            is_new = isinstance(payload, Payload) and hashlib.sha256(payload.content).hexdigest() not in known
            say(f"{name}: {payload.origin} {'would be landed' if is_new else 'has landed'}", "green" if is_new else "")
    return cli.DONE


def print_intakes(intakes: Sequence[Intake]) -> None:
    """Say what each source brought, and name what could not be read."""
    if not any(item.n_new or item.n_loaded or item.is_failed for item in intakes):
        say("Nothing new: every file had landed before, no table was changed.")
        return
    table(
        "What came",
        ("source", "files", "new", "rows loaded", "duplicates", "rows held", "answers held"),
        [
            (
                item.source,
                item.n_files,
                item.n_new,
                item.counts.rows_loaded,
                item.counts.rows_duplicate,
                item.counts.rows_held,
                item.counts.cells_held,
            )
            for item in intakes
        ],
    )
    complain(problem for item in intakes for problem in (*item.gate, *item.failures))


def print_names(workspace: Workspace) -> None:
    """Say how many names belong to no partner, and where they are listed."""
    from melflow.flows.names import unresolved_names

    found = unresolved_names(workspace)
    if found:
        n_rows, n_out = (sum(one.n_rows for one in found if one.is_left_out is state) for state in (False, True))
        say(
            f"{len(found)} names belong to no partner: {n_rows} rows wait for one, {n_out} were left out. "
            "`melflow names` lists them with suggestions.",
            "yellow",
        )


def print_due(workspace: Workspace) -> None:
    """Say how much is owed, late and missing, and where it is listed."""
    from melflow.flows.status import read_status

    n_rows = dict(read_status(workspace, "expected").group_by("state").len().iter_rows())
    told = [f"{n_rows[state]} {state.replace('_', ' ')}" for state in ("missing", "late", "on_time") if state in n_rows]
    if "open" in n_rows:
        told.append(f"{n_rows['open']} not due yet")
    if told:
        say(f"Deliveries: {', '.join(told)} (`melflow due`).", "yellow" if "missing" in n_rows else "")


def print_changes(workspace: Workspace) -> None:
    """Say which sources look otherwise than before, and what waits for it."""
    from melflow.flows.shapes import told

    found = [(source, one) for source in workspace.sources for one in told(workspace, source)]
    for source, one in found[-_CHANGES:]:
        waits = f" It waits: `melflow sources accept {source}`." if one["waits"] else ""
        say(f"{one['file']}: {one['sentence']}.{waits}", "yellow" if waits else "")


def print_findings(workspace: Workspace) -> None:
    """Say what looks wrong though it is valid, by source; an effect of enumerators is of a form and has none."""
    import polars as pl

    from melflow.flows.status import read_status

    found = read_status(workspace, "finding").select(
        "rule_id", "n_found", where=pl.coalesce("source", pl.format("form {}", "instrument_id"))
    )
    if found.is_empty():
        return
    rules = sorted(set(found["rule_id"]))
    summed = found.group_by("where", "rule_id").agg(pl.col("n_found").sum())
    counts = {(where, rule): n for where, rule, n in summed.iter_rows()}
    table(
        "Valid, but worth a look (`raw.finding`)",
        ("source", *rules),
        [(where, *(counts.get((where, rule), "") for rule in rules)) for where in sorted(set(found["where"]))],
    )


def print_checks(workspace: Workspace) -> None:
    """Say where the page of the checks is."""
    from melflow.flows.checks_page import folder

    page = folder(workspace) / "index.html"
    if page.exists():
        out.print(f"What the checks found: {workspace.root.name}/{page.relative_to(workspace.root)}", markup=False)


def print_failed(workspace: Workspace) -> None:
    """Name the payloads that cannot be read, as of the last ingest."""
    from melflow.flows.status import failed_loads

    complain(Problem(**json.loads(message)) for message in failed_loads(workspace))


def print_held(workspace: Workspace) -> None:
    """Say how many rows are held, and why, most frequent reason first."""
    from melflow.flows.status import held_rows

    rows = held_rows(workspace)
    if rows.is_empty():
        say("No row is held.")
        return
    counted = rows.group_by("source", "rule_id", "message", maintain_order=True).len().sort("len", descending=True)
    table(
        f"Held: {len(rows)} rows and answers wait for a fix (`melflow held list` names each)",
        ("held", "source", "why"),
        [(row["len"], row["source"], row["message"]) for row in counted.to_dicts()],
    )


def print_release(release: Release) -> None:
    """Name the release readers get now."""
    say(f"Release {release.release_id} {'published' if release.is_new else 'is current; nothing to build'}.")


def print_editions(workspace: Workspace, editions: Sequence[Published], said: Container[Path] = ()) -> None:
    """Say where each edition is; of those of which a message is ``said`` beside it not that nothing was sent."""
    for item in editions:
        folder = item.folder.relative_to(workspace.root)
        name = " ".join(part for part in (item.report, item.partner, item.period_id) if part)
        if item.problems:
            complain(item.problems)
            continue
        if item.waits_for:
            print_waits(name, item.waits_for, item.waits_until)
            continue
        if item.held_because:
            say(f"Edition {name} is held:", "yellow")
            for reason in item.held_because:
                say(f"  {reason}")
        else:
            again = "was made before" if item.folder in said else "was made before; nothing was made or sent again"
            state = "made" if item.is_new else again
            say(f"Edition {name} {state}:", "green")
        for path in sorted(item.folder.iterdir()):
            out.print(f"  {workspace.root.name}/{folder / path.name}", markup=False)


def print_waits(name: str, waits_for: Wait, until: datetime | None) -> None:
    """Say what an edition waits for; the first word of its name is the report."""
    day, hour = (f"{until:%Y-%m-%d}", f"{until:%H:%M}") if until else ("", "")
    said = {
        "answers": f"waits: partners may answer until {day} {hour}",
        "day": f"waits: partners are asked about it on {day}",
        "name": f"waits: partners are asked about it when you ask for it, `melflow report {name.partition(' ')[0]}`",
        "asking": f"would wait: partners would be asked now, and could answer until {day} {hour}",
    }
    say(f"Edition {name} {said[waits_for]}.", "yellow")


def exit_code(intakes: Sequence[Intake], editions: Sequence[Published], failures: Sequence[Problem] = ()) -> int:
    """Return 3 when a source needs a hand or an edition is held; 1 when no source has a row, or a step broke.

    What came in earlier runs stands, so a file that stays broken gives the same code in every run. That an edition
    waits until its partners have answered is nothing to be mended.
    """
    if failures or (intakes and not any(_stands(item) for item in intakes)):
        return cli.FAILED
    needs_hand = any(item.is_failed for item in intakes)
    return cli.HELD if needs_hand or any(item.held_because or item.problems for item in editions) else cli.DONE


def _stands(intake: Intake) -> bool:
    """Return whether a source went through, or at least has rows in the warehouse that what it offers brought."""
    return not intake.is_failed or (intake.account is not None and intake.account.rows_loaded > 0)
