"""Make one edition: read the release, say what it says, draw it in every format, and put it in place at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from melflow.core.release_ids import age
from melflow.core.version import report_version
from melflow.core.workspace import Workspace
from melflow.core.workspace.narratives import chosen
from melflow.core.workspace.report import ReportConfig
from melflow.reports import compose, gate, narrative, words
from melflow.reports.answer import Answer
from melflow.reports.approval import MANIFEST
from melflow.reports.clean import cleaned
from melflow.reports.comparison import as_made, compared
from melflow.reports.context import Context
from melflow.reports.earlier_editions import Earlier, had, predecessor
from melflow.reports.edition_data import PUBLISH_LEVELS, EditionData
from melflow.reports.edition_files import FILES, contents
from melflow.reports.edition_folder import put
from melflow.reports.extent import extent, extent_before, figures
from melflow.reports.frame import Frame, framed
from melflow.reports.frozen import Frozen
from melflow.reports.group import groups
from melflow.reports.history import WentOut, after, release_folder, shown_by, went_out
from melflow.reports.holds import withheld
from melflow.reports.partner_view import own
from melflow.reports.phrases import phrases
from melflow.reports.read import read
from melflow.reports.replies import beside
from melflow.reports.restated import figures_of
from melflow.reports.sections import tables_of
from melflow.reports.typefaces import keep, kept
from melflow.reports.typeset import typeset
from melflow.reports.vector import register

#: Beside the releases and the editions: the workspace's own fonts, as they were when an edition was set in them.
FONTS = "fonts"


@dataclass(frozen=True)
class Edition:
    """One report for one audience and period, made from one release.

    Attributes:
        folder: Where its files are.
        files: Format -> file.
        sections: Keys of its sections, in order.
        n_suppressed: Rows of the period whose numbers are withheld.
        reasons: Why the gate holds it back; empty when it may be sent.
    """

    report: str
    period_id: str
    release_id: str
    folder: Path
    files: dict[str, Path]
    sections: tuple[str, ...]
    n_suppressed: int
    reasons: tuple[str, ...]

    @property
    def is_held_back(self) -> bool:
        """Tell whether the gate holds the edition back."""
        return bool(self.reasons)


def render(
    release_dir: Path,
    report: ReportConfig,
    workspace: Workspace,
    period_id: str,
    out_dir: Path,
    partner: str | None = None,
    language: str | None = None,
    replies: tuple[Answer, ...] = (),
    received: Collection[str] | None = None,
    went_out: Callable[[Path, Path, str], tuple[WentOut, ...]] = went_out,
) -> Edition:
    """Render an edition into ``out_dir/<report>/<period>/<release>/``; the same release gives the same bytes.

    A return report's goes into ``out_dir/<report>/<partner>/<period>/<release>/``; in a further language the first
    folder is ``<report>.<language>``.

    Args:
        release_dir: The folder of the release.
        report: The report's configuration.
        workspace: For the privacy threshold and the gate's limits.
        period_id: Period of the calendar; the caller resolves "latest".
        out_dir: The folder of all editions.
        partner: Of a return report: whose it is.
        language: One of the report's further languages; its own when absent.
        replies: What partners said of the figures.
        received: Editions that readers have, by their folders below ``out_dir``: what this one is compared with; None
            where nothing is ever sent.
        went_out: ``history.went_out``, or one that remembers it for a report's editions of a run.

    Raises:
        TerminalError: The period is not in the release, or the language has no words.
    """
    frozen = prepared(release_dir, report, workspace, period_id, out_dir, partner, language, received, went_out)
    return render_frozen(release_dir, replace(frozen, replies=replies), period_id, out_dir)


def prepared(
    release_dir: Path,
    report: ReportConfig,
    workspace: Workspace,
    period_id: str,
    out_dir: Path,
    partner: str | None = None,
    language: str | None = None,
    received: Collection[str] | None = None,
    went_out: Callable[[Path, Path, str], tuple[WentOut, ...]] = went_out,
) -> Frozen:
    """Return what an edition made now would be made with, before anybody replied; arguments as of ``render``."""
    frozen = Frozen.of(report, workspace, partner, language)
    before = had(out_dir, frozen.place, release_dir, received)
    return replace(
        frozen,
        fonts=keep(workspace.root / "fonts", release_dir.parent.parent / FONTS),
        narrative=chosen(workspace.narratives, report.name, period_id, frozen.language),
        extent_before=extent_before(before),
        went_out=went_out(out_dir, release_dir, frozen.publish_level),
        compared_with=predecessor(before, release_dir.parent) if "changes" in frozen.sections else None,
    )


def render_frozen(release_dir: Path, frozen: Frozen, period_id: str, out_dir: Path) -> Edition:
    """Render an edition as ``render`` does, from what was frozen.

    Raises:
        TerminalError: As ``render``; or the edition is there already and says something else.
    """
    phrases(frozen.language)
    frozen = cleaned(frozen)
    typefaces = kept(frozen.fonts, release_dir.parent.parent / FONTS)
    register(typefaces.folders)  # charts are measured in them
    data = data_of(release_dir, period_id, frozen)
    found = words.find(data, frozen.language, frozen.min_n)
    context = Context(data, found, frozen.language, frozen.min_n, frame=frozen.frame)
    if frozen.compared_with is not None:
        before = _before(release_dir.parent, frozen, frozen.compared_with)
        context = compared(context, before, frozen, frozen.compared_with, release_dir)
    sections = narrative.merged(context, compose.sections(context, frozen.sections), frozen.narrative)
    sections = beside(context, sections, frozen.replies)
    reasons = (
        *gate.reasons(context, sections, frozen.limits, frozen.extent_before),
        *_unwritten(context, frozen),
        *_not_compared(context, frozen),
    )
    document = typeset(compose.document(context, frozen, sections, reasons), typefaces, _sources(context, frozen))
    made = contents(
        document, context, frozen, typefaces, lambda: _in_other_words(context, release_dir, period_id, frozen)
    )
    release_id = data.info.release_id
    manifest = {
        "report": frozen.report,
        "period_id": period_id,
        "release_id": release_id,
        "as_of": data.info.as_of.isoformat(),
        "config_hash": data.info.config_hash,
        "created_at": data.info.created_at.isoformat(),
        "code_version": report_version(),
        "frozen": frozen.keep(),
        "sections": [section.key for section in sections],
        "extent": extent(data, frozen.sections),
        "figures": figures(data, frozen.sections),
        "shown": figures_of(tables_of(frozen.sections)),
        "n_suppressed": data.n_suppressed,
        "gate": {"verdict": "held" if reasons else "passed", "reasons": list(reasons)},
        "files": {FILES[key]: hashlib.sha256(content).hexdigest() for key, content in made.items()},
    }
    folder = out_dir / frozen.place / period_id / release_id
    named = {FILES[key]: content for key, content in made.items()}
    named[MANIFEST] = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
    put(folder, named)
    return Edition(
        report=frozen.report,
        period_id=period_id,
        release_id=release_id,
        folder=folder,
        files={key: folder / FILES[key] for key in made},
        sections=tuple(section.key for section in sections),
        n_suppressed=data.n_suppressed,
        reasons=reasons,
    )


def _unwritten(context: Context, frozen: Frozen) -> tuple[str, ...]:
    """Return the gate's reason when the report asks for the team's words and there are none."""
    if not frozen.needs_narrative or frozen.narrative:
        return ()
    return (context.say("gate.narrative", period=context.period),)


def _not_compared(context: Context, frozen: Frozen) -> tuple[str, ...]:
    """Return the gate's reason when nobody knows any more what was shown before: a difference may tell of a few."""
    lost = {one.release_id for one in frozen.went_out if one.is_lost}
    if not lost or frozen.publish_level == "internal":
        return ()
    return (context.say("gate.lost", n=context.count(len(lost))),)


