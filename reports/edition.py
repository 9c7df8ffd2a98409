"""Make one edition: read the release, say what it says, draw it in every format, and put it in place at once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from melflow.core.errors import TerminalError
from melflow.core.version import report_version
from melflow.core.workspace import Workspace
from melflow.core.workspace.narratives import chosen
from melflow.core.workspace.report import ReportConfig
from melflow.reports import compose, gate, narrative, words
from melflow.reports.annex import annex
from melflow.reports.answer import Answer
from melflow.reports.context import Context
from melflow.reports.document import Document
from melflow.reports.docx import docx
from melflow.reports.frozen import Frozen
from melflow.reports.html import html
from melflow.reports.partner_view import own
from melflow.reports.pdf import pdf
from melflow.reports.phrases import phrases
from melflow.reports.read import EditionData, read
from melflow.reports.replies import beside, withheld
from melflow.reports.restated import predecessor
from melflow.reports.typefaces import Typefaces, keep, kept
from melflow.reports.typeset import typeset
from melflow.reports.vector import register
from melflow.reports.xlsx import tables_of, xlsx

FILES = {
    "pdf": "edition.pdf",
    "html": "edition.html",
    "xlsx": "tables.xlsx",
    "docx": "edition.docx",
    "annex": "annex.zip",
}
MANIFEST = "edition.json"
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
    replies: tuple[Answer, ...] = (),
) -> Edition:
    """Render an edition into ``out_dir/<report>/<period>/<release>/``; the same release gives the same bytes.

    A return report's goes into ``out_dir/<report>/<partner>/<period>/<release>/``.

    Args:
        release_dir: The folder of the release.
        report: The report's configuration.
        workspace: For the privacy threshold and the gate's limits.
        period_id: Period of the calendar; the caller resolves "latest".
        out_dir: The folder of all editions.
        partner: Of a return report: whose it is.
        replies: What partners said of the figures.

    Raises:
        TerminalError: The period is not in the release, or the language has no words.
    """
    own_fonts = keep(workspace.root / "fonts", release_dir.parent.parent / FONTS)
    frozen = replace(Frozen.of(report, workspace, partner), fonts=own_fonts, replies=replies)
    frozen = replace(frozen, narrative=chosen(workspace.narratives, report.name, period_id, frozen.language))
    if "changes" in frozen.sections:
        frozen = replace(frozen, compared_with=predecessor(out_dir / frozen.place, release_dir))
    return render_frozen(release_dir, frozen, period_id, out_dir)


def render_frozen(release_dir: Path, frozen: Frozen, period_id: str, out_dir: Path) -> Edition:
    """Render an edition as ``render`` does, from what was frozen.

    Raises:
        TerminalError: As ``render``; or the edition is there already and says something else.
    """
    phrases(frozen.language)
    data = withheld(_read(release_dir, period_id, frozen), frozen.replies)
    found = words.find(data, frozen.language, frozen.min_n)
    before = _before(release_dir.parent, frozen)
    context = Context(data, found, frozen.language, frozen.min_n, before, tables_of(frozen.sections))
    sections = narrative.merged(context, compose.sections(context, frozen.sections), frozen.narrative)
    sections = beside(context, sections, frozen.replies)
    reasons = (*gate.reasons(context, sections, frozen.limits), *_unwritten(context, frozen))
    typefaces = kept(frozen.fonts, release_dir.parent.parent / FONTS)
    document = typeset(compose.document(context, frozen, sections, reasons), typefaces, _sources(context, frozen))
    contents = _contents(document, context, frozen, typefaces)
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
        "n_suppressed": data.n_suppressed,
        "gate": {"verdict": "held" if reasons else "passed", "reasons": list(reasons)},
        "files": {FILES[key]: hashlib.sha256(content).hexdigest() for key, content in contents.items()},
    }
    folder = out_dir / frozen.place / period_id / release_id
    named = {FILES[key]: content for key, content in contents.items()}
    named[MANIFEST] = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
    _put(folder, named)
    return Edition(
        report=frozen.report,
        period_id=period_id,
        release_id=release_id,
        folder=folder,
        files={key: folder / FILES[key] for key in contents},
        sections=tuple(section.key for section in sections),
        n_suppressed=data.n_suppressed,
        reasons=reasons,
    )


def _unwritten(context: Context, frozen: Frozen) -> tuple[str, ...]:
    """Return the gate's reason when the report asks for the team's words and there are none."""
    if not frozen.needs_narrative or frozen.narrative:
        return ()
    return (context.say("gate.narrative", period=context.period),)


def _read(release_dir: Path, period_id: str, frozen: Frozen) -> EditionData:
    asked = (release_dir, period_id, frozen.publish_level, tuple(frozen.names.items()), frozen.language)
    return _whole(*asked) if frozen.partner is None else own(_once(*asked), frozen.partner)


def _whole(
    release_dir: Path, period_id: str, publish_level: str, names: tuple[tuple[str, str], ...], language: str
) -> EditionData:
    return read(release_dir, period_id, publish_level, dict(names), language)


#: Return reports are made one after the other from the same tables; this edition's and those of the one before.
_once = lru_cache(maxsize=2)(_whole)


def _before(releases: Path, frozen: Frozen) -> EditionData | None:
    """Return the data of the edition this one is compared with, as it was read then.

    Raises:
        TerminalError: Its release is gone.
    """
    earlier = frozen.compared_with
    if earlier is None:
        return None
    folder = releases / earlier.release_id
    if not folder.is_dir():
        raise TerminalError.of(
            str(folder),
            "an edition that says what changed needs the release of the one before it",
            "no such folder",
            "Put the release back, or make the edition without the section 'changes'.",
        )
    return withheld(_read(folder, earlier.period_id, frozen), (*earlier.replies, *frozen.replies))


def _sources(context: Context, frozen: Frozen) -> dict[str, str]:
    """Return where in the workspace the texts are that an edition takes from there."""
    names = {f"partners.csv, partner '{key}', name": name for key, name in context.data.partners.items()}
    said = {f"reports/{frozen.report}.yml, title": " ".join(frozen.title.values())}
    said |= {f"reports/{frozen.report}.yml, name of '{key}'": name for key, name in frozen.names.items()}
    about = {"[alliance] name": context.data.info.alliance_name, "[alliance] description": frozen.description}
    return names | said | {f"melflow.toml, {place}": text for place, text in about.items()}


def _contents(document: Document, context: Context, frozen: Frozen, typefaces: Typefaces) -> dict[str, bytes]:
    register(typefaces.folders)
    makers = {
        "pdf": lambda: pdf(document, context.data.info.created_at, typefaces),
        "html": lambda: html(document, typefaces).encode(),
        "xlsx": lambda: xlsx(document, context, frozen.sections),
        "docx": lambda: docx(document, context.data.info.created_at),
        "annex": lambda: annex(document, context, tables_of(frozen.sections)),
    }
    return {key: makers[key]() for key in frozen.formats}


def _put(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the files aside, then put the whole folder in place; what was published is never overwritten.

    An edition the gate held back went to nobody: it gives way when the team has written something else for it since.

    Raises:
        TerminalError: The edition is there already and says something else.
    """
    if (folder / MANIFEST).exists():
        if not _waited_for(folder, json.loads(contents[MANIFEST])["frozen"]["narrative"]):
            _refuse_another(folder, contents)
            return
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in contents.items():
            (aside / name).write_bytes(content)
        aside.chmod(0o755)
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def is_outdated(
    folder: Path, report: ReportConfig, workspace: Workspace, period_id: str, partner: str | None = None
) -> bool:
    """Tell whether an edition in a folder is held back and the team has written something else for it since."""
    if not (folder / MANIFEST).exists() or not _held(folder):
        return False
    now = chosen(workspace.narratives, report.name, period_id, Frozen.of(report, workspace, partner).language)
    return _waited_for(folder, now)


def _held(folder: Path) -> dict[str, Any] | None:
    """Return what the manifest of an edition keeps, if its gate holds it back."""
    said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return dict(said["frozen"]) if said["gate"].get("verdict") == "held" else None


def _waited_for(folder: Path, narrative: dict[str, str]) -> bool:
    held = _held(folder)
    return held is not None and held.get("narrative", {}) != narrative


def _refuse_another(folder: Path, contents: dict[str, bytes]) -> None:
    other = [name for name, content in contents.items() if (folder / name).read_bytes() != content]
    if other:
        raise TerminalError.of(
            str(folder),
            "an edition that was published is never overwritten",
            f"another {', '.join(other)}",
            "Publish a release with what changed (`melflow build`); its edition stands beside this one.",
        )
