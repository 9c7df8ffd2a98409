"""An edition that goes out late: it gives nobody away to those who have seen editions of later releases (F40 ii).

An edition is made so that it tells nothing beside those that went out before (``history``); one that was held meanwhile
was in none of the later ones' sight.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from melflow.core.errors import TerminalError
from melflow.core.release_ids import age
from melflow.core.statistics.attack import FINDINGS
from melflow.core.statistics.sequence import attack_all
from melflow.reports import linked
from melflow.reports.approval import MANIFEST, may_go_out
from melflow.reports.edition import data_of
from melflow.reports.frame import Frame
from melflow.reports.frozen import Frozen
from melflow.reports.history import release_folder

_INTERNAL = "internal"


def refuse_differences(folder: Path, editions: Path, releases: Path) -> None:
    """Hold an edition that was held back against everything that went out, where any of it is of a later release.

    Args:
        folder: Of the edition.
        editions: The folder of all editions.
        releases: The folder of all releases.

    Raises:
        TerminalError: All together tell of fewer people than may be shown, or the release of one of them is gone.
    """
    said = _said(folder)
    if said is None or said["frozen"]["publish_level"] == _INTERNAL:
        return
    others: dict[tuple[tuple[int, str], str, str], dict[str, Any]] = {}
    for path in sorted(editions.rglob(MANIFEST)):
        other = _said(path.parent)
        if other is None or path.parent == folder or not may_go_out(path.parent, other):
            continue
        level = other["frozen"]["publish_level"]
        if level != _INTERNAL:
            others.setdefault((age(other["release_id"]), other["period_id"], level), other)
    later = [other for (when, *_), other in sorted(others.items()) if when > age(said["release_id"])]
    if not later:
        return
    for other in later:
        release_folder(releases, other["release_id"])
    there = [other for _, other in sorted(others.items()) if (releases / other["release_id"]).is_dir()]
    shown = [_cells(releases, other) for other in there]
    minimum = int(said["frozen"]["min_n"])
    found = attack_all([*shown, _cells(releases, said)], minimum)
    if not found.is_empty():
        found = found.join(attack_all(shown, minimum), on=list(FINDINGS), how="anti")
    if not found.is_empty():
        named = ", ".join(sorted({f"{other['period_id']} from release {other['release_id']}" for other in later}))
        raise TerminalError.of(
            str(folder),
            "an edition that goes out late tells nothing of a few beside what went out meanwhile (F40)",
            f"{len(found)} numbers of respondents beside the edition of {named}",
            "Leave it: `melflow report` makes the edition of the newest release, which is held against all others.",
        )


def _said(folder: Path) -> dict[str, Any] | None:
    """Return an edition's manifest; None of one from before editions said what they were made with."""
    said: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    try:
        Frozen.read(said["frozen"])
    except (KeyError, TypeError):
        return None
    return said


def _cells(releases: Path, said: dict[str, Any]) -> pl.DataFrame:
    """Return the numbers of respondents an edition's audience may have seen, those of other frames included."""
    frozen = replace(Frozen.read(said["frozen"]), partner=None, frame=Frame(), names={})
    return linked.cells(data_of(releases / said["release_id"], said["period_id"], frozen))
