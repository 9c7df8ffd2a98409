"""Known errors of a source in the warehouse: which correction met which row, and which have done their time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import Problem
from melflow.flows.tables import CORRECTION
from melflow.sources.corrections import APPLIED, FIXED, UNSURE

if TYPE_CHECKING:
    import duckdb

    from melflow.core.landing import Landing
    from melflow.core.workspace import Correction


def rows(landing: Landing, met: pl.DataFrame | None, corrections: Sequence[Correction]) -> pl.DataFrame | None:
    """Return what the corrections met in a payload as rows of raw.correction.

    Args:
        landing: The payload.
        met: As the parser remembers it (``sources.corrections.MET``).
        corrections: Those of the source, as declared.
    """
    if met is None or met.is_empty():
        return None
    declared = pl.DataFrame(
        [(number, one.reason, one.who, one.on) for number, one in enumerate(corrections, 1)],
        schema={name: CORRECTION[name] for name in ("number", "reason", "who", "decided_on")}, orient="row",
    )  # fmt: skip
    told = met.join(declared, on="number", how="left")
    told = told.with_columns(source=pl.lit(landing.source), load_id=pl.lit(landing.load_id))
    return told.select(list(CORRECTION))


def obsolete(con: duckdb.DuckDBPyConnection, source: str, corrections: Sequence[Correction]) -> tuple[Problem, ...]:
    """Name the corrections that no longer find what they expect, each with what to do.

    Args:
        con: The warehouse, with everything of the source loaded.
        source: Name of the source.
        corrections: Those of the source, as declared.
    """
    counted = con.execute(
        "select number, state, count(distinct coalesce(row_id, load_id)) from raw.correction where source = ? "
        "group by all",
        [source],
    ).fetchall()
    states: dict[int, dict[str, int]] = {}
    for number, state, n_rows in counted:
        states.setdefault(number, {})[state] = n_rows
    told = [(number, _told(states.get(number, {}))) for number in range(1, len(corrections) + 1)]
    where, rule = f"sources/{source}.corrections.yml", "a correction finds what it expects"
    return tuple(Problem(where, rule, f"{seen} (entry {number})", fix) for number, (seen, fix) in told if seen)


def _told(states: Mapping[str, int]) -> tuple[str, str]:
    """Return what a correction met and what to do about it; two empty texts when all is well."""
    if UNSURE in states:
        return (
            f"{states[UNSURE]} rows that say something else",
            "They are held; look at them (`melflow held list`). Take the entry out if they are right now, write what "
            "they say as 'expected' if they are still wrong, or name the 'file' if another row is meant.",
        )
    if FIXED in states:
        return (
            f"{states[FIXED]} rows that say already what they should",
            "The source was put right and the rows count: take the entry out.",
        )
    if APPLIED not in states:
        fix = "Compare its file, cell, key or submission with the data; take the entry out if the row is gone."
        return "no such row", fix
    return "", ""
