"""KoboToolbox: what its server or its exports hand over, by the kind of the payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from melflow.sources import kobo_export, kobo_json, sniff
from melflow.sources.payload import Origin, Parsed

if TYPE_CHECKING:
    from melflow.core.workspace import KoboSource
    from melflow.sources.xlsform import Instruments


def parse(origin: Origin, content: bytes, config: KoboSource, instruments: Instruments) -> Parsed:
    """Return submissions and responses of a payload of KoboToolbox.

    Raises:
        SourceError: The payload cannot be read, or is of another form.
    """
    if sniff.is_json(content):
        return kobo_json.parse(origin, content, config, instruments)
    return kobo_export.parse(origin, content, config, instruments)
