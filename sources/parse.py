"""The one door into this room for bytes: the connector's parser, and a promise about its errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from melflow.core.errors import MelflowError
from melflow.core.names import PartnerNames
from melflow.sources import activity_log, kobo, odk, register, spreadsheet
from melflow.sources.payload import Context, Origin, Parsed

if TYPE_CHECKING:
    from melflow.core.workspace import SourceConfig
    from melflow.sources.xlsform import Instruments


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
        parsed = _parsed(origin, content, config, instruments, context)
        return replace(parsed, met=origin.corrector.met(parsed.frames)) if origin.corrector else parsed
    except MelflowError:
        raise
    except Exception as error:  # any reader may fail in its own way on a damaged file
        raise origin.error(
            f"the {config.connector} reader understands the file",
            f"something it cannot read ({type(error).__name__})",
            "Open the file to see whether it is complete, export it again, and put the new file in its place.",
        ) from error


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
