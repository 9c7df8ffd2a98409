"""Publish the marts: built aside, then shown in one atomic step. Readers keep the release they opened."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from melflow.core.errors import TerminalError
from melflow.core.names import choose
from melflow.core.release_ids import age
from melflow.core.version import code_version
from melflow.core.warehouse import RELEASE_FILE, connect, copy_tables
from melflow.core.workspace import Workspace
from melflow.flows.closed_gates import closed
from melflow.flows.transform import Stamp, catalogue_rows, identity_rows

_CURRENT = "current"
_PUBLISHED = ("mart_", "pub_", "dim_")


@dataclass(frozen=True)
class Release:
    """One immutable publication of the marts."""

    release_id: str
    folder: Path
    is_new: bool


def stamp(workspace: Workspace) -> Stamp:
    """Say what a build made now would be made from.

    Raises:
        TerminalError: Nothing has been loaded yet.
    """
    with connect(workspace.warehouse_path) as con:
        loads = con.execute("select load_id, state, rules_hash, landed_at from raw.load order by load_id").pl()
        gates = closed(con)
    if loads.is_empty():
        raise TerminalError.of(
            "warehouse",
            "a release is made from loaded data",
            "no payload loaded",
            "Drop partners' files into the folders named in sources/*.yml, then run `melflow ingest`.",
        )
    text = loads.select("load_id", "state", "rules_hash").write_csv() + workspace.config_hash + code_version()
    text += json.dumps(gates) if gates else ""  # the editions of a release say which gates are closed
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Stamp(loads["landed_at"].max().date(), workspace.config_hash, f"build-{digest[:12]}")  # type: ignore[union-attr]


def current(workspace: Workspace) -> Release | None:
    """Return the release readers get now, or None before the first."""
    pointer = workspace.releases_dir / _CURRENT
    if not pointer.exists():
        return None
    folder = pointer.resolve()
    return Release(folder.name, folder, is_new=False)


def find(workspace: Workspace, release_id: str | None) -> Release:
    """Return a release by its identifier, or the current one.

    Raises:
        TerminalError: There is none.
    """
    release = current(workspace)
    if release_id is None and release:
        return release
    known = sorted(path.name for path in workspace.releases_dir.glob("[0-9]*-*"))
    if release_id in known:
        return Release(release_id, workspace.releases_dir / release_id, is_new=False)
    raise TerminalError.of(
        "var/releases",
        "a query reads a published release",
        f"'{release_id}'" if release_id else "no release yet",
        choose(release_id or "", known) if known else "Run `melflow run` first.",
    )


def is_current(workspace: Workspace, made_from: Stamp) -> bool:
    """Say whether the current release was already made from exactly this."""
    release = current(workspace)
    return release is not None and manifest(release)["load_id"] == made_from.load_id


def manifest(release: Release) -> dict[str, Any]:
    """Return the release's manifest: inputs, code, configuration, row counts, checks."""
    content: dict[str, Any] = json.loads((release.folder / "manifest.json").read_text(encoding="utf-8"))
    return content


def publish(workspace: Workspace, made_from: Stamp) -> Release:
    """Copy what dbt built into a new release folder and let ``current`` point at it.

    A crash leaves a hidden folder that the next run clears away; the pointer never names half a release.

    Raises:
        TerminalError: What is hidden in it could be worked out.
    """
    from melflow.flows.safety import refuse_leaks  # loads scipy's solver

    refuse_leaks(workspace.warehouse_path, workspace.privacy.min_n_published)
    releases = workspace.releases_dir
    releases.mkdir(parents=True, exist_ok=True)
    for left_over in releases.glob(".building-*"):
        shutil.rmtree(left_over)
    number = 1 + max((age(path.name)[0] for path in releases.glob("[0-9]*-*")), default=0)
    release_id = f"{number:04d}-{made_from.load_id.removeprefix('build-')[:8]}"
    aside = releases / f".building-{release_id}"
    aside.mkdir()
    _fill(workspace, made_from, release_id, aside)
    for path in aside.rglob("*.*"):
        path.chmod(0o444)
    os.replace(aside, releases / release_id)
    pointer = releases / f".{_CURRENT}"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(release_id)
    os.replace(pointer, releases / _CURRENT)
    return Release(release_id, releases / release_id, is_new=True)


def _fill(workspace: Workspace, made_from: Stamp, release_id: str, folder: Path) -> None:
    info = {
        "release_id": release_id,
        "created_at": datetime.now(UTC).replace(microsecond=0),
        "as_of": made_from.as_of,
        "code_version": code_version(),
        "config_hash": made_from.config_hash,
        "load_id": made_from.load_id,
        "alliance_name": workspace.alliance.name,
    }
    counts = copy_tables(workspace.warehouse_path, folder / RELEASE_FILE, _tables(workspace))
    with connect(folder / RELEASE_FILE) as con:
        for name, frame in {
            "release_info": pl.DataFrame([info]),
            "catalogue": pl.DataFrame(catalogue_rows(workspace)).filter(pl.col("table_name").is_in(list(counts))),
            "source_landing": _landings(workspace),
            "identities": pl.DataFrame(identity_rows(workspace)).filter(pl.col("table_name").is_in(list(counts))),
        }.items():
            con.register("incoming", frame.to_arrow())
            con.execute(f"create table {name} as select * from incoming")
            con.unregister("incoming")
        (folder / "parquet").mkdir()
        for name in (*counts, "release_info", "catalogue", "identities", "source_landing", "check_summary"):
            con.table(name).write_parquet(str(folder / "parquet" / f"{name}.parquet"), compression="zstd")
        checks = con.execute("select * from check_summary order by all").pl().to_dicts()
    with connect(workspace.warehouse_path) as con:
        inputs = con.execute("select source, origin, sha256, state from raw.load order by all").pl().to_dicts()
    content = info | {"tables": counts, "checks": checks, "inputs": inputs}
    (folder / "manifest.json").write_text(
        json.dumps(content, indent=1, default=str, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _landings(workspace: Workspace) -> pl.DataFrame:
    """Return when each source that may not be silent landed last, and once in how many periods it has to."""
    often = {name: one.every_periods or one.comes_every for name, one in workspace.sources.items()}
    with connect(workspace.warehouse_path) as con:
        loads = con.execute(
            "select source, max(landed_at at time zone 'UTC')::date from raw.load where state <> 'failed' group by all"
        )
        last = dict(loads.fetchall())
    rows = [(name, n_periods, last.get(name)) for name, n_periods in sorted(often.items()) if n_periods]
    schema = {"source": pl.String, "every_periods": pl.Int64, "last_landed_on": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _tables(workspace: Workspace) -> dict[str, str]:
    with connect(workspace.warehouse_path) as con:
        built = con.execute("select table_schema, table_name from information_schema.tables order by all").fetchall()
    published = {name: f'{schema}."{name}"' for schema, name in built if name.startswith(_PUBLISHED)}
    checks = (
        "select source, table_name, rule_id, severity, bool_and(success) as success,"
        " sum(n_checked)::bigint as n_checked, sum(n_failed)::bigint as n_failed"
    )
    owed = "select source, partner_id, period_id, due_on, first_received_on is not null as has_come"
    return published | {
        "check_summary": f"({checks} from raw.check_result group by all)",
        "expected_delivery": f"({owed} from raw.expected_delivery)",
    }
