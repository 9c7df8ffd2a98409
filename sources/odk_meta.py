"""What Central knows of a submission besides its answers, whichever way it is exported."""

from __future__ import annotations

from typing import Any

import polars as pl

from melflow.sources import survey
from melflow.sources.payload import Notes

#: Words of Central for a submission it could not decrypt; its answers are unknown, not missing.
ENCRYPTED = ("notDecrypted", "missingEncryptedFormData", "not decrypted", "missing encrypted form data")


def complete(top: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of ``survey.META``; ``updatedAt`` also moves with a review: only a counted edit makes one.

    Args:
        top: One row per submission, with ``survey.META`` as far as it is known, ``updated_raw`` and ``edits``.
    """
    edited = pl.col("edits").cast(pl.Int64, strict=False) > 0
    strip = pl.col("root_uuid", "uuid", "deprecated_uuid").str.strip_prefix("uuid:")
    frame = top.with_columns(
        strip, pl.col("root_uuid").alias("native_id"), pl.when(edited).then("updated_raw").alias("edited_raw")
    )
    # without an instanceID the number of edits tells the versions apart
    numbered = pl.concat_str("root_uuid", pl.when(edited).then(pl.lit("#") + pl.col("edits")).otherwise(pl.lit("")))
    return survey.complete(frame.with_columns(uuid=pl.coalesce("uuid", numbered)))


def left_out(encrypted: list[str], orphans: int) -> Notes:
    """Return the notes about what is in an export and not in its rows: counts and ids, no values."""
    notes: Notes = {}
    if encrypted:
        notes |= {"rows_dropped_encrypted": len(encrypted), "encrypted": sorted(encrypted)}
    if orphans:
        notes["repeats_without_submission"] = orphans
    return notes


def is_encrypted(record: dict[str, Any]) -> bool:
    """Return whether nobody decrypted an OData record, so that what it says is not known."""
    system = record.get("__system")
    return isinstance(system, dict) and system.get("status") in ENCRYPTED


def version(record: dict[str, Any]) -> str:
    """Return the version of an OData record, as ``complete`` names it."""
    named = (record.get("meta") or {}).get("instanceID")
    if named:
        return str(named).removeprefix("uuid:")
    edits = int((record.get("__system") or {}).get("edits") or 0)
    return str(record["__id"]).removeprefix("uuid:") + (f"#{edits}" if edits else "")
