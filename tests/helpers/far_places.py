"""Places of files behind lines that fail, and a fetch from them as intake does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from file_servers import Line

from melflow.core.errors import MelflowError
from melflow.core.landing import LandingStore
from melflow.core.workspace import ActivityLogSource
from melflow.sources.fetch import fetch
from melflow.sources.payload import Standing


@dataclass
class Far:
    """A place behind its line."""

    line: Line
    path: str
    access: dict[str, str]
    put: Callable[[str, bytes], None]
    server: Any = None

    def source(self, pattern: str = "*.csv", **access: str) -> ActivityLogSource:
        columns = {"occurred_on": "d", "from_partner": "f", "to_partner": "t", "kind": "k"}
        return ActivityLogSource.model_validate(
            {
                "name": "log", "title": "Log", "connector": "activity_log", "columns": columns,
                "path": f"{self.path}/{pattern}", "access": (self.access | access) or None,
            }
        )  # fmt: skip


def run(far: Far, store: LandingStore, root: Path, **access: str) -> tuple[list[str], list[str], MelflowError | None]:
    """Fetch and land as intake does; return names landed, names that stood, and the error at the end."""
    landed, stood = [], []
    try:
        for one in fetch(far.source(**access), root, store.of_source("log")):
            name = one.origin.rpartition("/")[2]
            if isinstance(one, Standing):
                stood.append(name)
            else:
                assert store.land("log", one.origin, one.content, one.cursor, by_origin=True)[1]
                landed.append(name)
    except MelflowError as error:
        return landed, stood, error
    return landed, stood, None
