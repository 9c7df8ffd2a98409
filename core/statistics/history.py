"""What may be shown after what was shown before: the difference of two publications is a publication too (F40 ii).

Cells that are linked by sums move together or not at all. They move when every number of respondents that moved did so
by as many as a cell needs to be published: those who came, or went, are a group of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import polars as pl

#: As before; may be shown as it is; the earlier cells stand; what moved is withheld.
SAME, MOVED, STANDS, WITHHELD = "same", "moved", "stands", "withheld"
#: Why a cell is hidden that moved by too few.
HISTORY = "history"

_UNIT = ["family", "unit"]
_KEY = [*_UNIT, "cell", "item"]


def against(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Lay two publications beside each other; a cell that is in one only has nobody in the other.

    Args:
        now: Cells as ``attack.attack`` takes them: family, unit, cell, parent, item, n (null when hidden).
        before: The same, as they were shown before. Units that are in one only are left out.

    Returns:
        One row per cell and item: the key, parent, ``n``, ``n_before`` and ``moved_by`` (null unless both are shown).
    """
    units = now.select(_UNIT).unique().join(before.select(_UNIT).unique(), on=_UNIT)
    sides = [frame.join(units, on=_UNIT).select(*_KEY, "parent", "n", there=True) for frame in (now, before)]
    return (
        sides[0]
        .join(sides[1], on=_KEY, how="full", suffix="_before", coalesce=True)
        .select(
            *_KEY,
            pl.coalesce("parent", "parent_before"),
            n=pl.when(pl.col("there")).then("n").otherwise(0),
            n_before=pl.when(pl.col("there_before")).then("n_before").otherwise(0),
        )
        .with_columns(moved_by=pl.col("n") - pl.col("n_before"))
        .sort(_KEY)
    )


def verdicts(cells: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """Say of each unit what may be done with it.

    Args:
        cells: As ``against`` returns them.
        minimum: Fewest respondents of a published cell.

    Returns:
        family, unit, verdict: ``SAME``, ``MOVED``, ``STANDS`` (some came, too few) or ``WITHHELD`` (some went, too
        few: what they had said may not stand either).
    """
    turned = pl.col("n").is_null() != pl.col("n_before").is_null()
    small = pl.col("moved_by").abs().is_between(1, minimum - 1)
    found = cells.group_by(_UNIT).agg(
        is_same=((pl.col("moved_by") == 0).fill_null(value=True) & ~turned).all(),
        is_small=small.any(),
        went=(pl.col("moved_by") < 0).any(),
        is_summed=pl.col("parent").is_not_null().any(),
    )
    groups = {}
    suspects = found.filter(~pl.col("is_same") & pl.col("is_summed"))
    for key, of in cells.join(suspects, on=_UNIT, how="semi").partition_by(_UNIT, as_dict=True).items():
        moves = [move for (_,), cells_of in of.partition_by("item", as_dict=True).items() for move in _groups(cells_of)]
        groups[key] = [move for move, is_turned in moves if 0 < abs(move) < minimum or (is_turned and move == 0)]
    rows = []
    for row in found.sort(_UNIT).to_dicts():
        few = groups.get((row["family"], row["unit"]), [])
        if row["is_same"]:
            verdict = SAME
        elif not row["is_small"] and not few:
            verdict = MOVED
        else:
            verdict = WITHHELD if row["went"] or any(move < 0 for move in few) else STANDS
        rows.append((row["family"], row["unit"], verdict))
    return pl.DataFrame(rows, schema=dict.fromkeys((*_UNIT, "verdict"), pl.String), orient="row")


def _groups(cells: pl.DataFrame) -> list[tuple[int, bool]]:
    """Return of each sum by how many those moved whose own moves are not known, and whether others hide among them."""
    rows = {row["cell"]: row for row in cells.to_dicts()}
    parts: dict[str, list[str]] = {}
    for row in rows.values():
        if row["parent"] in rows:
            parts.setdefault(row["parent"], []).append(row["cell"])

    def below(total: str) -> list[str]:
        """The parts; of those whose move is not known their own parts."""
        deeper = (below(part) for part in parts[total] if rows[part]["moved_by"] is None and part in parts)
        return [*parts[total], *chain.from_iterable(deeper)]

    found = []
    for total in parts:
        if rows[total]["moved_by"] is None:
            continue
        of = [rows[part] for part in below(total)]
        unknown = [row for row in of if row["moved_by"] is None and row["cell"] not in parts]
        if unknown:
            left = rows[total]["moved_by"] - sum(row["moved_by"] or 0 for row in of)
            found.append((left, any((row["n"] is None) != (row["n_before"] is None) for row in unknown)))
    return found


class Settled(NamedTuple):
    """What becomes of cells after everything that was shown before.

    Attributes:
        kept: family, unit: these stand as they were shown last.
        withheld: family, unit, cell: and of them these cells are withheld.
    """

    kept: pl.DataFrame
    withheld: pl.DataFrame


def settle(now: pl.DataFrame, shown: Sequence[pl.DataFrame], minimum: int) -> Settled:
    """Say which units stand as they were shown last, and which of their cells are withheld.

    What is withheld leaves the rest of its unit as it was: which cells are hidden, and why, would tell of the move.

    Args:
        now: The cells as they would be shown if nothing had been shown before.
        shown: What was shown before, oldest first.
        minimum: Fewest respondents of a published cell.
    """
    nothing = pl.DataFrame(schema=dict.fromkeys((*_UNIT, "cell"), pl.String))
    kept, went, moved = [nothing.select(_UNIT)], [nothing.select(_UNIT)], nothing
    has_moved = (pl.col("moved_by") != 0).fill_null(pl.col("n_before").is_not_null())
    for before in shown:
        beside = against(now, before)
        found = verdicts(beside, minimum)
        kept.append(found.filter(pl.col("verdict").is_in([STANDS, WITHHELD])).select(_UNIT))
        went.append(found.filter(verdict=WITHHELD).select(_UNIT))
        # What stands was shown last: what has not moved since then holds nothing of those who went.
        since = beside.filter(has_moved).select(*_UNIT, "cell")
        moved = pl.concat([moved.join(found, on=_UNIT, how="anti"), since])
    withheld = moved.join(pl.concat(went), on=_UNIT, how="semi")
    return Settled(pl.concat(kept).unique().sort(_UNIT), withheld.unique().sort(*_UNIT, "cell"))


def stand(now: pl.DataFrame, shown: Sequence[pl.DataFrame], settled: Settled) -> pl.DataFrame:
    """Return the cells as they are shown after what was shown before; arguments as of ``settle``, and what it said."""
    parts, standing = [now.join(settled.kept, on=_UNIT, how="anti")], settled.kept
    for before in reversed(shown):
        last = before.join(standing, on=_UNIT, how="semi")
        standing = standing.join(last, on=_UNIT, how="anti")
        gone = last.join(settled.withheld.with_columns(gone=True), on=[*_UNIT, "cell"], how="left")
        parts.append(_withheld(gone, pl.col("gone").fill_null(value=False)).select(now.columns))
    parts.append(_withheld(now.join(standing, on=_UNIT, how="semi"), pl.lit(value=True)))
    return pl.concat([part.select(now.columns) for part in parts])


def _withheld(cells: pl.DataFrame, is_gone: pl.Expr) -> pl.DataFrame:
    """Return cells without their numbers where they are withheld."""
    is_gone = is_gone & pl.col("n").is_not_null()
    return cells.with_columns(
        n=pl.when(~is_gone).then("n"),
        hidden_because=pl.when(is_gone).then(pl.lit(HISTORY)).otherwise("hidden_because"),
    )
