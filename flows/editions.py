"""Render the editions that are due from the current release; one that exists for that release stays as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from melflow.core.errors import TerminalError
from melflow.core.names import choose
from melflow.core.warehouse import open_release
from melflow.core.workspace import Workspace
from melflow.flows.release import Release, find


@dataclass(frozen=True)
class Published:
    """One edition: where it is, whether this run made it, and why its gate holds it, if it does."""

    report: str
    period_id: str
    folder: Path
    is_new: bool
    held_because: tuple[str, ...]


def publish_edition(workspace: Workspace, release: Release, report: str, period_id: str | None = None) -> Published:
    """Render one report for one period, unless this release's edition is there already.

    Args:
        workspace: The alliance's workspace.
        release: The release to render from; nothing else is read.
        report: Name of a file in ``reports/``.
        period_id: Period to report on; the report's own choice when absent.

    Raises:
        TerminalError: The workspace has no such report or period.
    """
    config = workspace.reports.get(report)
    if config is None:
        raise _unknown("report", report, "reports/*.yml", list(workspace.reports))
    period = period_id or (_latest(release) if config.period == "latest" else config.period)
    if period not in {known.period_id for known in workspace.periods}:
        raise _unknown("period", period, "melflow.toml [calendar]", [known.period_id for known in workspace.periods])
    folder = workspace.editions_dir / report / period / release.release_id
    is_new = not (folder / "edition.json").exists()
    if is_new:
        from melflow.reports.edition import render

        render(release.folder, config, workspace, period, workspace.editions_dir)
    verdict = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    return Published(report, period, folder, is_new, tuple(verdict["gate"]["reasons"]))


def verify_edition(workspace: Workspace, folder: Path) -> list[str]:
    """Prove an edition byte for byte; return what was found, in words.

    Raises:
        TerminalError: It is not what it says it is, or cannot be made again here.
    """
    from melflow.reports.verify import manifest, verify

    release = find(workspace, manifest(folder)["release_id"])
    return [f"{name}: the same, byte for byte." for name in verify(folder, release.folder)]


def _latest(release: Release) -> str:
    with open_release(release.folder) as con:
        row = con.execute(
            "select period_id from dim_period where period_id in (select period_id from pub_partnership_health "
            "union select period_id from pub_capability_score union select period_id from pub_mutuality_dyad) "
            "order by starts_on desc limit 1"
        ).fetchone()
    if row is None:
        raise TerminalError.of(
            f"release {release.release_id}",
            "a report needs a period with data",
            "no period with scores or exchanges",
            "Check with `melflow status` what came in, and the periods in melflow.toml [calendar].",
        )
    return str(row[0])


def _unknown(what: str, seen: str, where: str, choices: Sequence[str]) -> TerminalError:
    return TerminalError.of(where, f"the {what} exists in this workspace", f"'{seen}'", choose(seen, choices))
