"""How much each section of an edition shows, to be held against the edition before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from melflow.reports.edition_data import EditionData
from melflow.reports.sections import tables_of


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


def extent_before(before: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return what the newest edition that readers had before showed; empty without one.

    Args:
        before: Manifests of these editions, oldest first.
    """
    return next((said["extent"] for said in reversed(before) if "extent" in said), {})
