"""What a learning cycle and a product are called in an edition; their ids are keys of registers, not words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from melflow.reports.context import Context
from melflow.reports.id_words import in_words
from melflow.reports.vector import wrapped

#: ``<words>-<number>``: the round is told only after words, for in ``C-007`` the number is part of the name.
_ROUND = re.compile(r"(?P<words>.*[^\W\d_]{2})-(?P<round>0|[1-9]\d?)")


def cycle(context: Context, cycle_id: str) -> str:
    """Return a cycle's name in words: ``coast_and_valley-4`` is "Coast and valley, round 4"."""
    found = _ROUND.fullmatch(cycle_id)
    if found is None:
        return in_words(cycle_id)
    return context.say("cycle.round", cycle=in_words(found["words"]), round=found["round"])


def product(context: Context, version_key: str, titles: Mapping[str, str | None]) -> str:
    """Return a version of a product by its title and version; one without a title by its id.

    Args:
        context: Words.
        version_key: ``<product>@<version>``.
        titles: Version -> title, as far as they are published.
    """
    product_id, _, version = version_key.rpartition("@")
    name = titles.get(version_key) or in_words(product_id or version_key)
    return context.say("product.version", product=name, version=version) if product_id else name


def untitled(version_key: str, kind: str | None) -> str | None:
    """Return what a product without a title is called: a code says nothing without its kind, such as "Review K-001"."""
    product_id = version_key.rpartition("@")[0]
    return f"{in_words(kind)} {product_id}" if kind and re.search(r"\d", product_id) else None


def apart(names: Sequence[str], width: int) -> list[str]:
    """Return names on one line each for an axis; those that became alike by cutting carry their place."""
    cut = [wrapped(name, width, 1) for name in names]
    return [
        label if cut.count(label) == 1 else f"{wrapped(name, width - 5, 1)} ({place})"
        for place, (name, label) in enumerate(zip(names, cut, strict=True), start=1)
    ]
