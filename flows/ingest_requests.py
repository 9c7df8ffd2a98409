"""Between receiver and schedules: after pushes of a source, one ingest of it is asked for."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from urllib.parse import quote

from melflow.flows.runtime import running_server

#: An ingest is asked for when a source's pushes pause for so long, and at the latest so long after the first.
QUIET_SECONDS = 15.0
LATEST_SECONDS = 120.0
_LOG = logging.getLogger("melflow.receiver")


def deployment_name(source: str) -> str:
    """Return the name under which ``melflow serve`` keeps the ingest of a source that takes pushes."""
    return f"pushed {source}"


class IngestRequests:
    """Many pushes of a source become one request for an ingest; to be called from the event loop.

    Args:
        var: The workspace's ``var/``, where a running server is written down.
    """

    def __init__(self, var: Path) -> None:
        self._var = var
        self._first: dict[str, float] = {}
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def send(self, source: str) -> None:
        """Ask for an ingest of the source, once it is quiet."""
        now = time.monotonic()
        latest = self._first.setdefault(source, now) + LATEST_SECONDS
        if source in self._waiting:
            self._waiting[source].cancel()
        seconds = max(0.0, min(now + QUIET_SECONDS, latest) - now)
        self._waiting[source] = asyncio.get_running_loop().call_later(seconds, self._ask, source)

    def _ask(self, source: str) -> None:
        del self._first[source], self._waiting[source]
        task = asyncio.get_running_loop().create_task(asyncio.to_thread(ask, self._var, source))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)


def ask(var: Path, source: str) -> None:
    """Ask the workspace's Prefect server for an ingest; where none answers, the next run takes what landed."""
    import httpx

    address = running_server(var)
    if address is None:
        _LOG.info("%s: no server answers, the next run takes what landed", source)
        return
    try:
        with httpx.Client(timeout=30) as prefect:
            named = prefect.get(f"{address}/deployments/name/ingest/{quote(deployment_name(source))}")
            found = named.raise_for_status().json()["id"]
            prefect.post(f"{address}/deployments/{found}/create_flow_run", json={}).raise_for_status()
        _LOG.info("%s: ingest asked for", source)
    except (httpx.HTTPError, ValueError, KeyError) as error:
        _LOG.warning("%s: ingest not asked for (%s), the next run takes what landed", source, type(error).__name__)
