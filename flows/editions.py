"""Render the editions that are due from the current release; one that exists for that release stays as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import TerminalError
from melflow.core.names import choose
from melflow.core.warehouse import open_release
from melflow.core.workspace import Workspace
from melflow.flows.delivery_due import over, period_due
from melflow.flows.edition_job import Job, Published
from melflow.flows.edition_workers import each
from melflow.flows.failures import problems_of
from melflow.flows.readers import gone
from melflow.flows.release import Release, find
from melflow.flows.reply_opening import period_asked
from melflow.flows.reply_rounds import unfinished
from melflow.flows.withdrawn_editions import fit

if TYPE_CHECKING:
    from melflow.core.calendar import Period
    from melflow.core.workspace.report import ReportConfig


def publish_editions(
    workspace: Workspace,
    release: Release,
    report: str,
    period_id: str | None = None,
    now: datetime | None = None,
    *,
    by_name: bool = True,
    is_trial: bool = False,
) -> list[Published]:
    """Render one report for one period, unless this release's editions are there already.

    Of a report whose period is not named also those of earlier periods that partners were asked about.

    A period whose edition was sent keeps it, unless the report says ``late_data: restate``. What keeps a report from
    being made is a problem of this report, for others are made after it.

    Args:
        workspace: The alliance's workspace.
        release: The release to render from; nothing else is read.
        report: Name of a file in ``reports/``.
        period_id: Period to report on; the report's own choice when absent.
        now: The moment, for reports that have one of their own.
        by_name: Somebody asked for the report by its name: then partners are asked about one without a moment.
        is_trial: Nothing is to go out: no partner is asked.

    Returns:
        One edition, and one more for each further language; of a return report so for each partner. One that cannot
        be made stops no other.

    Raises:
        TerminalError: The workspace has no such report or period.
    """
    from melflow.reports.history import went_out

    config = workspace.reports.get(report)
    if config is None:
        raise _unknown("report", report, "reports/*.yml", list(workspace.reports))
    known = [one.period_id for one in workspace.periods]
    if period_id is not None and period_id not in known:
        raise _unknown("period", period_id, "melflow.toml [calendar]", known)
    moment = now or datetime.now(UTC)
    sent, seen = gone(workspace), lru_cache(maxsize=2)(went_out)
    found: list[Published] = []
    try:
        for chosen in [period_id] if period_id else _periods(workspace, release, config, moment):
            job = Job(workspace, config, chosen, sent, seen, moment, by_name, is_trial)
            found += _editions(job, release)
    except Exception as error:
        folder, why = workspace.editions_dir / report, problems_of(error, f"reports/{report}.yml")
        found.append(Published(report, period_id or "", folder, False, (), problems=why))
    return found


def _editions(job: Job, release: Release) -> list[Published]:
    """Make the editions of a report and period in all its languages; partners are asked about them once."""
    from melflow.reports.frozen import place_of

    workspace, config, period_id = job.workspace, job.config, job.period_id
    standing = _standing(job) if config.late_data == "next" else {}
    languages = (None, *config.also_in)
    if config.audience == "partner":
        period = next(one for one in workspace.periods if one.period_id == period_id)
        wanted = [(partner, language) for language in languages for partner in _partners(workspace, config, period)]
        missing = [one for one in wanted if place_of(config.name, *one) not in standing]
        made = dict(zip(missing, each(job, release, missing), strict=True))
        return [made.get(one) or standing[place_of(config.name, *one)] for one in wanted]
    places = {place_of(config.name, None, language): language for language in languages}
    left = [language for place, language in places.items() if place not in standing]
    kept = [standing[place] for place in places if place in standing]
    return [*kept, *(job.in_turn(release, left) if left else [])]


def _periods(workspace: Workspace, release: Release, config: ReportConfig, now: datetime) -> list[str]:
    """Return the periods a report is of now: its own, or the newest, and those of which an edition still waits."""
    if config.period != "latest":
        return [config.period]
    return list(dict.fromkeys([*unfinished(workspace, config), _newest(workspace, release, config, now)]))


def _newest(workspace: Workspace, release: Release, config: ReportConfig, moment: datetime) -> str:
    """Return the period of a report that names none: with days or a schedule of its own, one that is over.

    A period whose day has come is one though nothing came for it. With a schedule it is made before that day, too,
    when something came.
    """
    due = period_asked(workspace, config, moment) or period_due(workspace, config, moment)
    if due is not None and config.due is not None:
        return due.period_id
    known = _with_data(release)
    if config.schedule or config.due:
        ended = over(workspace, moment) & {*known, due and due.period_id}
        if ended:
            return next(one.period_id for one in reversed(workspace.periods) if one.period_id in ended)
    if not known:
        raise TerminalError.of(
            f"release {release.release_id}",
            "a report needs a period with data",
            "no period with scores or exchanges",
            "Check with `melflow status` what came in, and the periods in melflow.toml [calendar].",
        )
    return known[0]


def _standing(job: Job) -> dict[str, Published]:
    """Return the editions of a period that were sent, the last one of each place below ``var/editions``.

    One that was withdrawn does not stand: another one takes its place, whatever the report says of late data.
    """
    sent: dict[Path, Path] = {}
    for edition in job.sent:
        place, period = Path(edition).parents[1], Path(edition).parts[-2]
        folder = job.workspace.editions_dir / edition
        is_own = place.parts[0].partition(".")[0] == job.config.name  # a further language stands behind a point
        if is_own and period == job.period_id and (folder / "edition.json").is_file():
            sent[folder] = place
    standing = {}
    for folder in fit(job.workspace, sent):
        place = sent[folder]
        standing[place.as_posix()] = job.made(folder, place.parts[1] if len(place.parts) > 1 else None, is_new=False)
    return standing


def _partners(workspace: Workspace, config: ReportConfig, period: Period) -> list[str]:
    """Return whom a return report is made for: those it names, or all who were members in the period."""
    members = [
        name
        for name, partner in workspace.partners.items()
        if partner.joined_on <= period.ends_on and (partner.left_on is None or partner.left_on >= period.starts_on)
    ]
    return [name for name in sorted(members) if not config.partners or name in config.partners]


def made_editions(workspace: Workspace) -> list[tuple[Path, dict[str, Any]]]:
    """Return every edition that is whole: its folder below ``var/editions``, and its manifest."""
    places = [
        path.parent.relative_to(workspace.editions_dir) for path in workspace.editions_dir.glob("**/edition.json")
    ]
    return [
        (place, json.loads((workspace.editions_dir / place / "edition.json").read_text(encoding="utf-8")))
        for place in sorted(places)
        if not any(part.startswith(".") for part in place.parts)
    ]


def verify_edition(workspace: Workspace, folder: Path) -> list[str]:
    """Prove an edition byte for byte; return what was found, in words.

    Raises:
        TerminalError: It is not what it says it is, or cannot be made again here.
    """
    from melflow.reports.verify import manifest, verify

    release = find(workspace, manifest(folder)["release_id"])
    return [f"{name}: the same, byte for byte." for name in verify(folder, release.folder)]


def _with_data(release: Release) -> list[str]:
    """Return the periods with scores or exchanges, the newest first."""
    with open_release(release.folder) as con:
        rows = con.execute(
            "select period_id from dim_period where period_id in (select period_id from pub_partnership_health "
            "union select period_id from pub_capability_score union select period_id from pub_mutuality_dyad) "
            "order by starts_on desc"
        ).fetchall()
    return [str(row[0]) for row in rows]


def _unknown(what: str, seen: str, where: str, choices: Sequence[str]) -> TerminalError:
    return TerminalError.of(where, f"the {what} exists in this workspace", f"'{seen}'", choose(seen, choices))
