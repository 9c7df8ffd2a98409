"""The door out of this room for bytes: what a source offers now, payload by payload."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.workspace.place import scheme
from melflow.core.workspace.source import KoboSource, OdkSource
from melflow.sources import folder_files, kobo_fetch, odk_api
from melflow.sources.payload import Payload, Standing

if TYPE_CHECKING:
    from melflow.core.landing import Landing
    from melflow.core.workspace import SourceConfig

#: Origins of what came through the receiver begin so; nobody can offer it again.
PUSHED = "push:"


def _nothing(landing: Landing) -> bytes:
    raise LookupError(landing.origin)


def fetch(
    config: SourceConfig, root: Path, past: Sequence[Landing] = (), content_of: Callable[[Landing], bytes] = _nothing
) -> Iterator[Payload | Standing]:
    """Yield what the source offers, in the order it is to be landed; what landed before may be named only.

    Each payload is landed before the next is asked for, so an interruption loses nothing that was received.

    Args:
        config: The source as declared.
        root: The workspace.
        past: What landed of the source before, oldest first; says where to go on.
        content_of: Reads a payload of the past.

    Raises:
        TransientError: The source is out of reach, or answered half; asking again may help.
        TerminalError: The source refuses, and will until somebody changes something.
    """
    yield from (Standing(landing.origin, landing) for landing in past if landing.origin.startswith(PUSHED))
    match config:
        case KoboSource(server=str()):
            yield from kobo_fetch.fetch(config, past, content_of)
        case OdkSource(server=str()):
            yield from odk_api.fetch(config, past, content_of)
        case OdkSource() if not scheme(config.path or ""):
            yield from folder_files.fetch_exports(config, root)
        case _ if scheme(config.path or ""):
            from melflow.sources.remote import fetch_remote

            yield from fetch_remote(config, root, past)
        case _:
            yield from folder_files.fetch_files(config, root)


def count(config: SourceConfig, root: Path) -> int:
    """Return how many files the source's path finds; nothing is read.

    Raises:
        TransientError: The source is out of reach.
        TerminalError: The source refuses, or a secret it names is not set.
    """
    if scheme(config.path or ""):
        from melflow.sources.remote import count_remote

        return count_remote(config, root)
    return sum(1 for _ in folder_files.found(config.path or "", root))
