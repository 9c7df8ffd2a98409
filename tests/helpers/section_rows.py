"""What rows of published tables have in common."""

from __future__ import annotations

import datetime as dt
from typing import Any

Rows = list[dict[str, Any]]
NOW, BEFORE = {"period_id": "2026-H1"}, {"period_id": "2025-H2"}
ALLIANCE = {"scope": "alliance", "scope_id": "alliance"}
HIDDEN = {"is_suppressed": True}


def day(month: int, day: int = 1) -> dt.date:
    return dt.date(2026, month, day)
