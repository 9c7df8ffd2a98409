"""The section on learning: what it says, what it leaves open, and whose words it shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from melflow.reports import columns, section_learning
from melflow.reports.context import Context
from melflow.reports.document import Figure, Section, Sentences, Table
from melflow.reports.edition_data import EditionData, Period, ReleaseInfo
from melflow.reports.words import Findings

PERIOD = Period("p", "the half-year", dt.date(2025, 1, 1), dt.date(2025, 6, 30))
INFO = ReleaseInfo("r1", dt.datetime(2025, 7, 1, tzinfo=dt.UTC), dt.date(2025, 7, 1), "0", "c", "l", "An alliance")
RUNGS: dict[str, Any] = {f"n_rung{rung}": 0 for rung in range(8)}
USE = RUNGS | {"scope": "alliance", "scope_id": "alliance", "level": "all", "capability": "all", "claims": 10}


def _section(**given: list[dict[str, Any]]) -> Section:
    frames = {}
    for name, spec in columns.TABLES.items():
        shared = {"period_id": "p", "is_suppressed": False, "publish_level": "funder"}
        rows = [{column.name: (shared | row).get(column.name) for column in spec} for row in given.get(name, [])]
        frames[name] = pl.DataFrame(rows, schema={column.name: column.dtype for column in spec})
    data = EditionData(INFO, PERIOD, (PERIOD,), {"ana": "Ana", "bo": "Bo"}, {}, {}, frames, ())
    return section_learning.section(Context(data, Findings((), (), (), ()), "en", 10))


def _said(section: Section) -> str:
    return " ".join(text for block in section.blocks if isinstance(block, Sentences) for text in block.items)


def _cells(section: Section) -> list[tuple[str, ...]]:
    return [row for block in section.blocks if isinstance(block, Table) for row in block.rows]


def test_learning__nothing_published_is_blank() -> None:
    """Should be blank, and say so, where there is nothing to show."""
    section = _section()
    assert section.is_blank
    assert "No claim of the half-year can be published" in _said(section)


def test_learning__ladder_counts_upwards() -> None:
    """Should draw claims at a rung or above with the share that went on, and leave claims without evidence out."""
    use = USE | {"n_rung2": 3, "n_rung6": 5, "n_unevidenced": 2, "n_partners": 2, "n_used": 5, "n_adapted": 4}
    use |= {"conv_2": 0.625, "conv_2_ci_low": 0.3, "conv_2_ci_high": 0.86}
    section = _section(pub_learning_use=[use])
    figure = next(block for block in section.blocks if isinstance(block, Figure))
    assert "2 read and understood: 8; 3 cited: 5" in figure.alt
    assert "5 are applied or had an impact, 2 have no evidence" in _said(section)
    assert "4 of 5 claims in use adapted" in _said(section)


@pytest.mark.parametrize(
    ("low", "high", "said"), [(-0.1, 0.5, "is not clear"), (0.1, 0.3, "reinforce the learning more often"),
                              (-0.3, -0.1, "obstruct the learning more often")]
)  # fmt: skip
def test_learning__a_direction_needs_its_interval(low: float, high: float, said: str) -> None:
    """Should name a direction of the responses only where the interval leaves out zero."""
    counts = {"n_responses": 10, "n_reinforcing": 5, "n_neutral": 2, "n_obstructive": 3}
    row = counts | {"actor_level": "all", "net_response": (low + high) / 2}
    section = _section(pub_actor_response=[row | {"net_response_ci_low": low, "net_response_ci_high": high}])
    assert said in _said(section)


def test_learning__three_examples_and_hidden_codes() -> None:
    """Should show three stories at most, fill up with answers, and print no number of a hidden question."""
    story = {"learner_partner_id": "ana", "source_partner_id": "bo", "title": "T", "rung": 3, "story": "told " * 99}
    quote = {"text_id": "t", "question_id": "form/why", "code": "c", "quote": "said"}
    quotes = [quote, quote | {"code": "d"}, quote | {"text_id": "u"}, quote | {"text_id": "v", "quote": "other"}]
    code = {"question_id": "form/why", "code": "c", "is_suppressed": True, "n_with_code": 7}
    section = _section(pub_story=[story | {"story_id": "s1"}], pub_quote=quotes, pub_coding=[code])
    cells = _cells(section)
    assert [row[0] for row in cells[:3]] == ["Ana, from Bo", "An answer in a survey", "An answer in a survey"]
    assert [row[1] for row in cells[1:3]] == ["said", "other"], "the same words of two people stand once"
    assert cells[0][1].endswith("told …")
    assert ("Form, why", "suppressed") in cells
