"""The definitions of a form on ODK Central, every published version: XForm XML, and the XLSForm it was made from.

Each lands beside the submissions, with the time it was published as its cursor, and is a form like those under
``instruments/`` (``deployed``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from melflow.sources.deployed_versions import Deployed
from melflow.sources.http import RefusedError
from melflow.sources.inventory import FORM
from melflow.sources.payload import Payload

if TYPE_CHECKING:
    from melflow.core.landing import Landing
    from melflow.sources.http import Client

_BLANK = "___"  # Central's word for the version that has none
_WORKBOOKS = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-excel": "xls",
}
_LANDED = re.compile(rf"/versions/(?P<version>[^/]+)(?P<kind>\.(?:xml|xlsx|xls)){re.escape(FORM)}$")


def definitions(source: str, asked: Client, form: str, landed: Collection[str]) -> Iterator[Payload]:
    """Yield the definitions that did not land before; a published version never changes.

    A user who may read submissions but not forms gets none; the submissions come nevertheless.

    Args:
        source: Name of the source.
        asked: The server.
        form: Path of the form.
        landed: Origins of what landed.
    """
    try:
        _, versions = asked.get_json(f"{form}/versions")
    except RefusedError:
        return
    for version in versions:
        base = f"{form}/versions/{quote(version.get('version') or _BLANK, safe='')}"
        workbook = _WORKBOOKS.get(version.get("excelContentType") or "")
        for path in (f"{base}.xml", *([f"{base}.{workbook}"] if workbook else [])):
            origin = asked.address(path) + FORM
            if origin not in landed:
                yield Payload(source, origin, asked.get(path).content, version.get("publishedAt") or "")


def deployed(form_id: str, landings: Iterable[Landing], content_of: Callable[[Landing], bytes]) -> Iterator[Deployed]:
    """Yield every published version that landed: its XLSForm where there is one, for that has ``mel_`` columns.

    Args:
        form_id: The form under ``instruments/`` that the source names.
        landings: What landed of the source.
        content_of: Reads a payload from landing.
    """
    found: dict[str, tuple[Landing, str]] = {}
    for landing in landings:
        said = _LANDED.search(landing.origin)
        if said is None:
            continue
        name = unquote(said["version"])
        version = "" if name == _BLANK else name
        if said["kind"] != ".xml" or version not in found:
            found[version] = (landing, said["kind"])
    for version, (landing, kind) in found.items():
        address = landing.origin.removesuffix(FORM)
        yield Deployed(form_id, version, address, content_of(landing), kind, landing.cursor)
