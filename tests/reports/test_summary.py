"""The summary speaks of every chosen section, once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from published import LAST, context

from melflow.reports import compose
from melflow.reports.document import KeyFigures, Sentences
from melflow.reports.group import groups
from melflow.reports.headlines import headline
from melflow.reports.sections import SECTIONS

GRAIN = {"scope": "partner", "disaggregation": "total", "period_id": LAST.period_id}
RESULTS = [GRAIN | {"result_index": index, "status": status} for index, status in ((120.0, "met"), (40.0, "behind"))]
TABLES = {"pub_indicator_progress": [*RESULTS, RESULTS[0] | {"scope": "alliance"}, GRAIN | {"status": None}]}
GROUPED = {"headlines", "capability", "health", "flow", "quality", "held"}


def summary(wanted: tuple[str, ...], language: str = "en") -> tuple[list[str], list[tuple[str, str, str]]]:
    """Return the sentences and the key figures of the summary of a report."""
    blocks = compose.sections(context(TABLES, language), wanted)[0].blocks
    said = [text for block in blocks if isinstance(block, Sentences) for text in block.items]
    figures = [figure for block in blocks if isinstance(block, KeyFigures) for figure in block.items]
    return said, [(figure.value, figure.of, figure.label) for figure in figures]


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_summary__headline_of_every_chosen_section(language: str) -> None:
    """Should have the headline of each chosen section, in the report's order, unless a group speaks of its numbers."""
    said, _ = summary(tuple(SECTIONS), language)
    given = context(TABLES, language)
    wanted = [text for key in SECTIONS if key not in GROUPED and (text := headline(given, key))]
    assert len(wanted) > 8 and said[: len(wanted)] == wanted and len(set(said)) == len(said)


def test_summary__says_whether_it_delivers() -> None:
    """Should count the results that met their target, of those that can be judged; only with a section on results."""
    said, figures = summary(("headlines", "results"))
    assert figures == [("1", "of 2", "results that met their target, of those that can be judged")]
    assert headline(context(TABLES), "results") in said
    said, figures = summary(("headlines", "flow"))
    assert not any("target" in text for text in [*said, *(label for *_, label in figures)])


@pytest.mark.parametrize("chosen", [("capability",), ("health", "flow"), ("held",), ("power",), ("method",), ()])
def test_summary__only_of_chosen_sections(chosen: tuple[str, ...]) -> None:
    """Should have groups and key figures of the chosen sections alone; a report that chose no other gets them all."""
    speaks_of = {"capability", "health", "flow", "held"} if set(chosen) <= {"method"} else set(chosen)
    blocks = compose.sections(context(TABLES), ("headlines", *chosen))[0].blocks
    words = {
        "capability": "Capability",
        "health": "Partnership health",
        "flow": "Two-way flow",
        "held": "Quality of the data",
    }
    labels = {block.label for block in blocks if isinstance(block, Sentences)} - {"In a sentence each"}
    assert labels == {words[key] for key in speaks_of if key in words}
    figures = [item.label for block in blocks if isinstance(block, KeyFigures) for item in block.items]
    told = {
        "capability": "published capability",
        "health": "views of both",
        "flow": "neither side",
        "held": "rows held",
    }
    assert len(figures) == len(speaks_of & set(told))
    assert all(sum(told[key] in label for label in figures) == 1 for key in speaks_of & set(told))


def test_summary__of_one_partner() -> None:
    """Should count a partner's own scores that can be published, for it is one partner of one."""
    score = {"partner_id": "ana", "capability": "trust", "rater": "self", "period_id": LAST.period_id}
    given = context({"pub_capability_score": [score | {"level": level, "score": one}
                                              for level, one in (("a", 50.0), ("b", 60.0), ("c", None))]})  # fmt: skip
    mine = replace(given, data=replace(given.data, group=groups(given.data)))
    for asked, told in ((mine, ("2", "of 3", "own capability scores")), (given, ("1", "of 1", "partners with"))):
        blocks = compose.sections(asked, ("headlines", "capability"))[0].blocks
        (figure,) = (item for block in blocks if isinstance(block, KeyFigures) for item in block.items)
        assert (figure.value, figure.of) == told[:2] and figure.label.startswith(told[2])
