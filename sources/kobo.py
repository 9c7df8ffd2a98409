"""KoboToolbox: what its server or its exports hand over, by the kind of the payload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from melflow.core.errors import SourceError
from melflow.sources import kobo_export, kobo_json, sniff
from melflow.sources.payload import Origin, Parsed
from melflow.sources.survey import Read

if TYPE_CHECKING:
    from melflow.core.workspace import KoboSource
    from melflow.sources.xlsform import Instruments


def parse(origin: Origin, content: bytes, config: KoboSource, instruments: Instruments) -> Parsed:
    """Return submissions and responses of a payload of KoboToolbox.

    Raises:
        SourceError: The payload cannot be read, or is of another form.
    """
    if is_page(content):
        return kobo_json.parse(origin, content, config, instruments)
    return kobo_export.parse(origin, content, config, instruments)


def is_page(content: bytes) -> bool:
    """Return whether the payload is submissions as a server hands them over, and no export."""
    return sniff.is_json(content)


def parse_together(
    pages: Sequence[tuple[Origin, bytes]], config: KoboSource, instruments: Instruments
) -> list[Parsed | SourceError]:
    """Return of each page (see ``is_page``) what ``parse`` returns, or the error about it."""
    read: dict[int, Read | SourceError] = {}
    for number, (origin, content) in enumerate(pages):
        try:
            read[number] = kobo_json.read(origin, content, config, instruments)
        except SourceError as error:
            read[number] = error
    good = {number: page for number, page in read.items() if isinstance(page, Read)}
    parsed = dict(zip(good, kobo_json.together(list(good.values()), config), strict=True))
    return [parsed[number] if isinstance(page, Read) else page for number, page in read.items()]
