"""Many tests at once: p-values corrected for how many were made."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Return p-values corrected so that, of what is called found, at most the share alpha is false (BH 1995).

    Args:
        p: P-values of one family (n,), 0-1; nan where a test could not be made, which does not count as one.

    Returns:
        Corrected p-values (n,), 0-1, never below the given ones; nan stays nan.
    """
    raw = np.asarray(p, dtype=np.float64)
    corrected = np.full(raw.shape, np.nan)
    known = np.flatnonzero(~np.isnan(raw))
    order = known[np.argsort(raw[known], kind="stable")]
    n = order.size
    steps = raw[order] * n / np.arange(1, n + 1)
    corrected[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return corrected


def holm(p: ArrayLike) -> Floats:
    """Return p-values corrected so that the chance of a single false finding in the family is alpha (Holm 1979).

    Args:
        p: As for ``benjamini_hochberg``.

    Returns:
        Corrected p-values (n,), 0-1, never below the given ones; nan stays nan.
    """
    raw = np.asarray(p, dtype=np.float64)
    corrected = np.full(raw.shape, np.nan)
    known = np.flatnonzero(~np.isnan(raw))
    order = known[np.argsort(raw[known], kind="stable")]
    n = order.size
    corrected[order] = np.minimum(np.maximum.accumulate(raw[order] * np.arange(n, 0, -1)), 1.0)
    return corrected
