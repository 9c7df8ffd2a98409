"""The door out of this room for bytes: what a source offers now, payload by payload."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.workspace.source import KoboSource, OdkSource
from melflow.sources import kobo_fetch, odk_api, odk_files
from melflow.sources.payload import Payload

if TYPE_CHECKING:
    from melflow.core.landing import Landing
    from melflow.core.workspace import SourceConfig


def _nothing(landing: Landing) -> bytes:
    raise LookupError(landing.origin)


def fetch(
    config: SourceConfig, root: Path, past: Sequence[Landing] = (), content_of: Callable[[Landing], bytes] = _nothing
) -> Iterator[Payload]:
    """Yield what the source offers, in the order it is to be landed.

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
    match config:
        case KoboSource(server=str()):
            yield from kobo_fetch.fetch(config, past, content_of)
        case OdkSource(server=str()):
            yield from odk_api.fetch(config, past, content_of)
        case OdkSource():
            yield from odk_files.gather(_files(config, root))
        case _:
            yield from _files(config, root)


def _files(config: SourceConfig, root: Path) -> Iterator[Payload]:
    """Yield the files a source's path pattern finds below the workspace, sorted by path.

    Hidden files and the lock files of office programs (``~$report.xlsx``) are passed over.
    """
    for path in sorted(root.glob(config.path or "")):
        relative = path.relative_to(root)
        passed_over = any(part.startswith((".", "~$")) for part in relative.parts)
        if path.is_file() and not passed_over:
            yield Payload(config.name, relative.as_posix(), path.read_bytes())
