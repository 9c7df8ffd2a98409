"""Editions of a report that its readers had before: what changed and what shrank is held against the last of them."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from melflow.core.release_ids import age
from melflow.reports.approval import may_go_out


def had(editions: Path, place: str, release_dir: Path, received: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Return the manifests of the editions of a place that readers had before a release, oldest first.

    Args:
        editions: The folder of all editions.
        place: Folder below it: of a report, a partner's return report, or a further language.
        release_dir: The folder of this edition's release.
        received: Folders below ``editions`` that readers have, for an unsent edition is made in every run; None where
            nothing is ever sent: then each that could go out.
    """
    found = []
    for path in (editions / place).glob("*/*/edition.json"):
        said = json.loads(path.read_text(encoding="utf-8"))
        is_theirs = received is None or path.parent.relative_to(editions).as_posix() in received
        if is_theirs and age(said["release_id"]) < age(release_dir.name) and may_go_out(path.parent, said):
            found.append(said)
    return sorted(found, key=lambda said: (age(said["release_id"]), said["period_id"]))
