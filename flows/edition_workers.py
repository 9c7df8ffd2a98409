"""Many editions at once: a large alliance's return reports are made in processes of their own, one per core."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import lru_cache, partial
from multiprocessing import get_context

from melflow.flows.edition_job import Job, Published
from melflow.flows.release import Release
from melflow.flows.server import go_with_parent

#: A further process reads its libraries for some seconds; fewer editions than this are made sooner without it.
EDITIONS_A_WORKER = 25

Wanted = tuple[str | None, str | None]
_job: Job


def each(job: Job, release: Release, wanted: Sequence[Wanted]) -> Iterator[Published]:
    """Make editions, in the order they are asked for.

    Args:
        job: What they are made with.
        release: The release.
        wanted: Partner and further language of each.

    Yields:
        The editions. One that cannot be made stops no other; nor does a process that is killed: what it leaves is made
        here, one after the other.
    """
    from melflow.reports.history import went_out

    workers = min(os.cpu_count() or 1, len(wanted) // EDITIONS_A_WORKER)
    if workers < 2:
        yield from (job.published(release, *one) for one in wanted)
        return
    started = partial(ProcessPoolExecutor, workers, get_context("spawn"), _begin)
    with started((replace(job, went_out=went_out),)) as pool:
        asked = [_asked(pool, release, one) for one in wanted]
        for one, future in zip(wanted, asked, strict=True):
            try:
                if future is None:
                    raise BrokenProcessPool
                yield future.result()
            except BrokenProcessPool:
                yield job.published(release, *one)


def _asked(pool: ProcessPoolExecutor, release: Release, one: Wanted) -> Future[Published] | None:
    """Return the promise of an edition; None when no process is left to keep it."""
    try:
        return pool.submit(_made, release, one)
    except BrokenProcessPool:
        return None


def _begin(job: Job) -> None:
    global _job
    go_with_parent()
    _job = replace(job, went_out=lru_cache(maxsize=2)(job.went_out))


def _made(release: Release, one: Wanted) -> Published:
    return _job.published(release, *one)
