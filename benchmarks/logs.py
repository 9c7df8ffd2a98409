"""A million exchanges from JSON Lines against ``polars.read_ndjson`` of the same bytes, alternating in one process.

.venv/bin/python benchmarks/logs.py [ROWS]
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl
from race import HEAD, Seconds, compared, race

from melflow.core.names import PartnerNames
from melflow.core.workspace import ActivityLogSource
from melflow.sources import activity_log
from melflow.sources.payload import Context, Origin
from melflow.sources.rows import read_rows

ROWS = 1_000_000
_COLUMNS = {
    "exchange_id": "id", "occurred_on": "date", "from_partner": "giver", "to_partner": "receiver", "kind": "type",
    "channel": "channel", "quantity": "amount", "unit": "unit", "topic_id": "topic", "reported_by": "logged_by",
}  # fmt: skip


def main() -> None:
    """Print each ratio with the seconds behind it."""
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(f"{n_rows} exchanges, JSON Lines")
    print(HEAD)
    for what, ours, bare in ratios(n_rows):
        print(compared(what, ours, bare), flush=True)


def ratios(n_rows: int = ROWS, rounds: int = 5) -> list[tuple[str, Seconds, Seconds]]:
    """Return what was measured, our seconds and the bare reader's; the best of several, taking turns."""
    content = _log(n_rows)
    origin = Origin("log", "inbox/log.jsonl", "log-0123456789ab", datetime(2025, 7, 1, tzinfo=UTC))
    source = ActivityLogSource.model_validate(
        {"name": "log", "title": "Log", "path": "inbox/*.jsonl", "connector": "activity_log", "columns": _COLUMNS,
         "kinds": {"codesign": "co-design"}, "channels": {"video": "online", "face_to_face": "in_person"}}
    )  # fmt: skip
    context = Context(PartnerNames({}, []))
    ours = {
        "rows read (columns mapped, lines numbered)": lambda: read_rows(origin, content, _COLUMNS),
        "whole parse (dates, words, ids, hashes)": lambda: activity_log.parse(origin, content, source, context),
    }
    sides: dict[str, Callable[[], object]] = {"bare": lambda: pl.read_ndjson(io.BytesIO(content)), **ours}
    best = race(sides, rounds)
    return [(what, best[what], best["bare"]) for what in ours]


def _log(n_rows: int) -> bytes:
    kinds, channels = ("advice", "document", "visit", "codesign"), ("video", "face_to_face")
    lines = (
        json.dumps(
            {
                "id": f"cf-{n:07}",
                "date": f"2025-{n % 6 + 1:02}-{n % 28 + 1:02}",
                "giver": f"partner_{n % 97}",
                "receiver": f"partner_{n % 89}",
                "type": kinds[n % 4],
                "channel": channels[n % 2],
                "amount": n % 8 / 2 + 0.5,
                "unit": "hours",
                "topic": f"topic {n % 13}",
                "logged_by": f"partner_{n % 97}",
            }
        )
        for n in range(n_rows)
    )
    return "\n".join(lines).encode()


if __name__ == "__main__":
    main()
