"""The honest dirt: every fault that is put into the files on purpose, listed as data.

The README of the alliance gives the numbers; a test counts them in the files.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from melflow.examples.capability import DEPLOYED, Row, Waves
from melflow.examples.forms import CAPABILITY_V1, RENAMED


@dataclass(frozen=True)
class Spoilt:
    """One answer overwritten: which submission (position in its wave), which question, with what."""

    partner: str
    wave: int
    position: int
    question: str
    value: str


UNKNOWN_CHOICES = (
    Spoilt("tululi", 2, 1, "relate_inst_1", "agre"),
    Spoilt("tululi", 2, 5, "relate_inst_1", "agre"),
    Spoilt("valle", 2, 3, "balance_ind_2", "Muy de acuerdo"),
)
OUT_OF_RANGE = (
    Spoilt("kiserua", 0, 4, "years_in_role", "230"),
    Spoilt("labo", 2, 2, "years_in_role", "-3"),
)
LEFT_EMPTY = (
    Spoilt("cumbral", 1, 6, "deliver_ctx_1", ""),
    Spoilt("brisas", 3, 0, "commit_inst_2", ""),
)
#: (partner, wave) -> positions edited on the server before the wave was exported a second time.
EDITED = {("kiserua", 1): (2, 9, 14), ("cumbral", 0): (3, 7)}
#: Tablets that still held version 1 of the form when version 2 was in the field.
OLD_VERSION = {("kiserua", 2): (0, 1, 2, 3)}

#: Positions in a health wave's main file: edited later, sent again unchanged, spoilt.
HEALTH_EDITED = {1: (5, 40, 77, 120)}
HEALTH_REPEATED = {1: (6, 7, 41, 42, 78, 79)}
HEALTH_UNKNOWN_CHOICES = {2: (11, 150)}
HEALTH_LEFT_EMPTY = {3: (25,)}

#: Exchange logs: how many rows of each fault.
UNKNOWN_PARTNER = "Comité Río Hondo"
UNKNOWN_PARTNER_ROWS = {"valle": 3, "kiserua": 2}
SERIAL_DATES = 6  # Kiserua: a date typed into a cell that Excel shows as a number
DECIMAL_COMMAS = 3  # Kiserua: "2,5" in a register that writes decimal points
SELF_LOOPS = 1  # platform: a partner that gives to itself
REPEATED_EXCHANGES = 12  # platform: lines of one half-year that come again in the next file


def spoil(waves: Waves) -> None:
    """Overwrite the listed answers of the capability survey, and put some submissions back on the old version."""
    for fault in (*UNKNOWN_CHOICES, *OUT_OF_RANGE, *LEFT_EMPTY):
        waves[fault.partner, fault.wave][fault.position][fault.question] = fault.value
    old, new = RENAMED
    for key, positions in OLD_VERSION.items():
        for position in positions:
            row = waves[key][position]
            row[old] = row.pop(new)
            row["__version__"] = DEPLOYED[CAPABILITY_V1]


def edited(rows: list[Row], positions: tuple[int, ...], new_uuids: list[str]) -> list[Row]:
    """Return a wave as the server holds it after some submissions were edited: same ``_id``, new ``_uuid``."""
    after = list(rows)
    for position, uuid in zip(positions, new_uuids, strict=True):
        row = rows[position]
        later = dt.datetime.fromisoformat(row["end"]) + dt.timedelta(days=6)
        changed = {"commit_ind_1": "neither" if row["commit_ind_1"] == "agree" else "agree"}
        after[position] = row | changed | {"end": later.isoformat(timespec="milliseconds"), "_uuid": uuid}
    return after
