"""Make the example alliance: its hand-written files, its forms and what its partners sent.

The same seed gives the same bytes on every machine.
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from melflow.examples import (
    claims,
    cycles,
    events,
    expectations,
    forms,
    health,
    learned,
    logs,
    members,
    needs,
    pairs,
    people,
    registers,
    results,
    story,
    surveys,
    toc,
    xlsform,
)
from melflow.examples.exchanges import exchanges

_GITIGNORE = "# Everything melflow writes itself: landing, warehouse, releases, editions, the hash key.\nvar/\n"


def write_example(folder: Path, seed: int = story.SEED) -> None:
    """Write the whole example workspace into a folder; files of the same name are replaced.

    Args:
        folder: Made when it does not exist.
        seed: Another seed gives other answers around the same story.
    """
    _copy(resources.files("melflow.examples").joinpath("alliance"), folder)
    # A file whose name starts with a dot would be left out of the wheel.
    (folder / ".gitignore").write_bytes(_GITIGNORE.encode())
    xlsform.write(forms.capability(forms.CAPABILITY_V1), folder / "instruments" / "capability.v1.xlsx")
    xlsform.write(forms.capability(forms.CAPABILITY_V2), folder / "instruments" / "capability.xlsx")
    xlsform.write(forms.health(), folder / "instruments" / "health.xlsx")
    xlsform.write(expectations.form(), folder / "instruments" / "expectations.xlsx")
    xlsform.write(needs.form(), folder / "instruments" / "needs.xlsx")
    xlsform.write(events.form(), folder / "instruments" / "after_event.xlsx")

    # A stream of its own for each part: more rows in one do not change the others.
    def stream(part: int) -> np.random.Generator:
        return np.random.default_rng([seed, part])

    streams = (stream(part) for part in range(9))
    teams, capability, partnership, acts, log, result, kept, purpose, claimed = streams
    inbox = folder / "inbox"
    staff = people.staff(teams)
    surveys.write(inbox, capability, staff)
    health.write(inbox, partnership, staff)
    logs.write(inbox, log, exchanges(acts, staff))
    results.write(inbox, result)
    registers.write(inbox, kept, stream(41))
    expectations.write(inbox, purpose, staff)
    claims.write(inbox, claimed, stream(31))
    needs.write(inbox, stream(50), stream(51), staff)
    remarks = events.write(inbox, stream(52), staff)
    learned.write(inbox, stream(30), remarks)
    toc.write(inbox)
    cycles.write(inbox, stream(40))
    pairs.write(inbox, stream(20))
    members.write(inbox, stream(21))


def _copy(source: Traversable, target: Path) -> None:
    """Copy a folder of the package, byte for byte."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            _copy(entry, target / entry.name)
        else:
            (target / entry.name).write_bytes(entry.read_bytes())
