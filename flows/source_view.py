"""One source as ``melflow status`` shows it: what became of its rows, and what was noted when they were read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from melflow.flows import source_notes
from melflow.flows.account_words import lines, terms
from melflow.flows.console import say, table
from melflow.flows.status import SourceStatus, read_status

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace


def print_count(workspace: Workspace) -> None:
    """Say what answers were lost, how many notes there are to look at, and where they are listed."""
    loads = read_status(workspace, "load")
    found = {name: source_notes.told(loads, name) for name in workspace.sources}
    for name, notes in found.items():
        for one in notes:
            if one.is_loss:
                say(f"{one.places[0] if one.n_places == 1 else name}: {one.sentence}. {one.fix}", "yellow")
    noted = {name: n for name, notes in found.items() if (n := sum(not one.is_info for one in notes))}
    if noted:
        say(
            f"{sum(noted.values())} notes on how files were read, of {len(noted)} sources: "
            f"{', '.join(f'{name} {n}' for name, n in noted.items())} (`melflow status SOURCE`).",
            "yellow",
        )


def print_source(workspace: Workspace, item: SourceStatus) -> None:
    """Say what became of each row of a source, and all that was noted when it was read."""
    say(f"{item.source}: {item.title}")
    say(f"Last came: {item.last_landed or 'never'}")
    if item.account:
        table("What became of its rows", ("", "rows", ""), lines(item.account))
    notes = source_notes.told(read_status(workspace, "load"), item.source)
    if not notes:
        say("Nothing was noted when it was read.")
    for note in notes:
        say(f"{note.sentence}.", "" if note.is_info else "yellow")
        for place in note.places:
            say(f"    {place}")
        if note.n_places > len(note.places):
            say(f"    and {note.n_places - len(note.places)} places more")
        if not note.is_info:
            say(f"    {note.fix}", "green")


def as_json(workspace: Workspace, standing: Sequence[SourceStatus]) -> str:
    """Return sources with every term of their account and every note, as JSON."""
    loads = read_status(workspace, "load")
    told = [
        asdict(item)
        | {"account": terms(item.account), "notes": [asdict(one) for one in source_notes.told(loads, item.source)]}
        for item in standing
    ]
    return json.dumps({"sources": told}, ensure_ascii=False, indent=1, default=str)