def data_of(release_dir: Path, period_id: str, frozen: Frozen) -> EditionData:
    """Return the numbers of an edition: what may be shown of its release."""
    return withheld(_read(release_dir, period_id, frozen), frozen.replies)


def data_kept(release_dir: Path, period_id: str, frozen: Frozen) -> EditionData:
    """Return the same; the last ones asked for are remembered, whichever report or partner's edition asked for them."""
    numbers = replace(
        frozen, report="", title={}, audience="", sections=(), formats=(), description="", compared_with=None, fonts="",
        iati=None, is_translation=False, narrative={}, needs_narrative=False, extent_before={},
        replies=tuple(one for one in frozen.replies if one.is_held),
    )  # fmt: skip
    return _data_kept(release_dir, period_id, json.dumps(numbers.keep(), sort_keys=True))


@lru_cache(maxsize=8)
def _data_kept(release_dir: Path, period_id: str, kept: str) -> EditionData:
    return data_of(release_dir, period_id, Frozen.read(json.loads(kept)))


def _read(release_dir: Path, period_id: str, frozen: Frozen) -> EditionData:
    """Return what may be shown of a release after what was shown of those before it."""
    before = (one for one in frozen.went_out if age(one.release_id) < age(release_dir.name))
    earlier = tuple(one for one in before if not one.is_lost)
    asked = (release_dir, period_id, frozen.publish_level, tuple(frozen.names.items()), frozen.language)
    if frozen.partner is None:
        found = _whole(*asked, earlier, frozen.min_n)
    else:
        held = tuple(one for one in frozen.replies if one.is_held)
        together = _together(*asked, earlier, frozen.min_n, held=held)
        found = replace(own(_once(*asked, earlier, frozen.min_n), frozen.partner), group=together)
    return found if frozen.frame == Frame() and not frozen.names else framed(found, frozen.frame, frozen.names)


