"""Payloads that are read together: their submissions are numbered one after the other, and each finds its own again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from melflow.sources.answers import SUB, Filled


class Together:
    """The numbers of the submissions of several payloads.

    Attributes:
        starts: First number of each payload, and the one behind the last.
    """

    def __init__(self, heights: Sequence[int]) -> None:
        """Number the submissions of payloads that have so many each."""
        self.starts = [0, *np.cumsum(heights).tolist()]
        self._n_payloads = len(heights)

    def below(self, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """Return frames of one each payload below each other, their ``__sub`` counted on."""
        if len(frames) == 1:
            return frames[0]
        whole = pl.concat(frames, rechunk=True)
        first = np.repeat(self.starts[:-1], [frame.height for frame in frames])
        return whole.with_columns(whole[SUB] + pl.Series(first, dtype=pl.UInt32))

    def filled(self, same: Sequence[Filled]) -> Filled:
        """Return the answers of all payloads to one form version."""
        tables = {repeat: self.below([one.tables[repeat] for one in same]) for repeat in same[0].tables}
        return replace(same[0], tables=tables)

    def payloads(self, subs: pl.Series) -> npt.NDArray[np.int64]:
        """Return the number of the payload that each submission is of."""
        if self._n_payloads == 1:
            return np.zeros(subs.len(), dtype=np.int64)
        return np.searchsorted(self.starts[1:], subs.to_numpy(), side="right").astype(np.int64)

    def counts(self, subs: pl.Series) -> list[int]:
        """Return how many of these are of each payload."""
        found: list[int] = np.bincount(self.payloads(subs), minlength=self._n_payloads).tolist()
        return found

    def cuts(self, subs: pl.Series) -> list[int]:
        """Return where the rows of each payload start, and the last end, in rows that stand payload by payload."""
        return [0, *np.cumsum(self.counts(subs)).tolist()]
