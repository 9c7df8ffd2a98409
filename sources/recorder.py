"""What stands in the cells and answers of a payload, after its corrections: read once more, as its parser reads it.

A held row keeps what was made of a cell; to put it right, one must know what the file says there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.sources.answers import REPEAT, SHEET, SUB, Filled
from melflow.sources.corrections import Corrector
from melflow.sources.tables import ROW

if TYPE_CHECKING:
    from melflow.core.workspace.corrections import Correction

_SUFFIXES = ("", "_raw", "_id")


@dataclass
class Spot:
    """One place of a payload that can be put right.

    Attributes:
        place: Fields of a ``Correction`` that name it: key and column, or submission, item and repeat.
        now: What it says; None for nothing.
        row: Meaning -> text of the whole row, for a table; empty for a survey.
        alike: How many rows of the payload say the same in every mapped column.
        written: Code -> what the file would say for it, where it has labels.
    """

    place: dict[str, Any]
    now: str | None
    row: dict[str, str] = field(default_factory=dict)
    alike: int = 1
    written: dict[str, str] = field(default_factory=dict)


class Recorder(Corrector):
    """Corrects like a ``Corrector`` and remembers what it saw.

    Args:
        file: Origin of the payload.
        corrections: All of its source.
    """

    def __init__(self, file: str, corrections: Sequence[Correction]) -> None:
        super().__init__(file, corrections)
        self._sheets: dict[str | None, pl.DataFrame] = {}
        self._filled: list[Filled] = []
        self._meta = pl.DataFrame()

    def rows(
        self, sheet: str | None, rows: pl.DataFrame, headers: Mapping[str, str | None]
    ) -> tuple[pl.DataFrame, set[tuple[int, str]], int]:
        """Correct rows of a table, and remember them."""
        kept, changed, n_dropped = super().rows(sheet, rows, headers)
        self._sheets[sheet] = kept
        return kept, changed, n_dropped

    def filled(self, filled: list[Filled], meta: pl.DataFrame) -> tuple[list[Filled], pl.DataFrame]:
        """Correct answers of submissions, and remember them."""
        self._filled, self._meta = super().filled(filled, meta)
        return self._filled, self._meta

    def cell(self, sheet: str | None, row: int, column: str) -> Spot | None:  # type: ignore[override]
        """Return a cell of a table by row and canonical column; None where no single cell says it."""
        frame = self._sheets.get(sheet)
        if frame is None:
            return None
        base = next((column.removesuffix(end) for end in _SUFFIXES if column.removesuffix(end) in frame.columns), None)
        found = frame.filter(pl.col(ROW) == row)
        if base is None or base == ROW or found.height != 1:
            return None
        texts = found.drop(ROW).row(0, named=True)
        alike = frame.filter(pl.all_horizontal(pl.col(name).eq_missing(text) for name, text in texts.items())).height
        said = {name: text for name, text in texts.items() if text is not None and text.strip()}
        return Spot({"column": base}, texts[base], said, alike)

    def answer(self, sheet: str | None, row: int, item: str, repeat: str) -> Spot | None:
        """Return an answer by the row of its submission, item (or role of an item) and repetition."""
        if self._meta.is_empty():
            return None
        mine = self._meta.filter(pl.col(ROW) == row, pl.col(SHEET).eq_missing(pl.lit(sheet, pl.String)))
        for sub, names in ((one[SUB], one) for one in mine.iter_rows(named=True)):
            submission = names.get("native_id") or names.get("root_uuid") or names.get("uuid")
            for filled in self._filled if submission else ():
                items = filled.form.items.filter((pl.col("item_id") == item) | (pl.col("role") == item))
                for item_id, path in items.select("item_id", "item_path").iter_rows():
                    for frame in filled.tables.values():
                        if path not in frame.columns:
                            continue
                        spot = frame.filter(pl.col(SUB) == sub, pl.col(REPEAT) == repeat)
                        if spot.height == 1:
                            place = {"submission": submission, "item": item_id, "repeat": repeat or None}
                            return Spot(place, spot[path][0], written=_written(filled, path))
        return None


def _written(filled: Filled, path: str) -> dict[str, str]:
    if filled.codes is None:
        return {}
    return dict(filled.codes.filter(pl.col("item_path") == path).select("code", "value_raw").iter_rows())