def _whole(
    release_dir: Path,
    period_id: str,
    publish_level: str,
    names: tuple[tuple[str, str], ...],
    language: str,
    earlier: tuple[WentOut, ...],
    minimum: int,
) -> EditionData:
    data = read(release_dir, period_id, publish_level, dict(names), language)
    is_internal = publish_level == PUBLISH_LEVELS[0]
    return after(data, shown_by(release_dir.parent, earlier, minimum), minimum, is_internal=is_internal)


#: Return reports are made one after the other from the same tables, each in its partner's language: this release's of
#: the alliance's languages, and those of the edition before.
_once = lru_cache(maxsize=8)(_whole)


@lru_cache(maxsize=8)
def _together(*asked: Any, held: tuple[Answer, ...]) -> dict[str, pl.DataFrame]:
    """Return what a return report shows of the others: the spread of all figures that may be shown and are not held."""
    return groups(withheld(_once(*asked), held))


def _before(releases: Path, frozen: Frozen, earlier: Earlier) -> EditionData:
    """Return the data of the edition this one is compared with, as it was read then.

    Raises:
        TerminalError: Its release is gone.
    """
    folder = release_folder(releases, earlier.release_id)
    return data_of(folder, earlier.period_id, as_made(frozen, earlier))


def _sources(context: Context, frozen: Frozen) -> dict[str, str]:
    """Return where in the workspace the texts are that an edition takes from there."""
    names = {f"partners.csv, partner '{key}', name": name for key, name in context.data.partners.items()}
    said = {f"reports/{frozen.report}.yml, title": " ".join(frozen.title.values())}
    said |= {f"reports/{frozen.report}.yml, name of '{key}'": name for key, name in frozen.names.items()}
    about = {"[alliance] name": context.data.info.alliance_name, "[alliance] description": frozen.description}
    return names | said | {f"melflow.toml, {place}": text for place, text in about.items()}


def _in_other_words(
    context: Context, release_dir: Path, period_id: str, frozen: Frozen
) -> list[tuple[Context, Frozen]]:
    """Return what the file for the registry says in the report's further languages."""
    others = []
    for language, description in (frozen.iati or {}).get("further", {}).items():
        other = replace(frozen, language=language, description=description)
        others.append((replace(context, data=data_of(release_dir, period_id, other), language=language), other))
    return others
