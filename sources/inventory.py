"""Inventories: what a survey server says it has, written down by melflow at the end of each complete fetch.

A survey server tells the present, not what became of the past: an edit replaces, a deletion leaves no trace, a
validation status moves without a date. So a fetch ends with a payload of its own that names every submission seen, with
the version that stands for it and its review state; it lands like any other, and all can be rebuilt from landing.

- ``complete`` means that all submissions were asked for. Only then does absence mean deletion; it carries the deleted
  ones along, with the time their absence was first seen. A partial one speaks of the submissions it names, no others.
- What counts is the latest complete inventory and the partial ones after it (``standing``), never the order in which
  pages landed: when a submission goes from A to B and back to A, the page with A has landed already and does not again.
- Its rows become the raw table ``src_sighting``, one row per submission; ``flows/sightings.py`` applies them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from melflow.sources.payload import Origin, Payload

if TYPE_CHECKING:
    import polars as pl

    from melflow.core.landing import Landing

#: Ends the origin of what a server hands over beside submissions; an address never has such an ending by itself.
INVENTORY, FORM, ATTACHMENT = "#inventory", "#form", "#attachment"

Read = Callable[["Landing"], bytes]


@dataclass(frozen=True)
class Sighting:
    """One submission as the server has it.

    Attributes:
        id: The server's own id, which stays when the submission is edited: ``_id`` of Kobo, ``__id`` of Central.
        version: The version that stands: the instanceID without "uuid:".
        state: Review or validation state in the server's words, empty for none.
        hash: Of the whole record, so that a change of anything in it is seen; empty where the server tells of changes.
        deleted_at: ISO 8601, when it was found gone (or the server says it was deleted); None while it is there.
        files: Ids of its attachments that landed.
        edits: How often it was edited, as far as all versions up to the standing one landed; 0 where nobody counts.
    """

    id: str
    version: str = ""
    state: str = ""
    hash: str = ""
    deleted_at: str | None = None
    files: tuple[str, ...] = ()
    edits: int = 0


@dataclass(frozen=True)
class Inventory:
    """What a server had at one time.

    Attributes:
        complete: All submissions were asked for, so that what is absent is gone.
        fetched_at: When, UTC.
        count: Submissions the server counts itself; None when it was not asked.
        rows: Submissions by the server's id.
        pages: SHA-256 of the payloads that landed with it.
        encrypted: Ids of submissions it counts whose answers nobody decrypted; they are in no payload.
        n_later: Submissions it counts that came while it was read; the next fetch brings them.
    """

    complete: bool
    fetched_at: datetime
    count: int | None
    rows: dict[str, Sighting]
    pages: tuple[str, ...] = field(default=())
    encrypted: tuple[str, ...] = ()
    n_later: int = 0

    @property
    def present(self) -> dict[str, Sighting]:
        """The submissions that are there."""
        return {key: row for key, row in self.rows.items() if row.deleted_at is None}


def has_rows(origin: str) -> bool:
    """Return whether a payload can hold submissions or other rows: not what a server hands over beside them."""
    return "://" not in origin or not origin.endswith((INVENTORY, FORM, ATTACHMENT))


def payload(source: str, address: str, inventory: Inventory, cursor: str = "") -> Payload:
    """Return the inventory as a payload to be landed."""
    import orjson

    document = {
        "melflow": "inventory",
        "complete": inventory.complete,
        "fetched_at": inventory.fetched_at.isoformat(),
        "count": inventory.count,
        "rows": [_written(row) for row in inventory.rows.values()],
        "pages": inventory.pages,
    }
    if inventory.encrypted:
        document["encrypted"] = inventory.encrypted
    if inventory.n_later:
        document["later"] = inventory.n_later
    return Payload(source, address + INVENTORY, orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE), cursor)


def read(content: bytes) -> Inventory:
    """Return the inventory in a payload that ``payload`` made."""
    import orjson

    document = orjson.loads(content)
    rows = (Sighting(**row | {"files": tuple(row.get("files", ()))}) for row in document["rows"])
    return Inventory(
        document["complete"],
        datetime.fromisoformat(document["fetched_at"]),
        document["count"],
        {row.id: row for row in rows},
        tuple(document["pages"]),
        tuple(document.get("encrypted", ())),
        document.get("later", 0),
    )


def standing(landings: Sequence[Landing], content_of: Read) -> list[tuple[Landing, Inventory]]:
    """Return the latest complete inventory and the partial ones after it, oldest first; all if none is complete.

    Args:
        landings: Of one source, oldest first.
        content_of: Reads a payload from landing.
    """
    found: list[tuple[Landing, Inventory]] = []
    for landing in reversed([one for one in landings if one.origin.endswith(INVENTORY)]):
        found.append((landing, read(content_of(landing))))
        if found[-1][1].complete:
            break
    return found[::-1]


def known(standing: Iterable[tuple[Landing, Inventory]]) -> dict[str, Sighting]:
    """Return every submission as it was last seen."""
    rows: dict[str, Sighting] = {}
    for _, one in standing:
        rows |= one.rows
    return rows


def parse(origin: Origin, inventory: Inventory) -> pl.DataFrame:
    """Return the canonical ``src_sighting`` of an inventory."""
    import polars as pl

    from melflow.sources import canonical, survey, values

    names = ("id", "version", "state", "deleted_at")
    text = {name: [getattr(row, name) for row in inventory.rows.values()] for name in names}
    frame = pl.DataFrame(text, schema=dict.fromkeys(text, pl.String)).select(
        native_id="id",
        version_id="version",
        review_state=survey.review(pl.col("state").replace("", None)),
        deleted_at=values.moment(pl.col("deleted_at")),
        seen_at=pl.lit(inventory.fetched_at).cast(canonical.TIME),
        is_complete=pl.lit(inventory.complete),
        source_system=pl.lit(origin.source),
        load_id=pl.lit(origin.load_id),
    )
    return canonical.conform("src_sighting", frame)


def _written(row: Sighting) -> dict[str, str | int | tuple[str, ...]]:
    """Leave out what is empty: an inventory names every submission, every time."""
    return {name: value for name, value in vars(row).items() if value}
