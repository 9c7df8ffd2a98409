"""Prove that an edition is what was made: its files unchanged, and made again byte for byte from its release."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from melflow.core.errors import Problem, TerminalError
from melflow.core.version import report_version
from melflow.reports.approval import MANIFEST
from melflow.reports.edition import render_frozen
from melflow.reports.frozen import Frozen


def manifest(folder: Path) -> dict[str, Any]:
    """Return what an edition says of itself.

    Raises:
        TerminalError: The folder holds no edition, or one made before editions kept what they were made with.
    """
    try:
        said: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        Frozen.read(said["frozen"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TerminalError.of(
            str(folder),
            f"the folder of an edition holds its {MANIFEST}, with what it was made with",
            "none" if isinstance(error, OSError) else f"{MANIFEST} without it ({type(error).__name__})",
            "Name a folder under var/editions: <report>/<period>/<release>.",
        ) from error
    return said


def verify(folder: Path, release_dir: Path) -> tuple[str, ...]:
    """Hold an edition's files against its manifest, and against what its release gives now.

    Args:
        folder: The folder of the edition.
        release_dir: The folder of the release it names.

    Returns:
        The files that are the same, byte for byte.

    Raises:
        TerminalError: A file is gone or was changed; the release gives other bytes; or this melflow draws otherwise
            than the one that made it, so that nothing can be proved with it.
    """
    said = manifest(folder)
    kept: dict[str, str] = said["files"]
    changed = {name: _hash(folder / name) for name, hash_ in kept.items() if _hash(folder / name) != hash_}
    if changed:
        rule = "a published file stays as it was made"
        fix = "Take it from a backup, or from whoever received it; melflow can make it again from the release."
        raise TerminalError.all(
            [
                Problem(str(folder / name), rule, "changed since" if found else "no such file", fix)
                for name, found in changed.items()
            ]
        )
    if said["code_version"] != report_version():
        raise TerminalError.of(
            str(folder),
            "an edition is made again by the version that made it",
            f"made by {said['code_version']}, this is {report_version()}",
            "Its files are unchanged. To make them again, install that version with its locked libraries.",
        )
    with tempfile.TemporaryDirectory(prefix="melflow-verify-") as aside:
        made = render_frozen(release_dir, Frozen.read(said["frozen"]), said["period_id"], Path(aside))
        other = [name for name, hash_ in kept.items() if _hash(made.folder / name) != hash_]
    if other:
        raise TerminalError.of(
            str(folder),
            "a release gives the same edition, byte for byte",
            f"another {', '.join(other)}",
            "The release's files were changed since: compare their hashes with its manifest.json.",
        )
    return tuple(kept)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
