"""What of a release concerns one partner: its own rows, its own pairs, and what is said of the alliance as a whole."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from melflow.reports.edition_data import EditionData

#: Columns that say whose a row is; one of them must name the partner, alone or among others.
WHOSE = ("partner_id", "learner_partner_id", "source_partner_id", "given_by")


def is_named(column: str, partner_id: str) -> pl.Expr:
    """Say of each row whether a column names a partner; several stand beside each other with commas."""
    return pl.col(column).str.split(", ").list.contains(partner_id).fill_null(value=False)


def own(data: EditionData, partner_id: str) -> EditionData:
    """Return an edition's data with nothing of other partners in it, beyond the other side of the partner's pairs.

    A row that names partners stays when this one is among them; a row of a pair when the partner is a side of it; a row
    of a scope when it is the alliance's, a partnership's or the partner's. Rows that name nobody are everybody's.
    """
    dyads = {key: dyad for key, dyad in data.dyads.items() if partner_id in (dyad.partner_a, dyad.partner_b)}
    tables = {name: _own(frame, partner_id, list(dyads)) for name, frame in data.tables.items()}
    return replace(data, dyads=dyads, tables=tables)


def _own(frame: pl.DataFrame, partner_id: str, dyads: list[str]) -> pl.DataFrame:
    rules: list[pl.Expr] = []
    whose = [name for name in WHOSE if name in frame.columns]
    if whose:
        nobody = pl.all_horizontal(pl.col(name).is_null() for name in whose)
        if "scope" in frame.columns:  # a total of the alliance has its name in place of a partner's
            nobody |= pl.col("scope").eq_missing(pl.lit("alliance"))
        rules.append(nobody | pl.any_horizontal(is_named(name, partner_id) for name in whose))
    if "dyad_id" in frame.columns:
        rules.append(pl.col("dyad_id").is_null() | pl.col("dyad_id").is_in(dyads))
    if {"scope", "scope_id"} <= set(frame.columns):
        is_other = (pl.col("scope") == "partner") & (pl.col("scope_id") != partner_id)
        is_foreign = (pl.col("scope") == "dyad") & ~pl.col("scope_id").is_in(dyads)
        rules.append(~(is_other | is_foreign).fill_null(value=False))
    return frame.filter(*rules) if rules else frame
