"""The definitions of a form on ODK Central, every published version: XForm XML, and the XLSForm it was made from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from melflow.sources.http import RefusedError
from melflow.sources.inventory import FORM
from melflow.sources.payload import Payload

if TYPE_CHECKING:
    from melflow.sources.http import Client

_BLANK = "___"  # Central's word for the version that has none
_WORKBOOKS = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-excel": "xls",
}


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
                yield Payload(source, origin, asked.get(path).content)
