"""Cycles and products are called in words, in the language of the edition."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from melflow.reports import labels_cycles
from melflow.reports.id_words import in_words, listed
from melflow.reports.phrases import say


def spoken(language: str) -> Any:
    return SimpleNamespace(say=lambda key, **facts: say(language, key, **facts))


@pytest.mark.parametrize(
    ("language", "cycle_id", "wanted"),
    [
        ("en", "coast_and_valley-4", "Coast and valley, round 4"),
        ("es", "water_data-12", "Water data, ronda 12"),
        ("fr", "old_friends-1", "Old friends, tour 1"),
        ("en", "C-007", "C-007"),
        ("en", "spring-2026", "Spring-2026"),
        ("en", "the_pilot", "The pilot"),
    ],
)
def test_cycle__in_words(language: str, cycle_id: str, wanted: str) -> None:
    """Should say a round after words, and leave numbers that are part of a name."""
    assert labels_cycles.cycle(spoken(language), cycle_id) == wanted


def test_product__title_and_version() -> None:
    """Should say the title where it is published, and the id otherwise; never the key of the register."""
    titles = {"K-037@1": "Meters for all", "K-038@2": None}
    said = [labels_cycles.product(spoken("en"), key, titles) for key in ("K-037@1", "K-038@2", "K-039@1")]
    assert said == ["Meters for all, version 1", "K-038, version 2", "K-039, version 1"]


def test_untitled__by_kind_and_code() -> None:
    """Should say of what kind a code is; an id that is words speaks for itself."""
    assert labels_cycles.untitled("K-001@2", "field_review") == "Field review K-001"
    assert labels_cycles.untitled("tariff-guide@2", "guide") is None and labels_cycles.untitled("K-001@2", None) is None


@pytest.mark.parametrize(("found", "wanted"), [
    ("meter-every-pump", "Meter every pump"), ("field_test", "Field test"), ("K-037", "K-037"),
    ("año_nuevo", "Año nuevo"), ("advice-0", "Advice-0"), ("", ""),
])  # fmt: skip
def test_in_words(found: str, wanted: str) -> None:
    """Should say an id as words, and leave a code as it is."""
    assert in_words(found) == wanted
    assert listed(f"{found}, field_test") == f"{wanted}, field test"


def test_apart__names_that_are_cut_alike() -> None:
    """Should tell rounds apart whose names lose their ends, for a row of a chart is found by its label."""
    names = ["Facilitated exchange of water managers, round 1", "Short, round 1"]
    names += ["Facilitated exchange of water managers, round 2"]
    labels = labels_cycles.apart(names, 28)
    assert len(set(labels)) == 3 and labels[1] == "Short, round 1"
    assert all(len(label) <= 28 for label in labels) and labels[2].endswith("… (3)")
