"""The one door into this room for bytes: the connector's parser, and a promise about its errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from melflow.core.errors import MelflowError, SourceError
from melflow.core.names import PartnerNames
from melflow.sources import activity_log, kobo, odk, register, spreadsheet
from melflow.sources.payload import Context, Origin, Parsed

if TYPE_CHECKING:
    from melflow.core.workspace import SourceConfig
    from melflow.sources.xlsform import Instruments


#: Of pages that are taken together; ten times as much is held while they are.
_BYTES_TOGETHER: Final = 64 * 1024**2


def parse(
    origin: Origin, content: bytes, config: SourceConfig, instruments: Instruments, context: Context | None = None
) -> Parsed:
    """Return the canonical frames of a payload, ids of partners and periods still open (see ``resolve``).

    Args:
        origin: Where the payload came from.
        content: Its bytes.
        config: The source as declared.
        instruments: The workspace's forms.
        context: The registry and the calendar, for meetings, messages and activities of many people.

    Raises:
        SourceError: The file cannot be read; never any other error because of what is in a file.
    """
    try:
        context = context or Context(PartnerNames({}, []))
        return _met(_parsed(origin, content, config, instruments, context), origin)
    except MelflowError:
        raise
    except Exception as error:  # any reader may fail in its own way on a damaged file
        raise origin.error(
            f"the {config.connector} reader understands the file",
            f"something it cannot read ({type(error).__name__})",
            "Open the file to see whether it is complete, export it again, and put the new file in its place.",
        ) from error


def parse_each(
    payloads: Iterable[tuple[Origin, bytes]], config: SourceConfig, instruments: Instruments, context: Context
) -> Iterator[Parsed | SourceError]:
    """Yield, for each payload of a source in order, what ``parse`` returns, or the error about it.

    Pages of KoboToolbox are small and many: they are taken together, and come out as if each had been alone.
    """
    pages: list[tuple[Origin, bytes]] = []
    n_bytes = 0
    for origin, content in payloads:
        is_page = config.connector == "kobo" and kobo.is_page(content)
        if not is_page or n_bytes >= _BYTES_TOGETHER:
            yield from _pages(pages, config, instruments, context)
            pages, n_bytes = [], 0
        if is_page:
            pages.append((origin, content))
            n_bytes += len(content)
        else:
            yield _one(origin, content, config, instruments, context)
    yield from _pages(pages, config, instruments, context)


def _pages(
    pages: list[tuple[Origin, bytes]], config: SourceConfig, instruments: Instruments, context: Context
) -> list[Parsed | SourceError]:
    if len(pages) > 1 and config.connector == "kobo":
        # one that is damaged in its own way takes the others with it: alone, it fails alone
        with suppress(Exception):
            found = kobo.parse_together(pages, config, instruments)
            return [
                _met(one, origin) if isinstance(one, Parsed) else one
                for one, (origin, _) in zip(found, pages, strict=True)
            ]
    return [_one(origin, content, config, instruments, context) for origin, content in pages]


def _one(
    origin: Origin, content: bytes, config: SourceConfig, instruments: Instruments, context: Context
) -> Parsed | SourceError:
    try:
        return parse(origin, content, config, instruments, context)
    except SourceError as error:
        return error


def _met(parsed: Parsed, origin: Origin) -> Parsed:
    return replace(parsed, met=origin.corrector.met(parsed.frames)) if origin.corrector else parsed


def _parsed(origin: Origin, content: bytes, config: SourceConfig, instruments: Instruments, context: Context) -> Parsed:
    match config.connector:
        case "kobo":
            return kobo.parse(origin, content, config, instruments)
        case "odk":
            return odk.parse(origin, content, config, instruments)
        case "spreadsheet":
            return spreadsheet.parse(origin, content, config)
        case "activity_log":
            return activity_log.parse(origin, content, config, context)
        case "register":
            return register.parse(origin, content, config)
