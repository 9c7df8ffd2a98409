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
from melflow.core.statistics.attack import attack_two
from melflow.reports import linked
from melflow.reports.approval import MANIFEST, may_go_out
from melflow.reports.edition import data_of
from melflow.reports.frame import Frame
from melflow.reports.frozen import Frozen

_INTERNAL = "internal"


def refuse_differences(folder: Path, editions: Path, releases: Path) -> None:
    """Hold an edition that was held back against every edition of a later release that went out.

    Args:
        folder: Of the edition.
        editions: The folder of all editions.
        releases: The folder of all releases; what is not there any more cannot be compared with.

    Raises:
        TerminalError: The two together tell of fewer people than may be shown.
    """
    said = _said(folder)
    if said is None or said["frozen"]["publish_level"] == _INTERNAL:
        return
    later: dict[tuple[str, str, str], dict[str, Any]] = {}
    for path in sorted(editions.rglob(MANIFEST)):
        other = _said(path.parent)
        is_later = other is not None and age(other["release_id"]) > age(said["release_id"])
        if other is None or not is_later or not may_go_out(path.parent, other):
            continue
        level = other["frozen"]["publish_level"]
        if level != _INTERNAL and (releases / other["release_id"]).is_dir():
            later.setdefault((other["release_id"], other["period_id"], level), other)
    if not later:
        return
    mine = _cells(releases, said)
    for (release_id, period_id, _), other in sorted(later.items()):
        found = attack_two(mine, _cells(releases, other), int(said["frozen"]["min_n"]))
        if not found.is_empty():
            raise TerminalError.of(
                str(folder),
                "an edition that goes out late tells nothing of a few beside what went out meanwhile (F40)",
                f"{len(found)} numbers of respondents beside the edition of {period_id} from release {release_id}",
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
    return linked.cells(data_of(releases / said["release_id"], said["period_id"], frozen).tables)
