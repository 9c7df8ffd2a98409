"""Which code made a number: the released version and a fingerprint of what computes."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: What decides a number: parsing, checks, models and the statistics they call.
_DECIDES = ("core/statistics/*.py", "core/macros/*.sql", "sources/*.py", "expectations/**/*", "models/**/*")
#: What decides how an edition says it, and what draws it.
_DRAWS = (
    "reports/**/*", "core/names.py", "core/calendar.py", "core/release_ids.py", "core/warehouse.py",
    *(f"core/statistics/{name}.py" for name in ("attack", "history", "sequence", "suppression")),
)  # fmt: skip
_TEXTS = (".py", ".sql", ".yml", ".po", ".j2", ".css", ".js", ".typ", ".otf", ".ttf")
_DRAWN_WITH = (
    "typst", "vl-convert-python", "altair", "xlsxwriter", "python-docx", "babel", "polars", "duckdb", "fonttools",
    "jinja2", "lxml", "markdown-it-py", "pyyaml", "manimgx-fonts", "noto-cjk-sans-otc",
    "numpy", "scipy",  # what an edition withholds for the sake of earlier ones is found with them
)  # fmt: skip


@cache
def code_version() -> str:
    """Return ``<version>+<8 hex digits>``; the digits change whenever a file that decides a number does."""
    return f"{_released('melflow')}+{_fingerprint(_DECIDES)[:8]}"


@cache
def report_version() -> str:
    """Return the same for what makes an edition of a release: our files, and the libraries that draw."""
    libraries = "".join(f"{name} {_released(name)};" for name in _DRAWN_WITH)
    digest = hashlib.sha256((_fingerprint(_DRAWS) + libraries).encode()).hexdigest()
    return f"{_released('melflow')}+{digest[:8]}"


def _fingerprint(patterns: tuple[str, ...]) -> str:
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        if path.is_file() and path.suffix in _TEXTS:
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _released(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "0"
