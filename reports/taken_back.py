"""What an edition shows that its audience may not be shown any more: pairs that agreed to less, words taken back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import polars as pl

from melflow.reports.edition_data import EditionData
from melflow.reports.partner_view import own
from melflow.reports.read import read

#: answers: a consent was taken back, or answers were deleted; level: partners agreed to less; words: a story or a quote
#: was taken back.
Why = Literal["answers", "level", "words"]
#: Tables in which somebody's own words stand, and what names them.
_WORDS = {"pub_story": "story_id", "pub_quote": "text_id"}


@dataclass(frozen=True)
class Withdrawn:
    """An edition that is shown no more.

    Attributes:
        place: Its folder below ``var/editions``.
        why: In one word, without a name.
        replaced_by: The folder of the edition that stands in its place; None as long as there is none.
    """

    place: str
    why: Why
    replaced_by: str | None


def taken_back(then: Path, now: Path, said: dict[str, Any]) -> Why | None:
    """Say what an edition shows that its release's successor keeps from the same audience.

    Args:
        then: The folder of the edition's release.
        now: The folder of a later release.
        said: The edition's manifest.

    Raises:
        TerminalError: A release does not have the edition's period.
    """
    period, frozen = said["period_id"], said["frozen"]
    before, after = (_shown(folder, period, frozen["publish_level"], frozen["partner"]) for folder in (then, now))
    if before.dyads.keys() - after.dyads.keys():
        return "level"
    for table, key in _WORDS.items():
        if _keys(before, table, key) - _keys(after, table, key):
            return "words"
    return None


@lru_cache(maxsize=64)
def _shown(release_dir: Path, period_id: str, publish_level: str, partner: str | None) -> EditionData:
    data = read(release_dir, period_id, publish_level, {}, only=tuple(_WORDS))
    return data if partner is None else own(data, partner)


def _keys(data: EditionData, table: str, key: str) -> set[str]:
    return set(data.table(table, all_periods=True).filter(pl.col("is_suppressed").not_())[key])
