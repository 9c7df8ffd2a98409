"""ODK Central: what its server or its exports hand over, by the kind of the payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from melflow.sources import archive, formmatch, odk_export, odk_odata, odk_versions, sniff
from melflow.sources.payload import Origin, Parsed

if TYPE_CHECKING:
    from melflow.core.workspace import OdkSource
    from melflow.sources.xlsform import Instruments


def parse(origin: Origin, content: bytes, config: OdkSource, instruments: Instruments) -> Parsed:
    """Return submissions and responses of a payload of Central.

    OData JSON with the repeats inside or as tables of their own, or the CSV export, whole or its main table alone.

    Raises:
        SourceError: The payload cannot be read, or is of another form.
    """
    if not content.startswith(archive.MAGIC):
        if sniff.kind(origin, content, "json", "text") == "json":
            return odk_odata.parse(origin, {"": content}, config, instruments)
        return odk_export.parse(origin, {"": content}, [], config, instruments)
    files, others = archive.unpack(
        origin, content, lambda name: "/" not in name and name.endswith((".csv", ".json", ".xml"))
    )
    if odk_versions.is_of(files):
        forms = formmatch.forms_of(origin, config.instrument, instruments)
        return odk_odata.parse(origin, odk_versions.read(origin, files, forms), config, instruments)
    if files and all(name.endswith(".json") for name in files):
        return odk_odata.parse(origin, files, config, instruments)
    tables = {name: file for name, file in files.items() if name.endswith(".csv")}
    if not tables:
        raise origin.error(
            "an archive is an export of Central: one CSV file of the form, one of each repeat",
            "a workbook" if any(name.startswith("xl/") for name in others) else "an archive of something else",
            "Export it from Central: form, Submissions, Download, all data tables.",
        )
    return odk_export.parse(origin, tables, others, config, instruments)
