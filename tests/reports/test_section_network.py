"""The network is told as it stands in the mart: what is given back beside chance, and no claim of a rise or a fall."""

from __future__ import annotations

from typing import Any

import pytest
from published import FIRST, LAST, context

from melflow.reports.document import Figure, Sentences, Table
from melflow.reports.section_network import section

ROW = {
    "measure": "events", "channel": "all", "n_partners": 4, "edges": 7, "edge_reciprocity": 0.857,
    "weighted_reciprocity": 0.62, "weighted_reciprocity_expected": 0.48, "weighted_reciprocity_rho": 0.27,
    "gini_out": 0.31, "gini_in": 0.12,
}  # fmt: skip
NOW, THEN = {"period_id": LAST.period_id}, {"period_id": FIRST.period_id}


def _blocks(*rows: dict[str, Any]) -> tuple[bool, dict[type, Any]]:
    found = section(context({"pub_network_period": list(rows)}))
    return found.is_blank, {type(block): block for block in found.blocks}


def test_network__said_drawn_and_tabled() -> None:
    """Should give the same numbers in words, chart and table, over all channels, in the first measure there is."""
    other = ROW | NOW | {"channel": "online", "edges": 2}
    is_blank, blocks = _blocks(ROW | THEN, ROW | NOW | {"edges": 9}, other, ROW | NOW | {"measure": "hours"})
    assert not is_blank
    said = blocks[Sentences].items
    assert said[0] == "In the second half 9 of the 12 directions between 4 partners carried exchanges."
    assert said[1].endswith("was given back; chance would give back 48\N{NO-BREAK SPACE}%.") and len(said) == 3
    assert [row[1:3] for row in blocks[Table].rows] == [("4", "7 of 12"), ("4", "9 of 12")]
    assert blocks[Table].rows[1][3:] == (*(f"{n}\N{NO-BREAK SPACE}%" for n in (86, 62, 48)), "0.31", "0.12")
    assert blocks[Figure].alt.count("given back, 48") == 2


@pytest.mark.parametrize("reason", ["nothing flowed", "the totals of the partners leave no other weighted reciprocity"])
def test_network__not_estimable(reason: str) -> None:
    """Should say why nothing can be held against chance, and be blank without a network of the period."""
    back = None if reason == "nothing flowed" else 0.5
    row = (
        ROW | NOW | {"weighted_reciprocity": back, "weighted_reciprocity_rho": None, "reason": reason, "gini_in": None}
    )
    said = _blocks(row)[1][Sentences].items
    assert len(said) == (1 if back is None else 2) and (back is None or said[1].endswith(f"cannot be said: {reason}."))
    assert _blocks(ROW | THEN)[0] and _blocks()[0]
