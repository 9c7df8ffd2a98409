"""Render the editions that are due from the current release; one that exists for that release stays as it is."""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import Problem, TerminalError
from melflow.core.names import choose
from melflow.core.warehouse import open_release
from melflow.core.workspace import Workspace
from melflow.flows.delivery_due import over, period_due
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.release import Release, find

if TYPE_CHECKING:
    from melflow.core.calendar import Period
    from melflow.core.workspace.report import ReportConfig
    from melflow.reports.answer import Answer


@dataclass(frozen=True)
class Published:
    """One edition: where it is, whether this run made it, why its gate holds it, and why it could not be made.

    What was approved is not held any more.

    Attributes:
        partner: Of a return report: whose it is.
        problems: Why there is no edition; empty when there is.
        waits_until: Partners may answer until then; there is no edition before.
    """

    report: str
    period_id: str
    folder: Path
    is_new: bool
    held_because: tuple[str, ...]
    partner: str | None = None
    problems: tuple[Problem, ...] = ()
    waits_until: datetime | None = None


def publish_editions(
    workspace: Workspace, release: Release, report: str, period_id: str | None = None, now: datetime | None = None
) -> list[Published]:
    """Render one report for one period, unless this release's editions are there already.

    A period whose edition was sent keeps it, unless the report says ``late_data: restate``.

    Args:
        workspace: The alliance's workspace.
        release: The release to render from; nothing else is read.
        report: Name of a file in ``reports/``.
        period_id: Period to report on; the report's own choice when absent.
        now: The moment, for reports that have one of their own.

    Returns:
        One edition, and one more for each further language; of a return report so for each partner. One that cannot
        be made stops no other.

    Raises:
        TerminalError: The workspace has no such report or period.
    """
    config = workspace.reports.get(report)
    if config is None:
        raise _unknown("report", report, "reports/*.yml", list(workspace.reports))
    chosen = period_id or (_newest(workspace, release, config, now) if config.period == "latest" else config.period)
    period = next((one for one in workspace.periods if one.period_id == chosen), None)
    if period is None:
        raise _unknown("period", chosen, "melflow.toml [calendar]", [known.period_id for known in workspace.periods])
    from melflow.reports.frozen import place_of

    partners = _partners(workspace, config, period) if config.audience == "partner" else [None]
    sent = _sent(workspace, config, chosen) if config.late_data == "next" else {}
    return [
        sent.get(place_of(config.name, partner, language))
        or (
            _in_turn(workspace, release, config, chosen, language)
            if partner is None
            else _published(workspace, release, config, chosen, partner, language)
        )
        for language in (None, *config.also_in)
        for partner in partners
    ]


def _newest(workspace: Workspace, release: Release, config: ReportConfig, now: datetime | None) -> str:
    """Return the period of a report that names none: with days or a schedule of its own, one that is over."""
    moment = now or datetime.now(UTC)
    due = period_due(workspace, config, moment)
    if due is not None:
        return due.period_id
    return _latest(release, over(workspace, moment) if config.schedule or config.due else None)


def _sent(workspace: Workspace, config: ReportConfig, period_id: str) -> dict[str, Published]:
    """Return the editions of a period that were sent, the last one of each place below ``var/editions``."""
    found: dict[str, Published] = {}
    for message in Ledger(workspace.landing_dir).messages().values():
        place, period = Path(message.edition).parents[1], Path(message.edition).parts[-2]
        folder = workspace.editions_dir / message.edition
        is_own = place.parts[0].partition(".")[0] == config.name  # a further language stands behind a point
        if message.has_gone and is_own and period == period_id and (folder / "edition.json").is_file():
            partner = place.parts[1] if len(place.parts) > 1 else None
            found[place.as_posix()] = _made(config.name, period_id, folder, partner, is_new=False)
    return found


def _in_turn(
    workspace: Workspace, release: Release, config: ReportConfig, period_id: str, language: str | None
) -> Published:
    """Make an edition when partners have had their say about it, with what they said; before, ask them."""
    from melflow.flows.reply_rounds import applies, turn
    from melflow.reports.frozen import place_of

    if not applies(workspace, config):
        return _published(workspace, release, config, period_id, None, language)
    now = turn(workspace, config, period_id, release, datetime.now(UTC))
    if now.waits_until is None:
        return _published(workspace, now.release, config, period_id, None, language, now.answers)
    folder = workspace.editions_dir / place_of(config.name, None, language) / period_id / now.release.release_id
    return Published(config.name, period_id, folder, now.is_new, (), waits_until=now.waits_until)


def _partners(workspace: Workspace, config: ReportConfig, period: Period) -> list[str | None]:
    """Return whom a return report is made for: those it names, or all who were members in the period."""
    members = [
        name
        for name, partner in workspace.partners.items()
        if partner.joined_on <= period.ends_on and (partner.left_on is None or partner.left_on >= period.starts_on)
    ]
    return [name for name in sorted(members) if not config.partners or name in config.partners]


def _published(
    workspace: Workspace,
    release: Release,
    config: ReportConfig,
    period_id: str,
    partner: str | None,
    language: str | None,
    replies: tuple[Answer, ...] = (),
) -> Published:
    from melflow.reports.edition import render
    from melflow.reports.edition_folder import is_outdated
    from melflow.reports.frozen import place_of

    place = place_of(config.name, partner, language)
    folder = workspace.editions_dir / place / period_id / release.release_id

    is_new = not (folder / "edition.json").exists() or is_outdated(
        folder, config, workspace, period_id, partner, language
    )
    if is_new:
        try:
            render(release.folder, config, workspace, period_id, workspace.editions_dir, partner, language, replies)
        except TerminalError as error:
            return Published(config.name, period_id, folder, False, (), partner, error.problems)
        except Exception as error:
            return Published(config.name, period_id, folder, False, (), partner, (_unforeseen(config, error),))
    return _made(config.name, period_id, folder, partner, is_new=is_new)


def _made(report: str, period_id: str, folder: Path, partner: str | None, *, is_new: bool) -> Published:
    from melflow.reports.approval import approval

    verdict = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    reasons = tuple(verdict["gate"]["reasons"]) if approval(folder) is None else ()
    return Published(report, period_id, folder, is_new, reasons, partner)


def _unforeseen(config: ReportConfig, error: Exception) -> Problem:
    """Name the place of an error in the code; its message may quote a value, and stays out."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return Problem(
        f"reports/{config.name}.yml",
        "an edition is made without an unforeseen error",
        f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}",
        "The other editions were made. Report this line; `melflow report` makes the missing one again.",
    )


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


def _latest(release: Release, among: set[str] | None = None) -> str:
    """Return the newest period with data, among some where one of them has any."""
    with open_release(release.folder) as con:
        rows = con.execute(
            "select period_id from dim_period where period_id in (select period_id from pub_partnership_health "
            "union select period_id from pub_capability_score union select period_id from pub_mutuality_dyad) "
            "order by starts_on desc"
        ).fetchall()
    if not rows:
        raise TerminalError.of(
            f"release {release.release_id}",
            "a report needs a period with data",
            "no period with scores or exchanges",
            "Check with `melflow status` what came in, and the periods in melflow.toml [calendar].",
        )
    known = [str(row[0]) for row in rows]
    return next((period for period in known if among and period in among), known[0])


def _unknown(what: str, seen: str, where: str, choices: Sequence[str]) -> TerminalError:
    return TerminalError.of(where, f"the {what} exists in this workspace", f"'{seen}'", choose(seen, choices))
