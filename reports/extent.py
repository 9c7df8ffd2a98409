"""How much each section of an edition shows, to be held against the edition before it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from melflow.reports.approval import may_go_out
from melflow.reports.read import EditionData
from melflow.reports.xlsx import tables_of


def extent(data: EditionData, sections: tuple[str, ...]) -> dict[str, int]:
    """Return how many rows of the period each section's tables publish; sections without tables are left out."""
    return {
        key: sum(int(data.table(name)["is_suppressed"].not_().sum()) for name in tables)
        for key in sections
        if (tables := tables_of((key,)))
    }


def figures(data: EditionData, sections: tuple[str, ...]) -> str:
    """Return a hash of every number the sections' tables publish, of the period and those before it."""
    found = hashlib.sha256()
    for name in tables_of(sections):
        stamped = {"config_hash", "load_id", "as_of"}
        frame = data.table(name, all_periods=True)
        found.update(frame.drop(stamped & set(frame.columns)).write_csv().encode())
    return found.hexdigest()


def extent_before(editions: Path, release_dir: Path) -> dict[str, int]:
    """Return what the newest edition of a report that could go out before this release showed; empty without one.

    Args:
        editions: The folder of the report's editions.
        release_dir: The folder of this edition's release.
    """
    found: list[tuple[str, str, dict[str, int]]] = []
    for path in editions.glob("*/*/edition.json"):
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["release_id"] < release_dir.name and "extent" in said and may_go_out(path.parent, said):
            found.append((said["release_id"], said["period_id"], said["extent"]))
    return max(found, key=lambda one: one[:2])[2] if found else {}
