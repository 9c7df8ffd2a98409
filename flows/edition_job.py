"""The editions of one report and period: each is made, stands already, waits for replies, or says what it lacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from melflow.core.errors import Problem
from melflow.core.workspace import Workspace
from melflow.flows.failures import problems_of
from melflow.flows.readers import received
from melflow.flows.release import Release
from melflow.flows.reply_opening import applies

if TYPE_CHECKING:
    from melflow.core.workspace.report import ReportConfig
    from melflow.flows.reply_rounds import Wait
    from melflow.reports.answer import Answer
    from melflow.reports.history import WentOut


@dataclass(frozen=True)
class Published:
    """One edition: where it is, whether this run made it, why its gate holds it, and why it could not be made.

    What was approved is not held any more.

    Attributes:
        partner: Of a return report: whose it is.
        problems: Why there is no edition; empty when there is.
        waits_for: What it waits for before there is one, in whatever language; None when it is there.
        waits_until: Partners may answer until then, or are asked then; by the alliance's clock.
    """

    report: str
    period_id: str
    folder: Path
    is_new: bool
    held_because: tuple[str, ...]
    partner: str | None = None
    problems: tuple[Problem, ...] = ()
    waits_for: Wait | None = None
    waits_until: datetime | None = None


@dataclass(frozen=True)
class Job:
    """What the editions of a report and period are made with.

    Attributes:
        sent: Folders of the editions somebody was sent.
        went_out: ``melflow.reports.history.went_out``, which looks once for all of them.
        now: The moment.
        by_name: Somebody asked for the report by its name.
        is_trial: Nothing goes out: no round of replies is opened.
    """

    workspace: Workspace
    config: ReportConfig
    period_id: str
    sent: Collection[str]
    went_out: Callable[[Path, Path, str], tuple[WentOut, ...]]
    now: datetime
    by_name: bool = True
    is_trial: bool = False

    def in_turn(self, release: Release, languages: Sequence[str | None]) -> list[Published]:
        """Make the editions when partners have had their say about them, with what they said; before, ask them."""
        from melflow.flows.reply_rounds import turn

        if not applies(self.workspace, self.config):
            return [self.published(release, None, language) for language in languages]
        every = (None, *self.config.also_in)
        had = {place for language in every for place in self._received(None, language) or ()}
        try:
            turned = turn(
                self.workspace, self.config, self.period_id, release, self.now, had,
                by_name=self.by_name, is_trial=self.is_trial,
            )  # fmt: skip
        except Exception as error:
            return [self._missing(self._folder(release, None, None), None, error)]
        if turned.waits_for is None:
            return [self.published(turned.release, None, language, turned.answers) for language in languages]
        until = turned.waits_until and turned.waits_until.astimezone(ZoneInfo(self.workspace.alliance.time_zone))
        folder = self._folder(turned.release, None, None)
        waits = (turned.waits_for, until)
        return [Published(self.config.name, self.period_id, folder, turned.is_new, (), None, (), *waits)]

    def published(
        self, release: Release, partner: str | None, language: str | None, replies: tuple[Answer, ...] = ()
    ) -> Published:
        """Make an edition, unless it is there."""
        from melflow.reports.edition import render
        from melflow.reports.edition_folder import is_outdated

        work, config, period = self.workspace, self.config, self.period_id
        folder = self._folder(release, partner, language)
        try:
            is_new = not (folder / "edition.json").exists() or is_outdated(
                folder, config, work, period, partner, language
            )
            if is_new:
                render(
                    release.folder, config, work, period, work.editions_dir, partner, language, replies,
                    received=self._received(partner, language), went_out=self.went_out,
                )  # fmt: skip
            return self.made(folder, partner, is_new=is_new)
        except Exception as error:
            return self._missing(folder, partner, error)

    def made(self, folder: Path, partner: str | None, *, is_new: bool) -> Published:
        """Return an edition that is there."""
        from melflow.reports.approval import approval

        verdict = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
        reasons = tuple(verdict["gate"]["reasons"]) if approval(folder) is None else ()
        return Published(self.config.name, self.period_id, folder, is_new, reasons, partner)

    def _missing(self, folder: Path, partner: str | None, error: Exception) -> Published:
        why = problems_of(error, f"reports/{self.config.name}.yml")
        return Published(self.config.name, self.period_id, folder, False, (), partner, why)

    def _folder(self, release: Release, partner: str | None, language: str | None) -> Path:
        from melflow.reports.frozen import place_of

        place = place_of(self.config.name, partner, language)
        return self.workspace.editions_dir / place / self.period_id / release.release_id

    def _received(self, partner: str | None, language: str | None) -> Collection[str] | None:
        return received(self.workspace, self.config, partner, language, self.sent)
