"""Where the boxes of the navigational map stand."""

from __future__ import annotations

from melflow.reports.map_layout import layers


def test_layers__causes_left_of_effects() -> None:
    """Should put each box right of all that leads to it, and no two at one place."""
    arrows = [("a", "b"), ("b", "c"), ("a", "c"), ("d", "c"), ("c", "e")]
    places = layers(arrows)
    assert all(places[begin][0] < places[end][0] for begin, end in arrows)
    assert len(set(places.values())) == len(places)
    assert places["c"][0] == 2 and layers([]) == {}
