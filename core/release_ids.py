"""Which of two releases is older, by the names of their folders."""

from __future__ import annotations

import re


def age(release_id: str) -> tuple[int, str]:
    """Return what sorts releases, oldest first: the number a name begins with, however many digits it has."""
    number = re.match(r"[0-9]+", release_id)
    return (int(number[0]) if number else 0, release_id)
