"""Great Expectations' pages from templates of ours where its own would load something from another server.

Imported by Great Expectations itself, by name (``data_docs.py``): it is too heavy to be imported here beforehand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from great_expectations.render.view.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import ChoiceLoader, Environment, FileSystemLoader

_TEMPLATES = Path(__file__).parent / "templates"


class Page(DefaultJinjaPageView):
    """The page of a suite or of what it found."""

    def __init__(self, **directories: Any) -> None:
        super().__init__(**directories)
        _ours_first(self.env)


class IndexPage(DefaultJinjaIndexPageView):
    """The page that leads to all others."""

    def __init__(self, **directories: Any) -> None:
        super().__init__(**directories)
        _ours_first(self.env)


def _ours_first(env: Environment) -> None:
    """Let our templates stand for Great Expectations' of the same name; it would ask for its own first."""
    known = env.loader
    env.loader = ChoiceLoader([FileSystemLoader(_TEMPLATES), *([known] if known else [])])
