"""Which code made a number: the released version and a fingerprint of what computes."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: What decides a number: parsing, checks, models and the statistics they call.
_DECIDES = ("core/statistics/*.py", "core/macros/*.sql", "sources/*.py", "expectations/**/*", "models/**/*")


@cache
def code_version() -> str:
    """Return ``<version>+<8 hex digits>``; the digits change whenever a file that decides a number does."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _DECIDES for path in root.glob(pattern)):
        if path.is_file() and path.suffix in (".py", ".sql", ".yml"):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    try:
        released = version("melflow")
    except PackageNotFoundError:
        released = "0"
    return f"{released}+{digest.hexdigest()[:8]}"
