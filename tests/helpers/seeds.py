"""How many submissions each seed of the tests against survey servers has.

The figure asked for is 10,000 over 50 seeds. All tests have twenty minutes together, so one seed of each server has
it and the others fewer, of many pages; ``make seeds`` gives it to all. docs/sources.md says what that took.
"""

import os

SEEDS = 50
FULL = 10_000
_FULL_SEEDS = range(SEEDS) if os.environ.get("MELFLOW_FULL_SEEDS") else (0,)


def size_of(seed: int, small: int) -> int:
    """Return the number of submissions of a seed; ``small`` is that of the ones that are not full."""
    return FULL if seed in _FULL_SEEDS else small
