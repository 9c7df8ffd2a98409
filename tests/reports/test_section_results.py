"""The sections on results, on health beside results, and on members: what they say and what they do not claim."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl

from melflow.reports import columns, section_dual, section_members, section_results
from melflow.reports.context import Context
from melflow.reports.document import Section, Sentences, Table
from melflow.reports.edition_data import Construct, Dyad, EditionData, Period, ReleaseInfo
from melflow.reports.words import Findings

PERIOD = Period("p", "the half-year", dt.date(2025, 1, 1), dt.date(2025, 6, 30))
INFO = ReleaseInfo("r1", dt.datetime(2025, 7, 1, tzinfo=dt.UTC), dt.date(2025, 7, 1), "0", "c", "l", "An alliance")


def _context(**given: list[dict[str, Any]]) -> Context:
    frames = {}
    for name, spec in columns.TABLES.items():
        shared = {"period_id": "p", "is_suppressed": False, "publish_level": "funder"}
        rows = [{column.name: (shared | row).get(column.name) for column in spec} for row in given.get(name, [])]
        frames[name] = pl.DataFrame(rows, schema={column.name: column.dtype for column in spec})
    constructs = {"composite": Construct("composite", "health_dimension", "Composite", "positive")}
    dyads = {"ana--bo": Dyad("ana--bo", "ana", "bo")}
    data = EditionData(INFO, PERIOD, (PERIOD,), {"ana": "Ana", "bo": "Bo"}, dyads, constructs, frames, ())
    return Context(data, Findings((), (), (), ()), "en", 10)


def _said(section: Section) -> str:
    return " ".join(text for block in section.blocks if isinstance(block, Sentences) for text in block.items)


def _cells(section: Section) -> list[tuple[str, ...]]:
    return [row for block in section.blocks if isinstance(block, Table) for row in block.rows]


def test_results__unknown_is_not_zero() -> None:
    """Should count what can be judged, and give the reason of what cannot."""
    row = {"scope": "partner", "indicator_id": "i", "partner_id": "ana", "disaggregation": "total", "actual": 5.0}
    met = row | {"result_index": 120.0, "status": "met", "target_in_force": 4.0}
    section = section_results.section(_context(pub_indicator_progress=[met, row | {"reason": "no target"}]))
    assert "Results of the half-year that can be judged: 1. Target met: 1; on track: 0" in _said(section)
    assert ("i", "Ana", "no target") in _cells(section)
    assert not section.is_blank


def test_results__of_one_partner() -> None:
    """Should show a partner its own results beside those of the alliance; one it has with another names that one."""
    grain = {
        "disaggregation": "total",
        "baseline": 1.0,
        "target_in_force": 4.0,
        "status": "behind",
        "result_index": 75.0,
    }
    mine = grain | {"scope": "partner", "partner_id": "ana", "actual": 3.0, "indicator_id": "A"}
    shared = mine | {"dyad_id": "ana--bo", "indicator_id": "B", "actual": 2.0}
    whole = grain | {"scope": "alliance", "partner_id": "alliance", "actual": 9.0, "indicator_id": "A", "n_summed": 3,
                     "results_due": 3}  # fmt: skip
    given = _context(pub_indicator_progress=[mine, shared, whole])
    returned = replace(given, data=replace(given.data, group={"capability": pl.DataFrame()}))
    rows = _cells(section_results.section(returned))
    assert [(row[0], row[4]) for row in rows] == [("A", "3"), ("B (Bo)", "2"), ("A", "9")]
    assert [(row[0], row[4]) for row in _cells(section_results.section(given))] == [("A", "9")]
    alone = replace(returned, data=replace(returned.data, tables=_context().data.tables))
    assert not [block for block in section_results.section(alone).blocks if isinstance(block, Table)]


def test_dual__names_effective_pairs_and_no_cause() -> None:
    """Should call a pair that delivers effective, claim nothing from an interval around zero."""
    pair = {"dyad_id": "ana--bo", "health_composite": 40.0, "result_index": 90.0, "health_high_from": 60.0}
    pair |= {"result_high_from": 75.0, "quadrant": "transactional_effective", "echo_flag": False}
    lag = {"association": "health_result", "dimension": "composite", "lag": 0, "n_dyads": 9, "rho": 0.4}
    lag |= {"ci_low": -0.2, "ci_high": 0.8}
    section = section_dual.section(_context(pub_dual_tracking=[pair], pub_dual_correlation=[lag]))
    said = _said(section)
    assert "Transactional and effective: Ana" in said
    assert "no clear association" in said
    assert "Association, not cause." in section.blocks[-1].text  # type: ignore[union-attr]


def test_members__hidden_people_stay_hidden() -> None:
    """Should print no number of a suppressed row, and the ratio of lead roles to members."""
    kinds = [
        {"type": "all", "n_partners": 3, "n_types": 2},
        {"type": "ngo", "n_partners": 1, "n_lead_roles": 4, "representation_ratio": 3.0},
    ]
    people = {"entity_kind": "person", "grouped_by": "all", "is_suppressed": True, "n_start": 4}
    section = section_members.section(_context(pub_membership=kinds, pub_turnover=[people]))
    assert "3 organisations of 2 kinds" in _said(section)
    assert ("the half-year", "people", "suppressed") in _cells(section)
    assert any(row[-1] == "3.0" for row in _cells(section))
