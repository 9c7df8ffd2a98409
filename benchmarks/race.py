"""Two sides or more by turns in one process: what the best of some rounds took."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Seconds:
    """The best of some rounds: by the clock, and of the processor in all threads, which other work lengthens less."""

    wall: float
    processor: float

    def over(self, bare: Seconds) -> str:
        """Return both ratios, as the table prints them."""
        return f"{self.wall / bare.wall:>8.2f}{self.processor / bare.processor:>26.2f}"


HEAD = f"{'':<44}{'bare s':>9}{'ours s':>9}{'ratio':>8}{'ratio of processor time':>26}"


def compared(name: str, ours: Seconds, bare: Seconds) -> str:
    """Return a line of the table."""
    return f"{name:<44}{bare.wall:>9.2f}{ours.wall:>9.2f}{ours.over(bare)}"


def race(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Seconds]:
    """Return the best of each side; what one round left behind is cleared away before the next."""
    taken: dict[str, list[Seconds]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, work in sides.items():
            gc.collect()
            started = time.perf_counter(), time.process_time()
            work()
            taken[name].append(Seconds(time.perf_counter() - started[0], time.process_time() - started[1]))
    return {
        name: Seconds(min(one.wall for one in some), min(one.processor for one in some)) for name, some in taken.items()
    }
