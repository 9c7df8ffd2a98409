"""Editions that were sent and withdrawn since: another takes their place, and says so to those who had them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.release_ids import age
from melflow.flows.withdrawn_editions import withdrawn
from melflow.reports.approval import MANIFEST

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.flows.delivery_ledger import Message


def sent_and_withdrawn(
    workspace: Workspace, known: dict[str, Message], folders: Iterable[Path]
) -> dict[Path, tuple[str, ...]]:
    """Return which withdrawn editions of its report, partner and language each edition comes after.

    Of each period the one that was sent last counts: those before it were replaced by it.

    Args:
        workspace: The workspace.
        known: Every message with an edition.
        folders: Of editions. Where a message was begun it is what that said.
    """
    begun: dict[str, tuple[str, ...]] = {}
    last: dict[Path, Path] = {}
    for one in known.values():
        begun[one.edition] = tuple(dict.fromkeys((*begun.get(one.edition, ()), *one.replaces)))
        place = Path(one.edition)
        standing = last.get(place.parent)
        if one.has_gone and (standing is None or age(standing.name) < age(place.name)):
            last[place.parent] = place
    told: dict[Path, tuple[str, ...]] = {}
    before: dict[Path, list[str]] = {}
    for folder in folders:
        mine = folder.relative_to(workspace.editions_dir)
        if mine.as_posix() in begun:
            told[folder] = begun[mine.as_posix()]
            continue
        of_report = (one for one in last.values() if one.parents[1] == mine.parents[1])
        before[folder] = sorted(one.as_posix() for one in of_report if age(one.name) < age(mine.name))
    unfit = withdrawn(workspace, _manifests(workspace, {place for places in before.values() for place in places}))
    return told | {folder: tuple(place for place in places if place in unfit) for folder, places in before.items()}


def _manifests(workspace: Workspace, places: set[str]) -> dict[str, dict[str, Any]]:
    paths = {place: workspace.editions_dir / place / MANIFEST for place in sorted(places)}
    return {place: json.loads(path.read_text(encoding="utf-8")) for place, path in paths.items() if path.is_file()}


def not_told(known: dict[str, Message], key: str, gone: Iterable[str]) -> tuple[str, ...]:
    """Return the withdrawn editions of which no message before told its group, but the one with a key."""
    group = key.rpartition("/")[2]
    others = (one for one in known.values() if one.key != key and one.group == group and one.has_gone)
    told = {place for one in others for place in one.replaces}
    return tuple(place for place in gone if place not in told)


def periods_of(gone: Iterable[str]) -> str:
    """Return the periods of editions, for a sentence."""
    return ", ".join(sorted({Path(place).parent.name for place in gone}))
